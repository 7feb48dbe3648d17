import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'

/** Bytes kept of one text. */
export const TEXT_KEPT = 64 * 1024

/** Bytes read at once: neighbours of a small field are small fields. */
const AHEAD = 256 * 1024

/** Varints and tags from a source, through one window of our own. */
export class WireReader {
  readonly #source: ByteSource
  #buffer: Uint8Array = new Uint8Array(0)
  #start = 0
  at = 0

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Are the next bytes held, as many as there are? Asking is cheaper than waiting for every field. */
  has(count: number): boolean {
    const held = this.#start + this.#buffer.length
    if (this.at < this.#start) return false
    return this.at + count <= held || held === this.#source.size
  }

  /** Holds the bytes from here on. */
  async load(): Promise<void> {
    this.#buffer = Uint8Array.prototype.slice.call(await this.#source.read(this.at, AHEAD))
    this.#start = this.at
  }

  /** A base-128 number of at most ten bytes, as 64 bits. */
  varint(end: number): bigint {
    let [low, shift, index] = [0, 0, this.at - this.#start]
    // Seven groups of four fit a double's integers; most numbers end there.
    for (; shift < 28; shift += 7) {
      const byte = this.#byte(index++, end)
      low += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        this.at = this.#start + index
        return BigInt(low)
      }
    }
    let wide = BigInt(low)
    for (; shift < 70; shift += 7) {
      const byte = this.#byte(index++, end)
      wide |= BigInt(byte & 0x7f) << BigInt(shift)
      if (byte < 0x80) {
        this.at = this.#start + index
        return BigInt.asUintN(64, wide)
      }
    }
    throw new FormatError('corrupt', 'a varint of more than ten bytes', this.at)
  }

  #byte(index: number, end: number): number {
    const byte = this.#buffer[index]
    if (byte === undefined || this.#start + index >= end) {
      throw new FormatError('truncated', 'a message ends inside a number', this.at)
    }
    return byte
  }

  async text(length: number): Promise<string> {
    const kept = Math.min(length, TEXT_KEPT)
    if (!this.has(kept)) await this.load()
    const from = this.at - this.#start
    return Buffer.from(this.#buffer.subarray(from, from + kept)).toString('utf8')
  }
}
