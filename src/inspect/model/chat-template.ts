import { type Behaviour, behaviours } from '../../codec/jinja/behaviour.ts'
import { escapes, type Observation } from '../../codec/jinja/escape.ts'
import { lexicalEscapes } from '../../codec/jinja/lexical.ts'
import { parseTemplate } from '../../codec/jinja/tree.ts'
import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'chat-template.document': {
    about:
      'A Jinja template that renders conversations. `parsed`: judged on its syntax tree, else word by word.',
    fields: { parsed: 'boolean' },
  },
  'chat-template.escape': {
    about:
      'A way out of the template: an attribute walk (`attribute`), a name built at run time (`computed`), a function ' +
      'that runs or opens something (`sink`), one that no renderer of chats offers (`global`, `call`), a format string ' +
      'that reads attributes (`format`), another template (`load`), or a loop that keeps a server busy (`loop`).',
    fields: { what: 'string', name: 'string' },
  },
  'chat-template.behaviour': {
    about:
      'Changes what a model is told: prints prose or a link only when a message has a word (`trigger`) or a day has come ' +
      '(`date-trigger`), prints characters nobody sees (`invisible`), long encoded text, or a link.',
    fields: { what: 'string' },
  },
}

const BYTES = 16 * 1024 * 1024

/** The program inside every chat model: Jinja that inference servers render. Parsed and judged, never rendered. */
export const chatTemplate: Inspector = {
  id: 'chat-template',
  detect: { probe, suffix: ['.jinja', '.jinja2', '.j2'] },
  facts: FACTS,
  inspect,
}

const TAG = /\{[{%]/

/** Much text has such tags: only a name, or the container that it comes from, makes it a template. */
function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'weak' | 'no' {
  if (textEncoding(head, size > head.length) !== 'utf-8') return 'no'
  return TAG.test(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1'))
    ? 'weak'
    : 'no'
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  if (bytes.size > BYTES) throw new FormatError('limit', `a template of ${bytes.size} bytes`)
  meter.hold(bytes.size * 4)
  try {
    const source = Buffer.from(await bytes.read(0, bytes.size)).toString()
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    yield* judge(source)
  } finally {
    meter.release(bytes.size * 4)
  }
}

function* judge(source: string): Generator<Emission> {
  const result = parseTemplate(source)
  if ('refused' in result) {
    yield fact('chat-template.document', { parsed: false }, undefined, result.refused)
    for (const observation of lexicalEscapes(source)) yield wayOut(source, observation)
    return
  }
  yield fact('chat-template.document', { parsed: true })
  for (const observation of escapes(result.tree)) yield wayOut(source, observation)
  for (const { what, text } of behaviours(result.tree)) yield behaviour(what, text)
}

function wayOut(source: string, { what, name }: Observation) {
  const index = source.indexOf(name)
  const at = index < 0 ? undefined : place(source, index)
  const text = index < 0 ? undefined : source.slice(Math.max(0, index - 40), index + 60)
  return fact('chat-template.escape', { what, name: name.slice(0, 100) }, at, text)
}

function behaviour(what: Behaviour['what'], text: string) {
  return fact('chat-template.behaviour', { what }, undefined, text)
}

function place(source: string, index: number) {
  const before = source.slice(0, index).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
