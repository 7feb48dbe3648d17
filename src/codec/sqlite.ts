import type { Meter } from '../bytes/meter.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import type { RowBatch } from './rows/batch.ts'
import { RowBatcher } from './rows/batcher.ts'
import { BinaryValues } from './rows/binary.ts'

/** An entry of `sqlite_schema`. */
export interface SchemaEntry {
  readonly type: string
  readonly name: string
  readonly root: number
  readonly sql: string
}

type Value = string | number | Uint8Array | null

/** Bytes of one record that are read; longer values are cut. */
const RECORD = 16 * 1024 * 1024
const ENTRIES = 100_000
const DEPTH = 32

/**
 * Pages of an SQLite database (https://www.sqlite.org/fileformat2.html): B-trees of tables, read without any SQL. Pages are visited
 * once, so that trees that lead into each other end.
 */
export class SqlitePages {
  readonly #source: ByteSource
  readonly pageSize: number
  readonly pages: number
  readonly #usable: number
  readonly #encoding: number
  /** Rows that overflow pages cut short, or pages that were reached twice. */
  readonly troubles: FormatError[] = []

  private constructor(source: ByteSource, header: DataView) {
    this.#source = source
    const size = header.getUint16(16)
    this.pageSize = size === 1 ? 65_536 : size
    this.#usable = this.pageSize - header.getUint8(20)
    this.#encoding = header.getUint32(56)
    if (this.pageSize < 512 || (this.pageSize & (this.pageSize - 1)) !== 0 || this.#usable < 480) {
      throw new FormatError('corrupt', `pages of ${this.pageSize} bytes`, 16)
    }
    this.pages = Math.ceil(source.size / this.pageSize)
  }

  static async open(source: ByteSource): Promise<SqlitePages> {
    const header = Uint8Array.prototype.slice.call(await source.read(0, 100))
    if (header.length < 100) throw new FormatError('truncated', 'a database without its header')
    return new SqlitePages(source, new DataView(header.buffer))
  }

  async schema(): Promise<SchemaEntry[]> {
    const entries: SchemaEntry[] = []
    for await (const record of this.rows(1)) {
      const [type, name, , root, sql] = record
      if (entries.length >= ENTRIES)
        throw new FormatError('limit', `more than ${ENTRIES} tables and triggers`)
      entries.push({
        type: typeof type === 'string' ? type : '',
        name: typeof name === 'string' ? name : '',
        root: typeof root === 'number' ? root : 0,
        sql: typeof sql === 'string' ? sql : '',
      })
    }
    return entries
  }

  /** The records of the table whose tree begins at that page. */
  async *rows(root: number): AsyncGenerator<Value[]> {
    yield* this.#tree(root, new Set(), 0)
  }

  async *#tree(number: number, seen: Set<number>, depth: number): AsyncGenerator<Value[]> {
    if (number < 1 || number > this.pages || seen.has(number) || depth > DEPTH) {
      this.troubles.push(
        new FormatError('corrupt', `page ${number} is outside the file or part of its own tree`),
      )
      return
    }
    seen.add(number)
    const bytes = Uint8Array.prototype.slice.call(
      await this.#source.read((number - 1) * this.pageSize, this.pageSize),
    )
    const at = number === 1 ? 100 : 0
    const view = new DataView(bytes.buffer)
    if (bytes.length < this.pageSize) throw new FormatError('truncated', `page ${number} is cut short`)
    const kind = view.getUint8(at)
    // Trees of indices hold nothing that the tables do not.
    if (kind === 0x02 || kind === 0x0a) return
    if (kind !== 0x05 && kind !== 0x0d)
      throw new FormatError('corrupt', `page ${number} is no page of a table`)
    const cells = view.getUint16(at + 3)
    const head = at + (kind === 0x05 ? 12 : 8)
    for (let i = 0; i < cells; i++) {
      if (head + i * 2 + 2 > bytes.length) break
      const cell = view.getUint16(head + i * 2)
      if (cell + 4 > bytes.length) throw new FormatError('corrupt', `a cell outside page ${number}`)
      if (kind === 0x05) yield* this.#tree(view.getUint32(cell), seen, depth + 1)
      else yield await this.#record(bytes, cell)
    }
    if (kind === 0x05) yield* this.#tree(view.getUint32(at + 8), seen, depth + 1)
  }

  async #record(page: Uint8Array, cell: number): Promise<Value[]> {
    const [length, afterLength] = varint(page, cell)
    const [, start] = varint(page, afterLength)
    const payload = await this.#payload(page, start, length)
    const [headLength, first] = varint(payload, 0)
    const values: Value[] = []
    let [at, body] = [first, headLength]
    while (at < headLength && at < payload.length && values.length < 2000) {
      const [type, next] = varint(payload, at)
      at = next
      const size = sizeOf(type)
      values.push(this.#value(payload.subarray(body, body + size), type))
      body += size
    }
    return values
  }

  /** The bytes of a record: on its page, and on the pages that it overflows to. */
  async #payload(page: Uint8Array, start: number, length: number): Promise<Uint8Array> {
    const most = this.#usable - 35
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23
    if (length <= most) return page.subarray(start, start + length)
    const wanted = least + ((length - least) % (this.#usable - 4))
    const local = wanted <= most ? wanted : least
    const parts = [page.subarray(start, start + local)]
    let got = local
    let next =
      start + local + 4 <= page.length
        ? new DataView(page.buffer, page.byteOffset).getUint32(start + local)
        : 0
    for (let hops = 0; next !== 0 && got < Math.min(length, RECORD) && hops < this.pages; hops++) {
      if (next > this.pages) break
      const bytes = Uint8Array.prototype.slice.call(
        await this.#source.read((next - 1) * this.pageSize, this.#usable),
      )
      if (bytes.length < 4) break
      parts.push(bytes.subarray(4, 4 + length - got))
      got += bytes.length - 4
      next = new DataView(bytes.buffer).getUint32(0)
    }
    if (got < length && this.troubles.length < 64) {
      this.troubles.push(
        new FormatError(
          length > RECORD ? 'limit' : 'corrupt',
          `a value of ${length} bytes that is not all there`,
        ),
      )
    }
    return Buffer.concat(parts)
  }

  #value(bytes: Uint8Array, type: number): Value {
    if (type === 0) return null
    if (type >= 13 && type % 2 === 1) return this.#text(bytes)
    if (type >= 12) return bytes
    if (type === 8 || type === 9) return type - 8
    if (type === 7) return null
    let value = 0n
    for (const byte of bytes) value = value * 256n + BigInt(byte)
    return Number(BigInt.asIntN(bytes.length * 8, value))
  }

  #text(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes)
    if (this.#encoding === 2) return buffer.toString('utf16le')
    return this.#encoding === 3
      ? buffer
          .subarray(0, buffer.length & ~1)
          .swap16()
          .toString('utf16le')
      : buffer.toString()
  }
}

