import {
  HEADED_PROMPTS,
  INSTRUCTION_FILES,
  PLAIN_PROMPTS,
  YAML_PROMPTS,
} from '../../codec/plugin/instruction-files.ts'
import { readProse } from '../../codec/prose/prose.ts'
import { roleOfPath } from '../../codec/prose/role.ts'
import { type Encoding, textEncoding, textLength } from '../../codec/text.ts'
import { TEXT_FACTS } from '../../model/text-facts.ts'
import type { Emission, InspectContext, Inspector, Opened } from '../inspector.ts'

const HEAD = 64 * 1024
/** Read in pieces of this many bytes, which overlap: a book is read, a library is data. */
const PIECE = 4 * 1024 * 1024
const OVERLAP = 4096
const MOST = 64 * 1024 * 1024
/** Rows of data are sampled elsewhere; small files of them are read like any text. */
const ROWS = 1024 * 1024

/** Inspectors of their own read these, with what they know of them. */
const ELSEWHERE = new RegExp(
  [...INSTRUCTION_FILES.map(([, , path]) => path), HEADED_PROMPTS, PLAIN_PROMPTS, YAML_PROMPTS]
    .map((p) => p.source)
    .join('|'),
)

/** What documents say to a model that reads them: README files, references of skills, pages, small tables of examples. */
export const injection: Inspector = {
  id: 'injection',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    suffix: [
      '.md',
      '.mdx',
      '.markdown',
      '.rst',
      '.adoc',
      '.txt',
      '.html',
      '.htm',
      '.svg',
      '.jsonl',
      '.ndjson',
      '.j2',
      '.jinja',
      '.tmpl',
    ],
    name: ['readme', 'notice', '.cursorignore'],
    byName: true,
  },
  facts: TEXT_FACTS,
  inspect,
}

async function* inspect(
  { artifact, bytes }: Opened,
  { meter, signal }: InspectContext,
): AsyncGenerator<Emission> {
  const path = (artifact.locator.members.at(-1) ?? artifact.locator.root).replaceAll('\\', '/').toLowerCase()
  if (ELSEWHERE.test(path)) return
  const role = roleOfPath(path)
  if (role === 'data' && bytes.size > ROWS) return
  const encoding = textEncoding((await bytes.read(0, HEAD)).slice(), bytes.size > HEAD)
  if (encoding === undefined) return
  const length = await textLength(bytes, encoding, signal)
  const most = Math.min(length, MOST)
  let lines = 0
  for (let offset = 0; offset < most; offset += PIECE) {
    meter.tick()
    const piece = (await bytes.read(offset, Math.min(PIECE + OVERLAP, most - offset))).slice()
    const { facts, exhausted } = readProse(decode(piece, encoding), role)
    for (const draft of facts) {
      const { at } = draft
      const moved = at && 'line' in at ? { at: { line: at.line + lines, column: at.column } } : {}
      yield { type: 'fact', ...draft, ...moved }
    }
    if (exhausted) yield { type: 'damage', kind: 'limit', message: 'more text than is read for what it says' }
    for (let at = piece.indexOf(10); at !== -1 && at < PIECE; at = piece.indexOf(10, at + 1)) lines++
  }
  if (length > most)
    yield {
      type: 'damage',
      kind: 'limit',
      message: `of ${length} bytes of text the first ${most} were read for what they say`,
    }
}

function decode(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === 'utf-8') return Buffer.from(bytes).toString('utf8')
  return new TextDecoder(encoding === 'single-byte' ? 'windows-1252' : encoding).decode(bytes)
}
