import { zstdDecompressSync } from 'node:zlib'
import { memorySource } from '../../bytes/memory.ts'
import type { Meter } from '../../bytes/meter.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { decode } from '../compress/codec.ts'
import { LZ4 } from '../compress/lz4.ts'
import { ColumnBuilder, type RowBatch } from '../rows/batch.ts'
import { BinaryValues } from '../rows/binary.ts'
import { type ArrowMessage, type RecordBatch, recordBatch } from './messages.ts'
import type { ArrowField, ArrowSchema, Layout } from './schema.ts'
import { BUFFER, booleans, integers, strings, views } from './values.ts'

/** Bytes of one batch of values. */
const VALUES = 2 * 1024 * 1024
const ROWS = 16_384
const DEPTH = 64

/** How many buffers a field has of its own; views have as many more as the batch says. */
const BUFFERS: Readonly<Record<Layout, number>> = {
  none: 0,
  fixed: 2,
  bytes32: 3,
  bytes64: 3,
  view: 2,
  list32: 2,
  list64: 2,
  struct: 1,
  'fixed-list': 1,
  'sparse-union': 1,
  'dense-union': 2,
  'run-end': 0,
  'list-view32': 3,
  'list-view64': 3,
}

/** The row of a value where it is not that of its place: values of lists. */
type RowOf = ((value: number) => number) | undefined

/** A column of one record batch: its field and the buffers with its values. */
interface Piece {
  readonly field: ArrowField
  readonly length: number
  readonly buffers: readonly { readonly offset: number; readonly length: number }[]
  readonly rowOf: RowOf
}

/**
 * The rows of Arrow record batches as text. Lists are flattened: each of their values belongs to the row of the list. The values
 * of a dictionary come once, as a batch of their own.
 */
export class ArrowRows {
  readonly binaries: BinaryValues = new BinaryValues()
  readonly troubles: FormatError[] = []
  rows = 0
  read = 0
  columns = 0
  readonly #source: ByteSource
  readonly #schema: ArrowSchema
  readonly #messages: AsyncIterable<ArrowMessage> | Iterable<ArrowMessage>
  readonly #limit: number
  readonly #meter: Meter
  readonly #dictionaries = new Map<bigint, ArrowField>()

  constructor(
    source: ByteSource,
    schema: ArrowSchema,
    messages: AsyncIterable<ArrowMessage> | Iterable<ArrowMessage>,
    limit: number,
    meter: Meter,
  ) {
    this.#source = source
    this.#schema = schema
    this.#messages = messages
    this.#limit = limit
    this.#meter = meter
    this.#note(schema.fields)
  }

  /** @yields the values of every message; rows are counted even where none of theirs are read. */
  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    const messages = iterate(this.#messages)
    for (;;) {
      signal.throwIfAborted()
      const message = await this.#attempt(async () => (await messages.next()).value ?? undefined)
      if (!message) return
      if (message.kind !== 'batch' && message.kind !== 'dictionary') continue
      const held: { dispose: () => void }[] = []
      const values = this.#message(message, held)
      try {
        for (;;) {
          const batch = await this.#attempt(async () => (await values.next()).value ?? undefined)
          if (!batch) break
          yield batch
        }
      } finally {
        for (const { dispose } of held) dispose()
      }
    }
  }

