import { crc32 } from 'node:zlib'
import type { Meter } from '../../bytes/meter.ts'
import { type ByteSource, type ByteStream, slice } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { COPY, type Unpacking, unpack } from './folder.ts'
import { type Folder, type SubStream, unpackSize } from './streams.ts'

/** What became of a folder's packed stream. */
export interface Finished {
  /** How much of it was used. */
  readonly consumed: number
  /** Why no more, where something is wrong. */
  readonly failure?: FormatError
  /** The failure broke the stream of a file, which says so. */
  readonly told: boolean
}

/**
 * The files of one folder, to be read in order: a solid folder is one stream that all of them share. What cannot be
 * unpacked gives every file a stream that says so.
 */
export class Members implements AsyncDisposable {
  readonly #open: () => Unpacking
  readonly #stored: ByteSource | undefined
  readonly #size: number
  #unpacking: Unpacking | undefined
  #chunks: AsyncIterator<Uint8Array> | undefined
  #rest: Uint8Array = new Uint8Array(0)
  /** Where the next byte of the folder's content is. */
  #at = 0
  #failure: FormatError | undefined

  constructor(folder: Folder, packed: () => readonly ByteSource[], meter: Meter, signal: AbortSignal) {
    this.#open = () => unpack(folder, packed(), meter, signal)
    this.#size = unpackSize(folder)
    const [only] = folder.coders
    if (folder.coders.length === 1 && only?.method === COPY) {
      this.#stored = attempt(packed)?.[0]
    }
  }

  /** The content of the file that starts at `offset` of the folder's. */
  member(offset: number, file: SubStream): ByteSource | ByteStream {
    const stored = this.#stored
    if (stored && file.crc === undefined && offset + file.size <= stored.size) {
      return slice(stored, offset, file.size)
    }
    return { size: file.size, stream: () => this.#read(offset, file) }
  }

  /** Behind the last file: reads on to the end of the folder. */
  async finish(): Promise<Finished> {
    const told = this.#failure !== undefined
    // Stored files were handed out as they lie; nothing was unpacked.
    if (this.#stored && !this.#chunks) return { consumed: Math.min(this.#stored.size, this.#size), told }
    const failure = this.#failure ?? (await this.#exhaust())
    const consumed = this.#unpacking?.consumed() ?? 0
    return { consumed, told, ...(failure ? { failure } : {}) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks?.return?.()
    this.#rest = new Uint8Array(0)
  }

  async #exhaust(): Promise<FormatError | undefined> {
    try {
      await this.#forward(this.#size)
      while (this.#rest.length === 0) if (!(await this.#next())) return undefined
      return new FormatError('corrupt', '7z: a folder holds more than its files')
    } catch (error) {
      if (error instanceof FormatError) return error
      throw error
    }
  }

  async *#read(offset: number, { size, crc }: SubStream): AsyncGenerator<Uint8Array> {
    await this.#forward(offset)
    let left = size
    let actual = 0
    while (left > 0) {
      if (this.#rest.length === 0) await this.#more()
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      this.#at += part.length
      left -= part.length
      if (crc !== undefined) actual = crc32(part, actual)
      if (part.length > 0) yield part
    }
    if (crc !== undefined && actual !== crc) throw new FormatError('corrupt', '7z: the CRC does not match')
  }

  /** Steps over what nobody read. */
  async #forward(offset: number): Promise<void> {
    while (this.#at < offset) {
      if (this.#rest.length === 0) await this.#more()
      const step = Math.min(this.#rest.length, offset - this.#at)
      this.#rest = this.#rest.subarray(step)
      this.#at += step
    }
  }

  async #more(): Promise<void> {
    if (!(await this.#next())) {
      throw new FormatError('truncated', '7z: a folder holds less than its files need')
    }
  }

  /** False at the end of the folder. */
  async #next(): Promise<boolean> {
    if (this.#failure) throw this.#failure
    try {
      this.#unpacking ??= this.#open()
      this.#chunks ??= this.#unpacking.stream[Symbol.asyncIterator]()
      const next = await this.#chunks.next()
      this.#rest = next.done ? new Uint8Array(0) : next.value
      return !next.done
    } catch (error) {
      if (error instanceof FormatError) this.#failure = error
      throw error
    }
  }
}

/** The first `most` bytes of a stream, and what broke it before it had given as many. */
export async function start(
  stream: ByteStream,
  most: number,
): Promise<{ bytes: Uint8Array; failure?: FormatError }> {
  const parts: Uint8Array[] = []
  let length = 0
  const bytes = () => Buffer.concat(parts).subarray(0, most)
  try {
    for await (const chunk of stream.stream()) {
      parts.push(Uint8Array.from(chunk))
      length += chunk.length
      if (length >= most) break
    }
    return { bytes: bytes() }
  } catch (error) {
    if (error instanceof FormatError) return { bytes: bytes(), failure: error }
    throw error
  }
}

/** A packed stream beyond the end of the file is told when a member is read. */
function attempt<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}
