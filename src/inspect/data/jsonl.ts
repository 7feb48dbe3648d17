import { JsonDocument } from '../../codec/rows/json-document.ts'
import { JsonLines, type LineTrouble } from '../../codec/rows/jsonl.ts'
import { type Encoding, textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { TABLE_FACTS, tableRows } from './table.ts'

const FACTS: FactCatalogue = {
  'jsonl.malformed': {
    about:
      'A line that is no JSON (`syntax`), or nested deeper than readers go (`depth`); it was read as text.',
    fields: { trouble: 'string' },
  },
  'jsonl.duplicate': {
    about: 'A key is twice in one record: readers differ in which value they take.',
    fields: { key: 'string' },
  },
  ...TABLE_FACTS,
}

const HEAD = 64 * 1024
/** Shorter documents are settings, read by others as what they are. */
const DOCUMENT = 256 * 1024

/**
 * Records of JSON, a line each, or the elements of one list: their strings by name, escapes decoded. That all of it is
 * text, `text` and `json` say.
 */
export const jsonl: Inspector = {
  id: 'jsonl',
  detect: { probe, suffix: ['.jsonl', '.ndjson'], onlyNamed: true },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'weak' | 'trial' | 'no' {
  const form = formOf(head, size)
  if (form === undefined || textEncoding(head, size > head.length) === undefined) return 'no'
  return form === 'line' ? 'weak' : 'trial'
}

/** `lines`: a record, then another; `line`: one long line, or only one; `list` and `document`: one value. */
function formOf(head: Uint8Array, size: number): 'lines' | 'line' | 'list' | 'document' | undefined {
  const wide = head[0] === 0xff || head[0] === 0xfe
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString(wide ? 'utf16le' : 'latin1')
  const start = /^(?:\u00ef\u00bb\u00bf|\ufeff)?\s*([{[])/.exec(text)?.[1]
  if (start === undefined) return undefined
  if (/^[^\n]*[}\]][ \t\r]*\n\s*[{[]/.test(text)) return 'lines'
  if (start === '[' && /^[^[]*\[\s*\{/.test(text.slice(0, 200))) return 'list'
  if (start === '{' && size >= DOCUMENT && text.slice(0, 4096).includes('\n')) return 'document'
  return 'line'
}

async function* inspect({ bytes, artifact }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const head = (await bytes.read(0, HEAD)).slice()
  const encoding = textEncoding(head, bytes.size > HEAD)
  const form = formOf(head, bytes.size)
  if (encoding === undefined || form === undefined) return
  const found: Emission[] = []
  const told = ({ trouble, key, row }: LineTrouble) => {
    const at = { line: row + 1, column: 1 }
    if (trouble === 'duplicate') found.push(fact('jsonl.duplicate', { key: key.slice(0, 200) }, at))
    else found.push(fact('jsonl.malformed', { trouble }, at))
  }
  const options = { limit: context.rows, depth: context.meter.limits.jsonDepth, told }
  const isLines = form === 'lines' || (form === 'line' && /\.(?:jsonl|ndjson)$/i.test(artifact.name))
  const table = isLines
    ? new JsonLines(bytes, head, encoding, options)
    : await document(encoding, { bytes, artifact }, context, options.limit)
  if (!table) return
  for await (const emission of tableRows(table, context)) {
    yield* found.splice(0)
    yield emission
  }
  yield* found
}

/** One value, held whole. What is too long for that, or no JSON, the inspector of JSON tells. */
async function document(
  encoding: Encoding,
  { bytes }: Opened,
  { meter }: InspectContext,
  limit: number,
): Promise<JsonDocument | undefined> {
  if (encoding !== 'utf-8' || bytes.size > meter.limits.jsonBytes) return undefined
  return new JsonDocument(bytes, limit, meter)
}
