import { type ByteSource, slice } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { FlatBuffer, type Table } from '../flatbuffers.ts'
import { type ArrowSchema, SchemaReader } from './schema.ts'

/** A message of the stream: where it is, and what it says (Message.fbs). */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch' | 'tensor'
  readonly offset: number
  /** Bytes of the metadata with what is before and behind it, and of the body. */
  readonly head: number
  readonly body: number
  readonly flat: FlatBuffer
  readonly header: Table
}

export interface RecordBatch {
  readonly rows: number
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[]
  readonly buffers: readonly { readonly offset: number; readonly length: number }[]
  readonly compression: 'none' | 'lz4' | 'zstd'
  readonly variadic: readonly number[]
  /** Where the body begins. */
  readonly body: number
}

const KINDS: Readonly<Record<number, ArrowMessage['kind']>> = {
  1: 'schema',
  2: 'dictionary',
  3: 'batch',
  4: 'tensor',
  5: 'tensor',
}
const CONTINUATION = 0xffffffff
const METADATA = 64 * 1024 * 1024
const MOST = 1_000_000

/** The messages of a stream, one after another, from `start` on; ends at the end-of-stream mark or where nothing more is. */
export async function* arrowMessages(
  source: ByteSource,
  start: number,
): AsyncGenerator<ArrowMessage | { readonly end: number }> {
  let at = start
  for (;;) {
    if (at >= source.size) return
    const head = await source.read(at, 8)
    if (head.length < 4) throw new FormatError('truncated', 'a stream without its end', at)
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    const isNew = view.getUint32(0, true) === CONTINUATION
    if (isNew && head.length < 8) throw new FormatError('truncated', 'a message cut short', at)
    const length = view.getUint32(isNew ? 4 : 0, true)
    const prefix = isNew ? 8 : 4
    if (length === 0) {
      yield { end: at + prefix }
      return
    }
    const message = await readMessage(source, at, prefix, length)
    yield message
    at += message.head + message.body
  }
}

async function readMessage(
  source: ByteSource,
  offset: number,
  prefix: number,
  length: number,
): Promise<ArrowMessage> {
  if (length > METADATA)
    throw new FormatError('limit', `a message of ${length} bytes before its body`, offset)
  if (offset + prefix + length > source.size)
    throw new FormatError('truncated', 'a message cut short', offset)
  const flat = new FlatBuffer(slice(source, 0, offset + prefix + length), offset + prefix)
  const root = await flat.root()
  const kind = KINDS[Number(await flat.unsigned(root, 1, 1))]
  const header = await flat.table(root, 2)
  if (!kind || !header) throw new FormatError('corrupt', 'a message of no known kind', offset)
  const body = Number(await flat.unsigned(root, 3, 8))
  const head = prefix + length
  if (!Number.isSafeInteger(body) || offset + head + body > source.size) {
    throw new FormatError('truncated', `a message whose body of ${body} bytes is not there`, offset)
  }
  return { kind, offset, head, body, flat, header }
}

/** The messages that a file's footer points to, its dictionaries first. */
export async function footerMessages(
  source: ByteSource,
  flat: FlatBuffer,
  footer: Table,
): Promise<ArrowMessage[]> {
  const messages: ArrowMessage[] = []
  for (const field of [2, 3]) {
    const { at, length } = await flat.vector(footer, field, 24)
    if (length > MOST) throw new FormatError('limit', `a footer of ${length} record batches`)
    for (let i = 0; i < length; i++) {
      const bytes = await source.read(at + 24 * i, 24)
      const view = new DataView(bytes.buffer, bytes.byteOffset, 24)
      const [offset, head] = [Number(view.getBigInt64(0, true)), view.getInt32(8, true)]
      if (offset < 8 || head < 8 || offset + head > source.size) {
        throw new FormatError('corrupt', 'a record batch outside the file', at)
      }
      const start = await source.read(offset, 8)
      const prefix =
        new DataView(start.buffer, start.byteOffset, 8).getUint32(0, true) === CONTINUATION ? 8 : 4
      messages.push(await readMessage(source, offset, prefix, head - prefix))
    }
  }
  return messages
}

export async function readSchema(source: ByteSource, flat: FlatBuffer, schema: Table): Promise<ArrowSchema> {
  return new SchemaReader(flat, source).read(schema)
}

/** What a record batch says of its buffers, each inside the body. */
export async function recordBatch(source: ByteSource, message: ArrowMessage): Promise<RecordBatch> {
  const { flat, header } = message
  const table = message.kind === 'dictionary' ? await flat.table(header, 1) : header
  if (!table) throw new FormatError('corrupt', 'a dictionary without values', message.offset)
  const pairs = async (field: number) => {
    const { at, length } = await flat.vector(table, field, 16)
    if (length > MOST) throw new FormatError('limit', `a record batch of ${length} buffers`, message.offset)
    const bytes = Uint8Array.prototype.slice.call(await source.read(at, length * 16))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from(
      { length },
      (_, i) => [Number(view.getBigInt64(16 * i, true)), Number(view.getBigInt64(16 * i + 8, true))] as const,
    )
  }
  const nodes = (await pairs(1)).map(([length, nulls]) => ({ length, nulls }))
  const buffers = (await pairs(2)).map(([offset, length]) => ({ offset, length }))
  const outside = buffers.find(
    ({ offset, length }) => offset < 0 || length < 0 || offset + length > message.body,
  )
  if (outside) throw new FormatError('corrupt', 'a buffer outside its record batch', message.offset)
  const rows = Number(await flat.unsigned(table, 0, 8))
  if (nodes.some(({ length }) => length < 0 || length > 2 ** 48) || !Number.isSafeInteger(rows)) {
    throw new FormatError('corrupt', 'an impossible number of rows', message.offset)
  }
  const packed = await flat.table(table, 3)
  const codec = packed ? Number(await flat.unsigned(packed, 0, 1)) : -1
  if (codec > 1) throw new FormatError('unsupported', 'an unknown compression of buffers', message.offset)
  const variadic: number[] = []
  const counts = await flat.vector(table, 4, 8)
  for (let i = 0; i < Math.min(counts.length, MOST); i++) {
    const bytes = await source.read(counts.at + 8 * i, 8)
    variadic.push(Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)))
  }
  const compression = codec === 0 ? 'lz4' : codec === 1 ? 'zstd' : 'none'
  return { rows, nodes, buffers, compression, variadic, body: message.offset + message.head }
}
