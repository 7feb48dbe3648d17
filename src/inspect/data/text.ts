import { textEncoding, textLength } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'text.document': {
    about: 'Text throughout, or up to the first byte that is none; what follows is a region of its own.',
    fields: { encoding: 'string' },
  },
}

/** What is written and read by people, and inert unless an edge says otherwise. Suffixes that promise text. */
const SUFFIXES = [
  [
    '.txt',
    '.md',
    '.rst',
    '.log',
    '.csv',
    '.tsv',
    '.jsonl',
    '.ndjson',
    '.yaml',
    '.yml',
    '.toml',
    '.ini',
    '.cfg',
  ],
  ['.xml', '.svg', '.html', '.htm', '.css'],
  [
    '.c',
    '.h',
    '.cc',
    '.cpp',
    '.hpp',
    '.cu',
    '.cuh',
    '.rs',
    '.go',
    '.java',
    '.jinja',
    '.jinja2',
    '.j2',
    '.tex',
  ],
].flat()

const NAMES = ['readme', 'license', 'notice', '.gitattributes', '.gitignore', 'dockerfile', 'makefile']

/** Plain text in UTF-8, UTF-16 or a legacy one-byte encoding: every byte is looked at, not only the first ones. */
export const text: Inspector = {
  id: 'text',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) !== undefined ? 'weak' : 'no',
    suffix: SUFFIXES,
    name: NAMES,
  },
  facts: FACTS,
  inspect,
}

const HEAD = 64 * 1024

async function* inspect({ bytes }: Opened, { signal }: InspectContext): AsyncGenerator<Emission> {
  const encoding = textEncoding(await bytes.read(0, HEAD), bytes.size > HEAD)
  if (encoding === undefined) return
  const length = await textLength(bytes, encoding, signal)
  yield fact('text.document', { encoding })
  yield { type: 'span', offset: 0, length, as: 'inspected' }
}
