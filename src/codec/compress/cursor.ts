import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'

/** Read ahead of what a decoder asks for, so that small members cost one read. */
const READ_AHEAD = 128 * 1024

/** Reads a source forwards with a view of what comes next, and knows exactly how far it is. */
export class Cursor {
  readonly #source: ByteSource
  readonly #signal: AbortSignal | undefined
  #buffer = new Uint8Array(0)
  #at = 0
  #end = 0
  /** Offset in the source of the byte behind the buffered ones. */
  #ahead = 0

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source
    this.#signal = signal
  }

  /** Offset in the source of the next byte. */
  get position(): number {
    return this.#ahead - (this.#end - this.#at)
  }

  get remaining(): number {
    return this.#source.size - this.position
  }

  /** At least `wanted` next bytes, or all there are; often more. Valid until the cursor is used again. */
  async peek(wanted: number): Promise<Uint8Array> {
    if (this.#end - this.#at < wanted && this.#ahead < this.#source.size) await this.#fill(wanted)
    return this.#buffer.subarray(this.#at, this.#end)
  }

  /** Exactly `length` bytes, or `truncated`. Valid until the cursor is used again. */
  async take(length: number, what: string): Promise<Uint8Array> {
    const bytes = await this.peek(length)
    if (bytes.length < length) throw this.truncated(what)
    this.#at += length
    return bytes.subarray(0, length)
  }

  /** Steps over bytes, seen or not; over the end is `truncated`. */
  skip(length: number, what = 'data'): void {
    if (length > this.remaining) throw this.truncated(what)
    if (length <= this.#end - this.#at) this.#at += length
    else this.seek(this.position + length)
  }

  seek(position: number): void {
    this.#ahead = position
    this.#at = this.#end = 0
  }

  truncated(what: string): FormatError {
    return new FormatError('truncated', `the ${what} ends early`, this.#source.size)
  }

  async #fill(wanted: number): Promise<void> {
    const kept = this.#end - this.#at
    const capacity = Math.max(wanted, READ_AHEAD)
    if (this.#buffer.length < capacity) {
      const grown = new Uint8Array(capacity)
      grown.set(this.#buffer.subarray(this.#at, this.#end))
      this.#buffer = grown
    } else this.#buffer.copyWithin(0, this.#at, this.#end)
    this.#at = 0
    this.#end = kept
    while (this.#end < wanted && this.#ahead < this.#source.size) {
      const bytes = await this.#source.read(this.#ahead, this.#buffer.length - this.#end, this.#signal)
      if (bytes.length === 0) throw new FormatError('unreadable', 'the bytes ended while read', this.#ahead)
      this.#buffer.set(bytes, this.#end)
      this.#end += bytes.length
      this.#ahead += bytes.length
    }
  }
}
