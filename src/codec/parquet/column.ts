import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import type { ColumnBuilder } from '../rows/batch.ts'
import { decompressPage } from './decompress.ts'
import type { Chunk, Leaf } from './footer.ts'
import { PageCursor, readHybrid } from './levels.ts'
import { numberAt, structAt, ThriftReader, type ThriftStruct } from './thrift.ts'
import { readValues, type Values } from './values.ts'

/** Bytes of one page, packed or not. Writers aim at one mebibyte; a single long value may take more. */
const PAGE_BYTES = 64 * 1024 * 1024
/** Values of one page: a column of nulls has them for nothing. */
const PAGE_VALUES = 16 * 1024 * 1024
/** A dictionary can repeat a long value in every row. */
const BATCH_BYTES = 64 * 1024 * 1024
const HEADERS = [4 * 1024, 256 * 1024, 16 * 1024 * 1024]

interface Page {
  readonly values: Values
  readonly count: number
  readonly repetition: Uint32Array | undefined
  readonly definition: Uint32Array | undefined
  /** The next level, and the next value that is not null. */
  level: number
  value: number
  readonly held: number
}

/** A value of a column without annotation: bytes that may be anything. Returns whether they were taken for text. */
export type BinaryValue = (row: number, value: Uint8Array) => boolean

/** Reads one column chunk page by page, holding one page and the dictionary. */
export class ColumnReader {
  readonly #source: ByteSource
  readonly #leaf: Leaf
  readonly #end: number
  readonly #chunk: Chunk
  readonly #meter: Meter
  #at: number
  #dictionary: Values | undefined
  #dictionaryHeld = 0
  #page: Page | undefined
  #seen = 0

  constructor(source: ByteSource, leaf: Leaf, chunk: Chunk, end: number, meter: Meter) {
    this.#source = source
    this.#leaf = leaf
    this.#chunk = chunk
    this.#meter = meter
    this.#at = chunk.offset
    this.#end = chunk.offset + chunk.length
    if (chunk.offset < 4 || this.#end > end) {
      throw new FormatError('corrupt', `the column ${leaf.path} lies outside the file`, chunk.offset)
    }
  }

  /**
   * Adds the values of the next rows, at most `rows`, and stops at a row once the builder holds `most` bytes. Returns the
   * rows it went through; rows are counted from 0.
   */
  async take(builder: ColumnBuilder, rows: number, most: number, binary?: BinaryValue): Promise<number> {
    let row = -1
    for (;;) {
      const page = await this.#current()
      if (!page) return row + 1
      const { repetition, definition, count } = page
      while (page.level < count) {
        const starts = !repetition || repetition[page.level] === 0
        if (starts && (row + 1 >= rows || (builder.length > most && row >= 0))) return row + 1
        if (starts) row++
        const isThere = !definition || definition[page.level] === this.#leaf.definition
        page.level++
        if (isThere) this.#add(builder, Math.max(row, 0), page, binary)
      }
      this.#seen += count
      this.#drop()
    }
  }

  /** Gives back what it holds. */
  close(): void {
    this.#drop()
    this.#meter.release(this.#dictionaryHeld)
    this.#dictionaryHeld = 0
  }

