import { memorySource } from '../../bytes/memory.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { type ArrowMessage, arrowMessages, footerMessages, readSchema } from '../../codec/arrow/messages.ts'
import { ArrowRows } from '../../codec/arrow/rows.ts'
import type { ArrowSchema } from '../../codec/arrow/schema.ts'
import { FlatBuffer } from '../../codec/flatbuffers.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'arrow.schema': {
    about: 'A schema of Arrow. `form`: file, stream, or schema alone (in the footer of a Parquet file).',
    fields: { form: 'string', fields: 'number' },
  },
  'arrow.extension': {
    about:
      'A column has an extension type. `python`: pyarrow unpickles its metadata where it knows the type (CVE-2023-47248); `pickle`: ' +
      'the metadata begins like a pickle.',
    fields: { name: 'string', python: 'boolean', pickle: 'boolean' },
  },
  'arrow.violation': {
    about:
      'The footer and the stream of one file disagree (`schema`), or numbers are big-endian (`endian`), which few readers take.',
    fields: { rule: 'string' },
  },
  ...TABLE_FACTS,
}

const MAGIC = '4152524f5731'

/** Arrow IPC: files, Feather 2, streams, and the schema that Parquet files carry (Columnar format 1.5). */
export const arrow: Inspector = {
  id: 'arrow',
  detect: {
    magic: [{ offset: 0, hex: MAGIC }],
    probe: (head, _tail, size) => (isStream(head, size) ? 'strong' : 'no'),
    suffix: ['.arrow', '.feather', '.ipc', '.arrows'],
  },
  facts: FACTS,
  inspect,
}

/** A stream begins with a message that is a schema: a continuation mark, a length, a table whose version and kind are sound. */
function isStream(head: Uint8Array, size: number): boolean {
  if (head.length < 32) return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (view.getUint32(0, true) !== 0xffffffff) return false
  const length = view.getUint32(4, true)
  const root = view.getUint32(8, true)
  return length >= 16 && length % 8 === 0 && length + 8 <= size && root >= 4 && root < length
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { bytes } = opened
  const head = Buffer.from(await bytes.read(0, 6)).toString('latin1')
  if (head === 'ARROW1') yield* file(bytes, context)
  else yield* stream(bytes, 0, context)
}

async function* stream(bytes: ByteSource, start: number, context: InspectContext): AsyncGenerator<Emission> {
  const messages = arrowMessages(bytes, start)
  const first = await messages.next()
  const message = first.value
  if (first.done || !message || 'end' in message || message.kind !== 'schema') {
    throw new FormatError('corrupt', 'a stream that does not begin with its schema', start)
  }
  const schema = await readSchema(bytes, message.flat, message.header)
  yield span(message)
  // The schema alone, as Parquet keeps it: nothing follows.
  const isAlone = message.head >= bytes.size - start
  yield fact('arrow.schema', { form: isAlone ? 'schema' : 'stream', fields: schema.count })
  yield* metadata(bytes, schema)
  if (isAlone) return
  const spans: Emission[] = []
  const rows = new ArrowRows(bytes, schema, noting(messages, spans), context.rows, context.meter)
  yield* tableRows(rows, context)
  yield* spans
  for (const { kind, offset } of rows.troubles) {
    if (kind !== 'truncated' || offset === undefined) continue
    yield { type: 'span', offset, length: bytes.size - offset, as: 'unproven', why: kind }
  }
}

/** The rest of the messages, each noted as it comes. */
async function* noting(
  messages: AsyncGenerator<ArrowMessage | { readonly end: number }>,
  spans: Emission[],
): AsyncGenerator<ArrowMessage> {
  for await (const message of messages) {
    if ('end' in message) spans.push({ type: 'span', offset: message.end - 8, length: 8, as: 'inspected' })
    else {
      spans.push(span(message))
      yield message
    }
  }
}

