import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { LITERAL_BYTES, literalAt } from './literals.ts'
import type { Machine } from './machine.ts'
import type { Status } from './status.ts'

/** Bytes worked on at a time: large enough that reads cost nothing, small enough for the second-level cache. */
const WINDOW = 512 * 1024
/** Values fetched from outside the window that are kept. */
const FETCHED_KEPT = 4096
/** Chunk in which the end of a very long line is searched for. */
const SEARCH = 1024 * 1024

export interface StreamOptions {
  readonly meter?: Meter | undefined
  readonly signal?: AbortSignal | undefined
  /** Looks at constants that arose, each time the window is about to move. */
  readonly drain?: (() => Promise<void>) | undefined
}

/** The bytes that a machine works on: reads them window by window and fetches what it asks for. */
export class Stream {
  readonly source: ByteSource
  readonly #machine: Machine
  readonly #options: StreamOptions
  readonly #window: Uint8Array

  constructor(source: ByteSource, machine: Machine, options: StreamOptions) {
    this.source = source
    this.#machine = machine
    this.#options = options
    this.#window = new Uint8Array(Math.min(WINDOW, source.size))
    machine.size = source.size
  }

  /** Runs the machine until the pickle ends, fails, or steps out of the stream. */
  async run(): Promise<Extract<Status, 'stop' | 'failed' | 'outside'>> {
    const machine = this.#machine
    for (;;) {
      const status = machine.advance()
      if (status === 'window') await this.#slide()
      else if (status === 'value') await this.#fetch(machine.wanted)
      else if (status === 'line') await this.#findLineEnd(machine.wanted)
      else {
        await this.#options.drain?.()
        if (status !== 'run') return status
      }
    }
  }

  async #slide(): Promise<void> {
    const machine = this.#machine
    await this.#options.drain?.()
    this.#options.meter?.tick()
    const base = machine.offset
    const length = await this.#fill(base)
    machine.slide(length === this.#window.length ? this.#window : this.#window.subarray(0, length), base)
  }

  /** Fills the window from an offset on; what a read returns is valid until the next one only, so it is copied. */
  async #fill(offset: number): Promise<number> {
    const { source } = this
    const { signal } = this.#options
    if (source.fill) return source.fill(this.#window, offset, signal)
    const bytes = await source.read(offset, this.#window.length, signal)
    this.#window.set(bytes)
    return bytes.length
  }

  async #fetch(offset: number): Promise<void> {
    const { fetched } = this.#machine
    if (fetched.size >= FETCHED_KEPT) fetched.clear()
    const bytes = await this.source.read(offset, LITERAL_BYTES + 16, this.#options.signal)
    fetched.set(offset, literalAt(bytes, 0) ?? { kind: 'other' })
  }

  async #findLineEnd(start: number): Promise<void> {
    for (let at = start; at < this.source.size; at += SEARCH) {
      this.#options.meter?.tick()
      const bytes = await this.source.read(at, SEARCH, this.#options.signal)
      if (bytes.length === 0) throw new FormatError('unreadable', 'the bytes ended while being read', at)
      const newline = bytes.indexOf(0x0a)
      if (newline >= 0) {
        this.#machine.lineEnds.set(start, at + newline)
        return
      }
    }
    this.#machine.lineEnds.set(start, this.source.size)
  }
}
