import { CsvRows, csvDialect } from '../../codec/rows/csv.ts'
import { formula } from '../../codec/rows/formula.ts'
import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'csv.table': {
    about: 'A table in separated text. `newline`: lf, crlf, cr, or mixed.',
    fields: { delimiter: 'string', header: 'boolean', newline: 'string' },
  },
  'csv.formula': {
    about:
      'A field that a spreadsheet calculates when the table is opened. `does`: run (starts a program or asks one for data), fetch ' +
      '(asks an address, or makes a link of one), compute. Numbers, dashes and names are none.',
    fields: { does: 'string', function: 'string' },
  },
  'csv.violation': {
    about:
      'Readers differ in what they make of it: `quote` (one is opened and never closed), `ragged` (rows of different lengths).',
    fields: { rule: 'string' },
  },
  ...TABLE_FACTS,
}

const HEAD = 64 * 1024
/** Formulas told apart by their place; further ones are only counted. */
const FORMULAS = 1000

/** Tables in separated text: how they are separated, formulas, the rows as text. That all of it is text, `text` says. */
export const csv: Inspector = {
  id: 'csv',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    suffix: ['.csv', '.tsv', '.tab', '.psv'],
    onlyNamed: true,
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const head = (await bytes.read(0, HEAD)).slice()
  const encoding = textEncoding(head, bytes.size > HEAD)
  if (encoding === undefined) return
  const dialect = csvDialect(head)
  if (!dialect) return
  const found: Emission[] = []
  let formulas = 0
  const table = new CsvRows(bytes, head, encoding, dialect, context.rows, ({ column, row, text }) => {
    const what = formula(text)
    if (!what) return
    const place = formulas++ < FORMULAS ? `row ${row + 1}, ${column}: ${text.slice(0, 80)}` : undefined
    if (formulas <= FORMULAS || what.does !== 'compute')
      found.push(fact('csv.formula', what, undefined, place))
  })
  for await (const emission of tableRows(table, context)) {
    yield* found.splice(0)
    yield emission
  }
  yield* found
  const [newline = 'lf'] = table.newlines
  yield fact('csv.table', {
    delimiter: dialect.delimiter,
    header: dialect.header,
    newline: table.newlines.size > 1 ? 'mixed' : newline,
  })
  if (table.unclosed) yield fact('csv.violation', { rule: 'quote' })
  if (table.ragged > 0) yield { ...fact('csv.violation', { rule: 'ragged' }), count: table.ragged }
}
