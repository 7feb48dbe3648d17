import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { Window } from './window.ts'

/** A table: where it is, and where its fields are (0 for one that is absent). */
export interface Table {
  readonly at: number
  readonly fields: readonly number[]
}

/** Elements lie behind `at`, one after another. */
export interface Vector {
  readonly at: number
  readonly length: number
}

/** Tables and vectors looked at in one file. They may be shared, so that a small file can hold endless ones. */
const VISITS = 5_000_000
const NAME = 64 * 1024

/**
 * Reads tables and vectors of a FlatBuffer out of a source, by field number of the schema. Every offset is checked
 * against the file before anything is read, and visits are counted: references may point anywhere, at each other too.
 */
export class FlatBuffer {
  readonly #window: Window
  readonly #base: number
  readonly #size: number
  #visits = 0
  /** The end of the last byte that something referred to. */
  reached: number

  /** @param base where the buffer begins; offsets in it are relative to that of its own parts only. */
  constructor(source: ByteSource, base = 0) {
    this.#window = new Window(source)
    this.#base = base
    this.#size = source.size
    this.reached = base + 8
  }

  async root(): Promise<Table> {
    return this.#table(this.#base + (await this.#u32(this.#base)))
  }

  async #view(at: number, length: number): Promise<DataView> {
    if (!Number.isSafeInteger(at) || at < this.#base || at + length > this.#size) {
      throw new FormatError('corrupt', `an offset of the FlatBuffer leads to byte ${at}, beyond the file`)
    }
    this.reached = Math.max(this.reached, at + length)
    const bytes = await this.#window.at(at, length)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }

  async #u32(at: number): Promise<number> {
    return (await this.#view(at, 4)).getUint32(0, true)
  }

  #visit(): void {
    if (++this.#visits > VISITS) throw new FormatError('limit', `more than ${VISITS} tables and vectors`)
  }

  async #table(at: number): Promise<Table> {
    this.#visit()
    const vtable = at - (await this.#view(at, 4)).getInt32(0, true)
    const head = await this.#view(vtable, 4)
    const [length, size] = [head.getUint16(0, true), head.getUint16(2, true)]
    if (length < 4 || length % 2 !== 0) throw new FormatError('corrupt', 'a table without a sound vtable', at)
    const view = await this.#view(vtable, length)
    const fields: number[] = []
    for (let i = 4; i < length; i += 2) {
      const offset = view.getUint16(i, true)
      if (offset !== 0 && offset >= size) throw new FormatError('corrupt', 'a field outside its table', at)
      fields.push(offset === 0 ? 0 : at + offset)
    }
    await this.#view(at, Math.max(4, size))
    return { at, fields }
  }

  async int(table: Table, field: number, width: 1 | 4 = 4): Promise<number> {
    const at = table.fields[field]
    if (!at) return 0
    const view = await this.#view(at, width)
    return width === 1 ? view.getInt8(0) : view.getInt32(0, true)
  }

  async unsigned(table: Table, field: number, width: 1 | 2 | 4 | 8 = 4): Promise<bigint> {
    const at = table.fields[field]
    if (!at) return 0n
    const view = await this.#view(at, width)
    if (width === 8) return view.getBigUint64(0, true)
    return BigInt(
      width === 1 ? view.getUint8(0) : width === 2 ? view.getUint16(0, true) : view.getUint32(0, true),
    )
  }

  async table(table: Table, field: number): Promise<Table | undefined> {
    const at = table.fields[field]
    return at ? this.#table(at + (await this.#u32(at))) : undefined
  }

  /** @param width bytes of an element: the whole vector must be in the file. */
  async vector(table: Table, field: number, width = 4): Promise<Vector> {
    const at = table.fields[field]
    if (!at) return { at: 0, length: 0 }
    this.#visit()
    const start = at + (await this.#u32(at))
    const length = await this.#u32(start)
    if (start + 4 + length * width > this.#size) {
      throw new FormatError('corrupt', `a vector of ${length} elements does not fit in the file`, start)
    }
    this.reached = Math.max(this.reached, start + 4 + length * width)
    return { at: start + 4, length }
  }

  async *tables(table: Table, field: number): AsyncGenerator<Table> {
    const { at, length } = await this.vector(table, field)
    for (let i = 0; i < length; i++) yield this.#table(at + 4 * i + (await this.#u32(at + 4 * i)))
  }

  /** The numbers of a vector of int32. */
  async *ints(table: Table, field: number): AsyncGenerator<number> {
    const { at, length } = await this.vector(table, field)
    for (let i = 0; i < length; i++) {
      if (i % 1024 === 0) this.#visit()
      yield (await this.#view(at + 4 * i, 4)).getInt32(0, true)
    }
  }

  async string(table: Table, field: number): Promise<string> {
    const { at, length } = await this.vector(table, field, 1)
    const bytes = await this.#window.at(at, Math.min(length, NAME))
    return Buffer.from(bytes).toString('utf8')
  }
}