  /** What breaks a message is kept, and the next one is read. */
  async #attempt<T>(act: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      if (this.troubles.length < 64) this.troubles.push(error)
      return undefined
    }
  }

  async *#message(
    message: ArrowMessage,
    held: { dispose: () => void }[],
  ): AsyncGenerator<RowBatch, undefined> {
    const batch = await recordBatch(this.#source, message)
    if (message.kind === 'dictionary') {
      const owner = this.#dictionaries.get(await message.flat.unsigned(message.header, 0, 8))
      for await (const piece of this.#pieces(owner ? [owner] : [], batch, true, held)) {
        yield* this.#values(piece, batch, 0, batch.rows, held)
      }
      return undefined
    }
    const first = this.rows
    const wanted = Math.min(batch.rows, Math.max(0, this.#limit - this.read))
    this.rows += batch.rows
    if (wanted > 0) {
      for await (const piece of this.#pieces(this.#schema.fields, batch, false, held)) {
        yield* this.#values(piece, batch, first, wanted, held)
      }
    }
    this.read += wanted
    return undefined
  }

  #note(fields: readonly ArrowField[]): void {
    for (const field of fields) {
      if (field.dictionary !== undefined) this.#dictionaries.set(field.dictionary, field)
      if (isRead(field, false) || field.dictionary !== undefined) this.columns++
      this.#note(field.children)
    }
  }

  /** Goes through the fields in order, dealing out nodes and buffers, and gives those with values to read. */
  async *#pieces(
    fields: readonly ArrowField[],
    batch: RecordBatch,
    isDictionary: boolean,
    held: { dispose: () => void }[],
  ): AsyncGenerator<Piece> {
    let [node, buffer, variadic] = [0, 0, 0]
    const walk = async function* (
      this: ArrowRows,
      field: ArrowField,
      rowOf: RowOf,
      depth: number,
    ): AsyncGenerator<Piece> {
      if (depth > DEPTH) throw new FormatError('limit', 'fields nested too deeply')
      const own = batch.nodes[node++]
      if (!own) throw new FormatError('corrupt', 'a record batch with fewer fields than its schema')
      // A field of places in a dictionary has the layout of integers, and nothing inside.
      const isPlaces = field.dictionary !== undefined && !(isDictionary && depth === 0)
      const layout = isPlaces ? 'fixed' : field.layout
      const more = layout === 'view' ? (batch.variadic[variadic++] ?? 0) : 0
      const buffers = batch.buffers.slice(buffer, buffer + BUFFERS[layout] + more)
      buffer += BUFFERS[layout] + more
      if (buffers.length < BUFFERS[layout] + more) {
        throw new FormatError('corrupt', 'a record batch with fewer buffers than its schema')
      }
      if (isPlaces) return
      if (isRead(field, rowOf !== undefined)) yield { field, length: own.length, buffers, rowOf }
      const inner = await this.#rowsOfChildren(field, own.length, buffers, batch, rowOf, held)
      for (const child of field.children) yield* walk.call(this, child, inner, depth + 1)
    }
    for (const field of fields) yield* walk.call(this, field, undefined, 0)
  }

  /** The row that each element of a list belongs to. */
  async #rowsOfChildren(
    field: ArrowField,
    length: number,
    buffers: Piece['buffers'],
    batch: RecordBatch,
    rowOf: RowOf,
    held: { dispose: () => void }[],
  ): Promise<RowOf> {
    if (field.layout === 'struct' || field.layout === 'sparse-union') return rowOf
    if (field.layout === 'fixed-list') {
      const each = Math.max(1, field.length)
      return (i) => rowOf?.(Math.floor(i / each)) ?? Math.floor(i / each)
    }
    const wide = field.layout === 'list64'
    if (field.layout !== 'list32' && !wide) return rowOf ?? (field.children.length > 0 ? () => 0 : undefined)
    if (!field.children.some((child) => hasText(child))) return rowOf ?? (() => 0)
    const source = await this.#buffer(buffers[1], batch, held)
    const width = wide ? 8 : 4
    if (length * width > BUFFER) throw new FormatError('limit', `a list of ${length} rows`)
    const bytes = Uint8Array.prototype.slice.call(await source.read(0, (length + 1) * width))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const at = (i: number) =>
      (i + 1) * width > bytes.length
        ? 0
        : wide
          ? Number(view.getBigInt64(i * 8, true))
          : view.getInt32(i * 4, true)
    let row = 0
    return (i) => {
      if (i < at(row)) row = 0
      while (row < length - 1 && at(row + 1) <= i) row++
      return rowOf?.(row) ?? row
    }
  }

  async *#values(
    piece: Piece,
    batch: RecordBatch,
    first: number,
    rows: number,
    held: { dispose: () => void }[],
  ): AsyncGenerator<RowBatch> {
    const { field, length, rowOf } = piece
    const { holds } = field
    const builder = new ColumnBuilder(field.path, holds === 'text' || holds === 'binary' ? 'text' : 'scalar')
    const reader = await this.#reader(piece, batch, held)
    let from = 0
    for (let i = 0; i < length; ) {
      const many = Math.min(ROWS, length - i)
      const values = await reader(i, many)
      for (const value of values) {
        const row = rowOf?.(i) ?? i
        i++
        if (row >= rows) {
          i = length
          break
        }
        if (value.length === 0) continue
        if (builder.count === 0) from = row
        if (holds === 'binary' && !this.binaries.take(field.path, first + row, value)) continue
        builder.add(row - from, value)
        if (builder.length < VALUES) continue
        yield { first: first + from, rows: row - from + 1, columns: [builder.column()] }
        builder.clear()
      }
    }
    if (builder.count === 0) return
    const column = builder.column()
    this.#meter.expand(column.bytes.length)
    yield { first: first + from, rows: (column.rows?.at(-1) ?? 0) + 1, columns: [column] }
  }

  /** Reads some values of a piece, from the first to be read on; nulls are empty. */
  async #reader(piece: Piece, batch: RecordBatch, held: { dispose: () => void }[]) {
    const { field, buffers } = piece
    const [, second, third] = buffers
    if (field.holds === 'integer') return integers(await this.#buffer(second, batch, held), field.width)
    if (field.holds === 'boolean') return booleans(await this.#buffer(second, batch, held))
    if (field.layout === 'view') {
      const data: ByteSource[] = []
      for (const buffer of buffers.slice(2)) data.push(await this.#buffer(buffer, batch, held))
      return views(await this.#buffer(second, batch, held), data)
    }
    const offsets = await this.#buffer(second, batch, held)
    return strings(offsets, await this.#buffer(third, batch, held), field.layout === 'bytes64' ? 8 : 4)
  }

  /** The bytes of a buffer: a window on the file, or decompressed into memory. */
  async #buffer(
    place: Piece['buffers'][number] | undefined,
    batch: RecordBatch,
    held: { dispose: () => void }[],
  ): Promise<ByteSource> {
    if (!place || place.length === 0) return memorySource(new Uint8Array(0))
    const whole = slice(this.#source, batch.body + place.offset, place.length)
    if (batch.compression === 'none') return whole
    const head = await whole.read(0, 8)
    if (head.length < 8)
      throw new FormatError('corrupt', 'a compressed buffer without its size', batch.body + place.offset)
    const size = Number(new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true))
    // Minus one: compressing it would not have paid.
    if (size === -1) return slice(whole, 8, place.length - 8)
    if (size < 0 || size > BUFFER)
      throw new FormatError('limit', `a buffer of ${size} bytes`, batch.body + place.offset)
    this.#meter.hold(size)
    held.push({ dispose: () => this.#meter.release(size) })
    this.#meter.expand(size)
    const bytes = await decompressed(slice(whole, 8, place.length - 8), batch.compression, size, this.#meter)
    if (bytes.length !== size) throw new FormatError('corrupt', 'a buffer whose size is not what it says')
    return memorySource(bytes)
  }
}

async function* iterate(
  messages: AsyncIterable<ArrowMessage> | Iterable<ArrowMessage>,
): AsyncGenerator<ArrowMessage, undefined> {
  yield* messages
  return undefined
}

async function decompressed(
  packed: ByteSource,
  codec: 'lz4' | 'zstd',
  size: number,
  meter: Meter,
): Promise<Uint8Array> {
  if (codec === 'zstd') {
    const bytes = await packed.read(0, packed.size)
    try {
      return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) })
    } catch {
      throw new FormatError('corrupt', 'a buffer that cannot be decompressed')
    }
  }
  const out = new Uint8Array(size)
  let at = 0
  for await (const chunk of decode(LZ4, packed, meter).stream()) {
    if (at + chunk.length > size) throw new FormatError('corrupt', 'a buffer larger than it says')
    out.set(chunk, at)
    at += chunk.length
  }
  return out.subarray(0, at)
}

/** Text and what may be text, wherever it is; numbers only of the row itself: in lists they are vectors. */
function isRead(field: ArrowField, inList: boolean): boolean {
  if (field.holds === 'text' || field.holds === 'binary') return true
  return !inList && (field.holds === 'integer' || field.holds === 'boolean')
}

function hasText(field: ArrowField): boolean {
  return field.holds === 'text' || field.holds === 'binary' || field.children.some(hasText)
}
