import { SqlitePages, SqliteRows } from '../../codec/sqlite.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'sqlite.database': {
    about: 'An SQLite database.',
    fields: { pages: 'number', tables: 'number' },
  },
  'sqlite.entry': {
    about:
      'What runs when the database is used: a trigger, a view, a virtual table (`kind`), and the function of its SQL that reaches ' +
      'out of the database, if any (`reaches`: load_extension, fts3_tokenizer, writefile, readfile, edit, attach).',
    fields: { kind: 'string', name: 'string', reaches: 'string' },
  },
  'sqlite.violation': {
    about:
      'The header contradicts the file: `size` (fewer pages than it says), `writable-schema` (entries that no SQL makes).',
    fields: { rule: 'string' },
  },
  ...TABLE_FACTS,
}

/** Databases of SQLite 3: what of the schema runs, and the values of the tables as rows. */
export const sqlite: Inspector = {
  id: 'sqlite',
  detect: {
    magic: [{ offset: 0, hex: '53514c69746520666f726d6174203300' }],
    suffix: ['.sqlite', '.sqlite3', '.db3', '.gpkg', '.mbtiles'],
  },
  facts: FACTS,
  inspect,
}

const REACHES =
  /\b(load_extension|fts3_tokenizer|writefile|readfile|edit)\s*\(|\b(attach)\s+(?:database\b|['"])/i
const VIRTUAL = /^\s*create\s+virtual\s+table\b/i

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const pages = await SqlitePages.open(bytes)
  const schema = await pages.schema()
  yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  yield fact('sqlite.database', {
    pages: pages.pages,
    tables: schema.filter(({ type }) => type === 'table').length,
  })
  const header = await bytes.read(28, 4)
  const said = new DataView(header.buffer, header.byteOffset, 4).getUint32(0)
  if (said > pages.pages) {
    yield fact('sqlite.violation', { rule: 'size' })
    yield { type: 'damage', kind: 'truncated', message: `${said} pages expected, ${pages.pages} there` }
  }
  for (const { type, name, sql } of schema) {
    const kind = type === 'table' && VIRTUAL.test(sql) ? 'virtual table' : type
    const [, call, attach] = REACHES.exec(sql) ?? []
    const reaches = (call ?? attach ?? '').toLowerCase()
    if (!/^(?:table|index|trigger|view)$/.test(type))
      yield fact('sqlite.violation', { rule: 'writable-schema' })
    if (kind === 'trigger' || kind === 'view' || kind === 'virtual table' || reaches !== '') {
      yield fact('sqlite.entry', { kind, name: name.slice(0, 200), reaches }, undefined, sql.slice(0, 200))
    }
  }
  yield* tableRows(new SqliteRows(pages, schema, context.rows, context.meter), context)
}