/** Big-endian, seven bits a byte, the ninth has eight. */
function varint(bytes: Uint8Array, from: number): [number, number] {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) throw new FormatError('corrupt', 'a record cut short')
    value = value * 128 + (byte & 127)
    if (byte < 128) return [value, from + i + 1]
  }
  return [value * 256 + (bytes[from + 8] ?? 0), from + 9]
}

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - (type % 2 === 0 ? 12 : 13)) / 2)
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type] ?? 0
}

/** The rows of all tables of a database, as one after another. */
export class SqliteRows {
  readonly binaries: BinaryValues = new BinaryValues()
  rows = 0
  read = 0
  readonly #pages: SqlitePages
  readonly #tables: readonly SchemaEntry[]
  readonly #limit: number
  readonly #meter: Meter
  readonly #batcher = new RowBatcher()

  constructor(pages: SqlitePages, schema: readonly SchemaEntry[], limit: number, meter: Meter) {
    this.#pages = pages
    this.#tables = schema.filter(({ type, root }) => type === 'table' && root > 0)
    this.#limit = limit
    this.#meter = meter
  }

  get columns(): number {
    return this.#batcher.columns
  }

  get troubles(): readonly FormatError[] {
    return this.#pages.troubles
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    for (const table of this.#tables) {
      const names = columnNames(table.sql)
      const records = this.#pages.rows(table.root)
      for (;;) {
        signal.throwIfAborted()
        const record = await this.#next(records)
        if (!record) break
        const number = this.rows++
        if (this.read >= this.#limit) continue
        this.read++
        this.#add(table.name, names, record, this.#batcher.begin(number))
        if (this.#batcher.isFull) yield* this.#flush()
      }
    }
    yield* this.#flush()
  }

  async #next(records: AsyncGenerator<Value[]>): Promise<Value[] | undefined> {
    try {
      return (await records.next()).value ?? undefined
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      if (this.#pages.troubles.length < 64) this.#pages.troubles.push(error)
      return undefined
    }
  }

  #add(table: string, names: readonly string[], record: readonly Value[], row: number): void {
    let bytes = 0
    for (const [i, value] of record.entries()) {
      const name = `${table}.${names[i] ?? `column ${i + 1}`}`
      if (value === null) continue
      if (typeof value === 'number') this.#batcher.column(name, 'scalar').addText(row, String(value))
      else if (typeof value === 'string') {
        this.#batcher.column(name, 'text').addText(row, value)
        bytes += value.length
      } else if (this.binaries.take(name, this.rows - 1, value)) {
        this.#batcher.column(name, 'text').add(row, value)
        bytes += value.length
      }
    }
    this.#meter.expand(bytes)
    this.#batcher.end(bytes)
  }

  *#flush(): Generator<RowBatch> {
    const batch = this.#batcher.take()
    if (batch) yield batch
    this.#batcher.clear()
  }
}

/** Names of columns in a `CREATE TABLE`, as far as a look tells. */
function columnNames(sql: string): string[] {
  const inner = /\(([\s\S]*)\)/.exec(sql.slice(0, 20_000))?.[1] ?? ''
  return inner
    .replaceAll(/\([^()]*\)/g, '')
    .split(',')
    .map((part) => /^\s*["'`[]?([^\s"'`\]]{1,100})/.exec(part)?.[1] ?? '')
}
