import type { InflateRaw, ZstdDecompress } from 'node:zlib'

/** Drives one node:zlib decompressor a piece of input at a time, handing out all it decoded before it fails. */
export class Engine implements Disposable {
  readonly #stream: InflateRaw | ZstdDecompress
  #error: Error | undefined
  #ended: boolean = false
  #taken: boolean = false
  #wake = () => {}

  constructor(stream: InflateRaw | ZstdDecompress) {
    this.#stream = stream
    stream.on('readable', () => this.#wake())
    stream.on('end', () => {
      this.#ended = true
      this.#wake()
    })
    stream.on('error', (error) => {
      this.#error = error
      this.#wake()
    })
  }

  /** The compressed data has ended by its own account. */
  get ended(): boolean {
    return this.#ended
  }

  /** Input bytes that were used. */
  get consumed(): number {
    return this.#stream.bytesWritten
  }

  /** What `bytes` decode to; without bytes, that the input is at its end. Throws the decompressor's own error. */
  async *feed(bytes?: Uint8Array): AsyncGenerator<Uint8Array> {
    const before = this.consumed
    this.#taken = false
    const done = () => {
      this.#taken = true
      this.#wake()
    }
    if (bytes) this.#stream.write(bytes, done)
    else this.#stream.end(done)
    while (!this.#ended) {
      const chunk: Uint8Array | null = this.#stream.read()
      if (chunk) yield chunk
      else if (this.#error) throw this.#error
      else if (this.#taken && bytes) break
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
    // What is not used is behind the end; the stream's own event for it comes later.
    if (bytes && this.consumed - before < bytes.length) this.#ended = true
  }

  [Symbol.dispose](): void {
    this.#stream.destroy()
  }
}
