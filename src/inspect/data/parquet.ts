import { memorySource } from '../../bytes/memory.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { type Extent, type Footer, readFooter } from '../../codec/parquet/footer.ts'
import { ParquetRows } from '../../codec/parquet/rows.ts'
import { numberAt, structAt, ThriftReader } from '../../codec/parquet/thrift.ts'
import { pathForm } from '../../codec/path-form.ts'
import { anonymousName } from '../../model/artifact.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'parquet.file': {
    about: 'A Parquet file. `writer` is what it says wrote it.',
    fields: { columns: 'number', rows: 'number', groups: 'number', writer: 'string' },
  },
  'parquet.metadata': {
    about: 'A key of the footer under which applications keep what they like.',
    fields: { key: 'string' },
  },
  'parquet.java-class': {
    about:
      'An Avro schema in the footer names a Java class, which old readers instantiate (CVE-2025-30065, CVE-2025-46762).',
    fields: { name: 'string' },
  },
  'parquet.violation': {
    about:
      'What the footer says contradicts itself: `rows` (of the file and its row groups), `overlap` (columns share bytes), ' +
      '`values` (fewer than rows).',
    fields: { rule: 'string' },
  },
  'parquet.encrypted': { about: 'A column is encrypted.', fields: { column: 'string' } },
  ...EDGE_DATA,
  ...TABLE_FACTS,
}

/** Tables in columns (parquet-format 2.11): the footer, what applications put into it, the columns as text. */
export const parquet: Inspector = {
  id: 'parquet',
  detect: {
    magic: [
      { offset: 0, hex: '50415231' },
      { offset: 0, hex: '50415245' },
    ],
    suffix: ['.parquet', '.parq', '.pqt'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { meter, rows } = context
  const footer = await readFooter(bytes, Math.floor(meter.limits.memoryBytes / 4))
  yield { type: 'span', offset: 0, length: 4, as: 'inspected' }
  yield { type: 'span', offset: footer.offset, length: bytes.size - footer.offset, as: 'inspected' }
  const data = {
    columns: footer.leaves.length,
    rows: footer.rows,
    groups: footer.groups.length,
    writer: footer.createdBy.slice(0, 100),
  }
  yield fact('parquet.file', data)
  yield* metadata(footer)
  yield* columns(footer)
  yield* layout(bytes, footer)
  yield* tableRows(new ParquetRows(bytes, footer, rows, meter), context)
}

/** What applications keep in the footer: schemas of other formats, which have weapons of their own. */
function* metadata({ metadata }: Footer): Generator<Emission> {
  for (const [key, value] of metadata) {
    yield fact('parquet.metadata', { key: key.slice(0, 200) })
    const at = anonymousName(key.slice(0, 100))
    if (key === 'ARROW:schema') {
      yield { type: 'child', name: at, bytes: memorySource(Buffer.from(value, 'base64')), format: 'arrow' }
    } else if (/^(?:parquet\.)?avro\.schema$/.test(key)) {
      for (const [, name = ''] of value.matchAll(/"java-(?:key-|element-)?class"\s*:\s*"([^"]{1,200})"/g)) {
        yield fact('parquet.java-class', { name })
      }
    } else if (/^gA[JNSW]/.test(value)) {
      // The first bytes of a pickle in base64.
      yield { type: 'child', name: at, bytes: memorySource(Buffer.from(value, 'base64')) }
    } else if (value !== '') yield { type: 'child', name: at, bytes: memorySource(Buffer.from(value)) }
  }
}

function* columns({ leaves, groups }: Footer): Generator<Emission> {
  const files = new Set<string>()
  for (const { chunks } of groups) {
    for (const [i, { encrypted, filePath }] of chunks.entries()) {
      const column = (leaves[i]?.path ?? '').slice(0, 200)
      if (encrypted) {
        yield fact('parquet.encrypted', { column })
        yield { type: 'damage', kind: 'encrypted', message: `the column ${column} is encrypted` }
      }
      if (filePath !== '' && !files.has(filePath)) {
        files.add(filePath)
        yield fact('edge.data', {
          target: filePath.slice(0, 300),
          role: 'parquet-column',
          form: pathForm(filePath),
        })
      }
    }
  }
}

/** Where everything lies: columns, indices, filters. What nothing refers to, the engine looks at. */
async function* layout(bytes: ByteSource, footer: Footer): AsyncGenerator<Emission> {
  const chunks = footer.groups.flatMap((group) => group.chunks).filter((c) => c.filePath === '')
  const places: Extent[] = chunks.flatMap(({ offset, length, beside }) => [{ offset, length }, ...beside])
  const sorted = places.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset)
  for (const [i, place] of sorted.entries()) {
    const before = sorted[i - 1]
    if (before && before.offset + before.length > place.offset) {
      yield fact('parquet.violation', { rule: 'overlap' }, { offset: place.offset })
    }
    if (place.offset + place.length <= footer.offset) yield { type: 'span', ...place, as: 'inspected' }
  }
  for (const { bloom } of chunks) {
    if (bloom !== undefined && bloom > 0 && bloom < footer.offset) yield await filter(bytes, bloom)
  }
  const sum = footer.groups.reduce((total, group) => total + group.rows, 0)
  if (sum !== footer.rows) yield fact('parquet.violation', { rule: 'rows' })
  const flat = footer.leaves.flatMap((leaf, i) => (leaf.repetition === 0 ? [i] : []))
  const isShort = footer.groups.some((group) =>
    flat.some((i) => group.chunks[i]?.values !== group.rows && !group.chunks[i]?.encrypted),
  )
  if (isShort) yield fact('parquet.violation', { rule: 'values' })
}

/** A Bloom filter of a writer that does not say how long it is: a header, then so many bytes. */
async function filter(bytes: ByteSource, offset: number): Promise<Emission> {
  const reader = new ThriftReader(Uint8Array.prototype.slice.call(await bytes.read(offset, 64)))
  const header = reader.struct()
  const length = reader.at + Math.max(0, numberAt(header, 1) ?? 0)
  return { type: 'span', offset, length: structAt(header, 2) ? length : 0, as: 'inspected' }
}
