import { type ByteSource, CHUNK } from '../bytes/source.ts'
import type { Checksum } from '../inspect/inspector.ts'
import { ChecksumRun } from './checksum.ts'

/** The bytes of a source from first to last, and whether the checksums over them hold. */
export interface Feed extends AsyncDisposable {
  /** The next bytes; they stand until the next but one is asked for. None at the end. */
  next(signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Checksums that did not hold; to be asked after the end. */
  failed(): Promise<readonly Checksum[]>
}

/** Bytes per read: a call costs nothing beside it, and a few of them fit the cache that the cores share. */
export const STEP = CHUNK / 2

/** Reads and verifies in this thread. */
export class InlineFeed implements Feed {
  readonly #source: ByteSource
  readonly #run: ChecksumRun<Checksum>
  readonly #buffers: readonly [Uint8Array, Uint8Array]
  #offset = 0
  #turn = 0

  constructor(source: ByteSource, checksums: readonly Checksum[]) {
    const step = Math.min(STEP, source.size)
    this.#source = source
    this.#run = new ChecksumRun(checksums)
    this.#buffers = [new Uint8Array(step), new Uint8Array(step)]
  }

  async next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.#offset >= this.#source.size) return undefined
    const bytes = await this.#read(this.#buffers[this.#turn++ % 2 ? 1 : 0], signal)
    this.#run.update(bytes, this.#offset)
    this.#offset += bytes.length
    return bytes.length > 0 ? bytes : undefined
  }

  async #read(buffer: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (!this.#source.fill) return this.#source.read(this.#offset, buffer.length, signal)
    return buffer.subarray(0, await this.#source.fill(buffer, this.#offset, signal))
  }

  async failed(): Promise<readonly Checksum[]> {
    return this.#run.failed()
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