async function* file(bytes: ByteSource, context: InspectContext): AsyncGenerator<Emission> {
  const tail = Buffer.from(await bytes.read(Math.max(0, bytes.size - 10), 10))
  if (tail.toString('latin1', 4) !== 'ARROW1' || bytes.size < 24) {
    // Readers of files refuse it; readers of streams do not look at the end.
    yield { type: 'damage', kind: 'truncated', message: 'a file without its footer' }
    yield { type: 'span', offset: 0, length: 8, as: 'inspected' }
    yield* stream(bytes, 8, context)
    return
  }
  const length = tail.readUInt32LE(0)
  const at = bytes.size - 10 - length
  if (at < 8) throw new FormatError('corrupt', `a footer of ${length} bytes does not fit`, bytes.size - 10)
  const flat = new FlatBuffer(slice(bytes, 0, bytes.size - 10), at)
  const footer = await flat.root()
  const table = await flat.table(footer, 1)
  if (!table) throw new FormatError('corrupt', 'a footer without a schema', at)
  const schema = await readSchema(bytes, flat, table)
  yield fact('arrow.schema', { form: 'file', fields: schema.count })
  yield* metadata(bytes, schema)
  const messages = await footerMessages(bytes, flat, footer)
  yield* head(bytes, schema, at)
  for (const message of messages) yield span(message)
  yield { type: 'span', offset: at, length: bytes.size - at, as: 'inspected' }
  yield* tableRows(new ArrowRows(bytes, schema, messages, context.rows, context.meter), context)
}

/** The stream's own schema at the start of a file, which must be that of the footer, and its end. */
async function* head(bytes: ByteSource, schema: ArrowSchema, footer: number): AsyncGenerator<Emission> {
  yield { type: 'span', offset: 0, length: 8, as: 'inspected' }
  const first = (await arrowMessages(bytes, 8).next()).value
  if (!first || 'end' in first || first.kind !== 'schema') {
    yield fact('arrow.violation', { rule: 'schema' }, { offset: 8 })
    return
  }
  yield span(first)
  const own = await readSchema(bytes, first.flat, first.header)
  if (JSON.stringify(shape(own)) !== JSON.stringify(shape(schema))) {
    yield fact('arrow.violation', { rule: 'schema' }, { offset: 8 })
    yield* metadata(bytes, own)
  }
  const end = await bytes.read(footer - 8, 8)
  const isEnd = Buffer.from(end).equals(Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]))
  if (isEnd) yield { type: 'span', offset: footer - 8, length: 8, as: 'inspected' }
}

/** What makes two schemas the same: names, kinds, keys; not where they are. */
function shape(schema: ArrowSchema): unknown {
  const fields = (list: ArrowSchema['fields']): unknown =>
    list.map((f) => [f.path, f.layout, f.holds, f.width, String(f.dictionary), fields(f.children)])
  return [fields(schema.fields), schema.metadata.map(({ path, key, length }) => [path, key, length])]
}

function span({ offset, head, body }: ArrowMessage): Emission {
  return { type: 'span', offset, length: head + body, as: 'inspected' }
}

const METADATA = 16 * 1024 * 1024
/** Longer values are worth a look of their own. */
const SHORT = 3

async function* metadata(bytes: ByteSource, schema: ArrowSchema): AsyncGenerator<Emission> {
  if (schema.bigEndian) yield fact('arrow.violation', { rule: 'endian' })
  const byPath = new Map<string, string>()
  for (const { path, key, at, length } of schema.metadata) {
    if (key === 'ARROW:extension:name') {
      byPath.set(path, Buffer.from(await bytes.read(at, Math.min(length, 200))).toString())
    }
  }
  const seen = new Set<string>()
  for (const { path, key, at, length } of schema.metadata) {
    if (key === 'ARROW:extension:name' || length < SHORT) continue
    const value = Uint8Array.prototype.slice.call(await bytes.read(at, Math.min(length, METADATA)))
    const isPickle = value[0] === 0x80 && (value[1] ?? 9) <= 5
    const name = byPath.get(path)
    if (key === 'ARROW:extension:metadata' && name !== undefined) {
      yield extension(name, isPickle)
      seen.add(path)
    }
    const inner = anonymousName(`${path === '' ? '' : `${path}/`}${key}`.slice(0, 100))
    yield { type: 'child', name: inner, bytes: memorySource(value) }
  }
  for (const [path, name] of byPath) if (!seen.has(path)) yield extension(name, false)
}

function extension(name: string, pickle: boolean): Emission {
  const python = /^arrow\.py_/.test(name)
  return fact('arrow.extension', { name: name.slice(0, 200), python, pickle })
}
