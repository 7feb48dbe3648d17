import { createHash, type Hash } from 'node:crypto'
import { FormatError } from '../model/trouble.ts'
import { memorySource } from './memory.ts'
import type { Meter } from './meter.ts'
import { type ByteSource, type ByteStream, CHUNK, chunks } from './source.ts'
import { openTemporary, type TemporaryFile } from './temporary.ts'

/** A stream that was read to its end, or to where it broke, and can now be read anywhere. Dispose to free it. */
export interface Spooled extends ByteSource, AsyncDisposable {
  /** SHA-256 in hex, where it was asked for and the stream is whole. */
  readonly sha256?: string
  /** Why the stream ended early. The bytes before the break are here and want inspecting all the same. */
  readonly broken?: FormatError
}

export interface SpoolOptions {
  readonly digest?: boolean
  readonly signal?: AbortSignal
}

/** The first buffer of a stream that does not say its size. */
const FIRST_BUFFER = 64 * 1024

/**
 * Reads a stream once and keeps it: in memory up to `limits.spoolMemoryBytes` (or less, where the memory that a worker
 * may hold is spent), above that in a temporary file. Every byte kept is counted by `meter.expand`; this is the one
 * place that does, since everything decoded passes here. A `FormatError` of the stream is returned as `broken`, any
 * other error is thrown and leaves nothing behind.
 */
export async function spool(stream: ByteStream, meter: Meter, options: SpoolOptions = {}): Promise<Spooled> {
  const { digest, signal } = options
  const store = new Store(meter, stream.size)
  const hash = digest ? createHash('sha256') : undefined
  try {
    const broken = await fill(store, stream, meter, hash, signal)
    return {
      ...store.source(),
      ...(hash && !broken ? { sha256: hash.digest('hex') } : {}),
      ...(broken ? { broken } : {}),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** Returns what broke the stream, once everything before the break is in the store. */
async function fill(
  store: Store,
  stream: ByteStream,
  meter: Meter,
  hash: Hash | undefined,
  signal: AbortSignal | undefined,
): Promise<FormatError | undefined> {
  try {
    for await (const chunk of stream.stream(signal)) {
      signal?.throwIfAborted()
      meter.expand(chunk.length)
      await store.write(chunk)
      hash?.update(chunk)
    }
    await store.finish()
    return undefined
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    await store.finish()
    return error
  }
}

/** A buffer that grows up to the memory it may have, and is emptied into a temporary file each time it is full. */
class Store implements AsyncDisposable {
  readonly #meter: Meter
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #filled = 0
  #written = 0
  #file: TemporaryFile | undefined
  readonly #hint: number

  constructor(meter: Meter, declared: number | undefined) {
    this.#meter = meter
    // What a container declares sizes the first buffer, but a lie must cost no more than one chunk.
    this.#hint = declared && declared > 0 ? Math.min(declared, CHUNK) : FIRST_BUFFER
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      if (this.#filled === this.#buffer.length && !this.#grow(chunk.length - done)) await this.#spill()
      const part = chunk.subarray(done, done + this.#buffer.length - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.length
      done += part.length
    }
  }

  /** After the last write: what is still in the buffer of a spilled stream joins the rest. */
  async finish(): Promise<void> {
    if (!this.#file) return
    if (this.#filled > 0) await this.#spill()
    this.#resize(0)
  }

  source(): ByteSource {
    if (this.#file) return fileSource(this.#file, this.#written)
    return memorySource(this.#buffer.subarray(0, this.#filled))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resize(0)
    await this.#file?.[Symbol.asyncDispose]()
  }

  /** Makes room in memory, if there is memory to be had. */
  #grow(wanted: number): boolean {
    const most = this.#meter.limits.spoolMemoryBytes
    const have = this.#buffer.length
    const next = Math.min(most, Math.max(2 * have, have + wanted, this.#hint))
    if (this.#file || next <= have) return false
    try {
      // Old and new buffer are alive together while one is copied into the other.
      this.#meter.hold(next)
      this.#meter.release(next)
    } catch {
      return false
    }
    this.#resize(next)
    return true
  }

  async #spill(): Promise<void> {
    try {
      const first = this.#file === undefined
      this.#file ??= openTemporary()
      await this.#file.write(this.#buffer.subarray(0, this.#filled), this.#written)
      this.#written += this.#filled
      this.#filled = 0
      if (first) this.#resize(CHUNK)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
      if (code === undefined) throw error
      if (this.#file) this.#filled = 0
      throw new FormatError('unreadable', `decoded bytes cannot be kept in a temporary file (${code})`)
    }
  }

  #resize(capacity: number): void {
    const old = this.#buffer
    this.#meter.release(old.length)
    this.#buffer = new Uint8Array(0)
    if (capacity === 0) return
    this.#meter.hold(capacity)
    this.#buffer = new Uint8Array(Buffer.allocUnsafeSlow(capacity).buffer)
    this.#buffer.set(old.subarray(0, this.#filled))
  }
}

function fileSource(file: TemporaryFile, size: number): ByteSource {
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const wanted = Math.max(0, Math.min(length, size - offset))
    return wanted === 0 ? new Uint8Array(0) : file.read(offset, wanted)
  }
  return { size, read, stream: (signal) => chunks({ size, read }, signal) }
}
