import type { ByteSource } from '../bytes/source.ts'

/** Read-ahead where neighbours are close (many small members) and where they are far apart (tensors between headers). */
const NEAR = 256 * 1024
const FAR = 4 * 1024
/** Where reads are requests: a header and the small member behind it. Who fetches reads ahead by itself. */
const AFAR = 512

/**
 * Batched reading of small records strewn over a source: the headers of an archive. One window is held, as our own
 * copy, so whoever reads the same source meanwhile cannot change it.
 */
export class Window {
  readonly #source: ByteSource
  readonly #signal: AbortSignal | undefined
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #sequential = false

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source
    this.#signal = signal
  }

  get size(): number {
    return this.#source.size
  }

  /** The bytes `[offset, offset + length)` if they are in the window, cut short at the end of the source. */
  held(offset: number, length: number): Uint8Array | undefined {
    const end = Math.min(offset + length, this.#source.size)
    if (offset < this.#start || end > this.#start + this.#bytes.length) return undefined
    return this.#bytes.subarray(offset - this.#start, Math.max(end, offset) - this.#start)
  }

  /** The same, read if need be. The view is valid until the next call. */
  async at(offset: number, length: number): Promise<Uint8Array> {
    if (offset >= this.#source.size || offset < 0) return new Uint8Array(0)
    const held = this.held(offset, length)
    if (held) return held
    const gap = offset - (this.#start + this.#bytes.length)
    const near = gap >= -FAR && gap < NEAR
    // Two near requests in a row: a run of small members, worth reading ahead.
    const ahead = this.#source.remote !== undefined ? AFAR : near && this.#sequential ? NEAR : FAR
    this.#sequential = near
    const view = await this.#source.read(offset, Math.max(length, ahead), this.#signal)
    this.#bytes = Uint8Array.prototype.slice.call(view)
    this.#start = offset
    return this.#bytes.subarray(0, length)
  }
}
