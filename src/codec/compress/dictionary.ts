import type { Meter } from '../../bytes/meter.ts'
import { FormatError } from '../../model/trouble.ts'

/** Where a dictionary starts; it grows as it fills, so that a declared 4 GiB costs a small stream nothing. */
const FIRST = 64 * 1024

/** The sliding window of LZMA: what was decoded, as far back as a match may reach. Dispose to give the memory back. */
export class Dictionary implements Disposable {
  readonly #meter: Meter
  readonly #size: number
  #buffer: Uint8Array
  #at = 0
  #handed = 0
  /** Bytes that a match may reach back to. */
  #full = 0
  /** Bytes since the last reset; LZMA's contexts depend on its low bits. */
  position = 0

  /** @param size what the header declares; no more than `content`, where known, is ever needed. */
  constructor(meter: Meter, size: number, content = Number.POSITIVE_INFINITY) {
    this.#meter = meter
    // liblzma and 7-Zip use no less than 4 KiB.
    this.#size = Math.max(4096, Math.min(size, content))
    const first = Math.min(this.#size, FIRST)
    meter.hold(first)
    this.#buffer = new Uint8Array(first)
  }

  [Symbol.dispose](): void {
    this.#meter.release(this.#buffer.length)
    this.#buffer = new Uint8Array(0)
  }

  reset(): void {
    this.#full = 0
    this.position = 0
  }

  /** The output since the last time; valid until the next `put` or `copy`. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(this.#handed, this.#at)
    this.#handed = this.#at
    return bytes
  }

  /** How many bytes can be put before the output must be taken. */
  get room(): number {
    if (this.#at === this.#buffer.length && this.#handed === this.#at) this.#makeRoom()
    return this.#buffer.length - this.#at
  }

  /** The byte `distance` back; 0 before the first. */
  back(distance: number): number {
    if (distance > this.#full) return 0
    const from = this.#at - distance
    return this.#buffer[from < 0 ? from + this.#buffer.length : from]!
  }

  put(byte: number): void {
    this.#buffer[this.#at++] = byte
    this.position++
    if (this.#full < this.#size) this.#full++
  }

  /** Appends bytes that fit in `room`. */
  append(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#at)
    this.#advance(bytes.length)
  }

  /** Repeats `length` (at most `room`) bytes from `distance` back. */
  copy(distance: number, length: number): void {
    if (distance > this.#full) throw new FormatError('corrupt', 'lzma: a match reaches before the start')
    const buffer = this.#buffer
    let from = this.#at - distance
    if (from < 0) from += buffer.length
    if (distance >= length && from + length <= buffer.length) buffer.copyWithin(this.#at, from, from + length)
    else {
      for (let i = 0, to = this.#at; i < length; i++) {
        buffer[to++] = buffer[from++]!
        if (from === buffer.length) from = 0
      }
    }
    this.#advance(length)
  }

  #advance(count: number): void {
    this.#at += count
    this.position += count
    this.#full = Math.min(this.#size, this.#full + count)
  }

  #makeRoom(): void {
    const old = this.#buffer
    if (old.length < this.#size) {
      const length = Math.min(this.#size, 2 * old.length)
      this.#meter.hold(length)
      this.#buffer = new Uint8Array(length)
      this.#buffer.set(old)
      this.#meter.release(old.length)
    } else this.#at = this.#handed = 0
  }
}
