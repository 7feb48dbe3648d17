import { HttpSource, type RangeTarget } from '../bytes/http.ts'
import { FormatError } from '../model/trouble.ts'

/** Detection reads the ends of a file, and small files whole: what is fetched before anybody asks. */
export const REMOTE_HEAD = 8 * 1024
export const REMOTE_TAIL = 32 * 1024
export const REMOTE_WHOLE = 192 * 1024
/** Of data that no loader interprets, its first and last bytes. */
export const REMOTE_DATA = 4 * 1024
/** Files whose ends are fetched ahead of their inspection. */
const LEAD = 32

type Held = {
  readonly read: (offset: number, length: number) => Promise<Uint8Array>
  readonly http?: HttpSource
}

/**
 * The files of a scan that are read where they are. Only the command line's thread sends requests: tokens, connections
 * and their number stay in one place, and workers ask by file number. While some files are inspected, the ends of the
 * next ones are on their way.
 */
export class RemoteFiles {
  readonly #files: (Held | undefined)[] = []
  readonly #width: number
  readonly #signal: AbortSignal | undefined
  #active = 0
  #waiting: (() => void)[] = []
  #ahead = 0
  #closed = 0
  #fetched = 0

  /** @param width requests at one time. */
  constructor(width: number, signal: AbortSignal | undefined) {
    this.#width = width
    this.#signal = signal
  }

  /** The number by which it is read from now on. */
  add(target: Omit<RangeTarget, 'gate'>): number {
    const http = new HttpSource({ ...target, gate: (run) => this.#gate(run) })
    return this.#files.push({ http, read: (offset, length) => http.read(offset, length, this.#signal) }) - 1
  }

  /** A file that had to be fetched to know its digest. */
  addHeld(bytes: Uint8Array): number {
    this.#fetched += bytes.length
    return this.#files.push({ read: async (offset, length) => bytes.subarray(offset, offset + length) }) - 1
  }

  /** Bytes of files that were sent so far. */
  get fetched(): number {
    return this.#files.reduce((sum, file) => sum + (file?.http?.fetched ?? 0), this.#fetched)
  }

  /** Rejects with a `FormatError` where the source does not give what it should. */
  async read(file: number, offset: number, length: number): Promise<Uint8Array> {
    this.#lead()
    const held = this.#files[file]
    if (!held) throw new FormatError('internal', 'a remote file that was closed')
    return held.read(offset, length)
  }

  /** Its bytes are not needed any more. */
  close(file: number): void {
    this.#fetched += this.#files[file]?.http?.fetched ?? 0
    this.#files[file] = undefined
    this.#closed++
    this.#lead()
  }

  #lead(): void {
    while (this.#ahead < Math.min(this.#files.length, this.#closed + LEAD)) {
      const http = this.#files[this.#ahead++]?.http
      // Whoever reads it next is told what went wrong.
      if (http) http.prime(endsOf(http.size), this.#signal).catch(() => undefined)
    }
  }

  async #gate<T>(run: () => Promise<T>): Promise<T> {
    while (this.#active >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#active++
    try {
      return await run()
    } finally {
      this.#active--
      this.#waiting.shift()?.()
    }
  }
}

function endsOf(size: number): [number, number][] {
  if (size <= REMOTE_WHOLE) return [[0, size]]
  return [
    [0, REMOTE_HEAD],
    [size - REMOTE_TAIL, REMOTE_TAIL],
  ]
}
