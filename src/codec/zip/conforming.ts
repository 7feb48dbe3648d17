import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { Window } from '../window.ts'
import type { CentralEntry } from './records.ts'

/**
 * yauzl as the conforming reader: what a strict library that follows the specification lists. It reads through
 * our bytes and never sees the file system.
 */
export class ConformingList {
  readonly #source: ByteSource
  readonly #signal: AbortSignal | undefined
  #events: EntryEvents | undefined
  #refusal: string | undefined

  /** @param from what lies before reads as zeros: a remote archive is asked for its directory only. */
  constructor(source: ByteSource, signal?: AbortSignal, from = 0) {
    this.#source = from > 0 ? blank(source, from) : source
    this.#signal = signal
  }

  /** Why yauzl does not go on. */
  get refusal(): string | undefined {
    return this.#refusal
  }

  /** The next entry; undefined at the end and where yauzl refuses. */
  async next(): Promise<Entry | undefined> {
    if (this.#refusal !== undefined) return undefined
    try {
      this.#events ??= new EntryEvents(await opened(this.#source, this.#signal))
      return await this.#events.next()
    } catch (error) {
      this.#signal?.throwIfAborted()
      if (error instanceof FormatError || !(error instanceof Error)) throw error
      this.#refusal = error.message
      return undefined
    }
  }
}

function blank(source: ByteSource, from: number): ByteSource {
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    const end = Math.min(offset + length, source.size)
    const zeros = Math.max(0, Math.min(from, end) - offset)
    const rest = await source.read(offset + zeros, end - offset - zeros, signal)
    return zeros === 0 ? rest : Buffer.concat([Buffer.alloc(zeros), rest])
  }
  return { ...source, read }
}

function opened(source: ByteSource, signal?: AbortSignal): Promise<ZipFile> {
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: false }
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(new SourceReader(source, signal), source.size, options, (error, file) => {
      if (error) reject(error)
      else resolve(file)
    })
  })
}

/** Do both readers say the same of a member? */
export function agrees(theirs: Entry, ours: CentralEntry): boolean {
  return (
    theirs.relativeOffsetOfLocalHeader === ours.offset &&
    theirs.compressedSize === ours.compressed &&
    theirs.uncompressedSize === ours.size &&
    theirs.compressionMethod === ours.method &&
    theirs.generalPurposeBitFlag === ours.flags &&
    theirs.crc32 === ours.crc32 &&
    theirs.fileNameRaw.equals(ours.name)
  )
}

/** yauzl tells of entries by events; often before `readEntry` returns, since the window holds the bytes. */
class EntryEvents {
  readonly #zip: ZipFile
  #settle: { resolve: (entry: Entry | undefined) => void; reject: (error: Error) => void } | undefined

  constructor(zip: ZipFile) {
    this.#zip = zip
    zip.on('entry', (entry) => this.#settle?.resolve(entry))
    zip.on('end', () => this.#settle?.resolve(undefined))
    zip.on('error', (error: Error) => this.#settle?.reject(error))
  }

  next(): Promise<Entry | undefined> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#zip.readEntry()
    })
  }
}

class SourceReader extends RandomAccessReader {
  readonly #window: Window

  constructor(source: ByteSource, signal?: AbortSignal) {
    super()
    this.#window = new Window(source, signal)
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const held = this.#window.held(position, length)
    if (held && held.length === length) {
      buffer.set(held, offset)
      callback(null)
      return
    }
    this.#window.at(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset)
        callback(bytes.length < length ? new Error('unexpected EOF') : null)
      },
      (error: Error) => callback(error),
    )
  }

  override _readStreamForRange(): never {
    throw new Error('members are read by us')
  }
}
