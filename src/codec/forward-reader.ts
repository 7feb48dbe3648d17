import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'

const BLOCK = 128 * 1024

/**
 * Reads a header of fixed-width fields from front to back through one block of memory, whatever its length. Every
 * length is compared with what is left of the source before anything is allocated or skipped.
 */
export class ForwardReader {
  readonly #source: ByteSource
  readonly #signal: AbortSignal | undefined
  #block = new DataView(new ArrayBuffer(0))
  #start = 0
  /** Place of the next byte. */
  offset: number
  little: boolean = true

  constructor(source: ByteSource, offset = 0, signal?: AbortSignal) {
    this.#source = source
    this.#signal = signal
    this.offset = offset
  }

  get remaining(): number {
    return this.#source.size - this.offset
  }

  /** Makes the next `count` bytes readable by the synchronous methods. */
  async need(count: number): Promise<void> {
    if (this.offset >= this.#start && this.offset + count <= this.#start + this.#block.byteLength) return
    if (count > this.remaining) {
      throw new FormatError('truncated', `${count} bytes expected where the file ends`, this.offset)
    }
    const view = await this.#source.read(this.offset, Math.max(count, BLOCK), this.#signal)
    // Another reader of the same source may reuse the view.
    const copy = Uint8Array.prototype.slice.call(view)
    this.#block = new DataView(copy.buffer, copy.byteOffset, copy.byteLength)
    this.#start = this.offset
  }

  u8(): number {
    return this.#block.getUint8(this.#step(1))
  }

  u16(): number {
    return this.#block.getUint16(this.#step(2), this.little)
  }

  u32(): number {
    return this.#block.getUint32(this.#step(4), this.little)
  }

  u64(): bigint {
    return this.#block.getBigUint64(this.#step(8), this.little)
  }

  /** The next bytes; valid until the next `need`. */
  bytes(count: number): Uint8Array {
    const at = this.#step(count)
    return new Uint8Array(this.#block.buffer, this.#block.byteOffset + at, count)
  }

  /** Moves on without reading. */
  skip(count: number): void {
    if (count > this.remaining || count < 0) {
      throw new FormatError('truncated', `${count} bytes expected where the file ends`, this.offset)
    }
    this.offset += count
  }

  #step(count: number): number {
    const at = this.offset - this.#start
    this.offset += count
    return at
  }
}