  #drop(): void {
    this.#meter.release(this.#page?.held ?? 0)
    this.#page = undefined
  }

  #add(builder: ColumnBuilder, row: number, page: Page, binary: BinaryValue | undefined): void {
    const { values } = page
    const i = page.value++
    const place = values.indices ? (values.indices[i] ?? 0) : i
    if (values.numbers) {
      builder.addText(
        row,
        this.#leaf.type === 'BOOLEAN' ? String(values.numbers[place] === 1) : String(values.numbers[place]),
      )
      return
    }
    const value = values.bytes.subarray(values.starts[place], values.ends[place])
    if (binary && !binary(row, value)) return
    if (builder.length + value.length > BATCH_BYTES) {
      throw new FormatError('limit', `values of ${this.#leaf.path} too large for one batch of rows`)
    }
    builder.add(row, value)
  }

  async #current(): Promise<Page | undefined> {
    while (!this.#page) {
      if (this.#at >= this.#end) return undefined
      if (this.#seen >= this.#chunk.values) return undefined
      await this.#next()
    }
    return this.#page
  }

  async #next(): Promise<void> {
    const { header, length } = await this.#header()
    const [type, size, packed] = [1, 2, 3].map((field) => numberAt(header, field) ?? -1) as [
      number,
      number,
      number,
    ]
    const start = this.#at + length
    if (packed < 0 || start + packed > this.#end) {
      throw new FormatError('corrupt', `a page of ${this.#leaf.path} reaches beyond its column`, this.#at)
    }
    if (size < 0)
      throw new FormatError('corrupt', `a page of ${this.#leaf.path} with an impossible size`, this.#at)
    if (packed > PAGE_BYTES || size > PAGE_BYTES) {
      throw new FormatError(
        'limit',
        `a page of ${this.#leaf.path} of ${Math.max(packed, size)} bytes`,
        this.#at,
      )
    }
    const at = this.#at
    this.#at = start + packed
    if (type === 1) return
    const held = packed + size
    this.#meter.hold(held)
    this.#meter.expand(size)
    let kept = 0
    try {
      const bytes = Uint8Array.prototype.slice.call(await this.#source.read(start, packed))
      kept = await this.#decode(type, header, bytes, size, held, at)
    } finally {
      this.#meter.release(held - kept)
    }
  }

  /** Returns the bytes that stay claimed. */
  async #decode(
    type: number,
    header: ThriftStruct,
    bytes: Uint8Array,
    size: number,
    held: number,
    at: number,
  ) {
    const { codec } = this.#chunk
    const details = structAt(header, type === 0 ? 5 : type === 2 ? 7 : 8)
    if (!details) throw new FormatError('corrupt', `a page of ${this.#leaf.path} without its details`, at)
    const count = numberAt(details, 1) ?? -1
    if (count < 0 || count > PAGE_VALUES) throw new FormatError('limit', `a page of ${count} values`, at)
    if (type === 2) {
      const page = new PageCursor(await decompressPage(bytes, codec, size))
      this.#dictionary = readValues(page, this.#leaf, 0, count, undefined)
      this.#dictionaryHeld += held
      return held
    }
    const page =
      type === 3
        ? await this.#pageV2(details, bytes, size, count)
        : await this.#pageV1(details, bytes, size, count)
    this.#page = { ...page, count, level: 0, value: 0, held }
    return held
  }

  async #pageV1(details: ThriftStruct, bytes: Uint8Array, size: number, count: number) {
    const page = new PageCursor(await decompressPage(bytes, this.#chunk.codec, size))
    const levels = (most: number) => {
      if (most === 0) return undefined
      const length = page.u32()
      page.need(length)
      const end = page.at + length
      const read = readHybrid(page, 32 - Math.clz32(most), count, end)
      page.at = end
      return read
    }
    const repetition = levels(this.#leaf.repetition)
    const definition = levels(this.#leaf.definition)
    return {
      repetition,
      definition,
      values: this.#values(page, numberAt(details, 2) ?? -1, definition, count),
    }
  }

  async #pageV2(details: ThriftStruct, bytes: Uint8Array, size: number, count: number) {
    const [defined, repeated] = [numberAt(details, 5) ?? -1, numberAt(details, 6) ?? -1]
    if (defined < 0 || repeated < 0 || defined + repeated > Math.min(size, bytes.length)) {
      throw new FormatError('corrupt', 'levels larger than their page')
    }
    const page = new PageCursor(bytes)
    const levels = (most: number, length: number) => {
      const end = page.at + length
      const read = most === 0 ? undefined : readHybrid(page, 32 - Math.clz32(most), count, end)
      page.at = end
      return read
    }
    const repetition = levels(this.#leaf.repetition, repeated)
    const definition = levels(this.#leaf.definition, defined)
    const isPacked = details.get(7) !== false
    const rest = bytes.subarray(defined + repeated)
    const plain = await decompressPage(rest, isPacked ? this.#chunk.codec : 'none', size - defined - repeated)
    const values = this.#values(new PageCursor(plain), numberAt(details, 4) ?? -1, definition, count)
    return { repetition, definition, values }
  }

  #values(page: PageCursor, encoding: number, definition: Uint32Array | undefined, count: number): Values {
    let present = count
    if (definition) {
      present = 0
      for (const level of definition) if (level === this.#leaf.definition) present++
    }
    return readValues(page, this.#leaf, encoding, present, this.#dictionary)
  }

  /** A header has statistics, which may hold values: as long as they are. */
  async #header(): Promise<{ header: ThriftStruct; length: number }> {
    for (const most of HEADERS) {
      const bytes = Uint8Array.prototype.slice.call(
        await this.#source.read(this.#at, Math.min(most, this.#end - this.#at)),
      )
      try {
        const reader = new ThriftReader(bytes)
        return { header: reader.struct(), length: reader.at }
      } catch (error) {
        if (!(error instanceof FormatError) || error.kind !== 'truncated' || bytes.length < most) throw error
      }
    }
    throw new FormatError('limit', 'the header of a page is too long', this.#at)
  }
}
