import { readJson } from '../../codec/json.ts'
import { everyKey, isObject, listOf, objectOf, textOf } from '../../codec/json-values.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'tokenizer-json.rule': {
    about:
      'A rule that rewrites text. `issue`: `blow-up` (a pattern that takes exponential time), `injects` (output that is an address or a ' +
      'command), `part` says which of normalizer, pre_tokenizer, post_processor, decoder.',
    fields: { part: 'string', issue: 'string' },
  },
  'tokenizer-json.token': {
    about:
      'An added token that misleads: `duplicate` (one text, two ids), `id` (one id, two texts), `invisible` (characters that nobody sees).',
    fields: { issue: 'string' },
  },
  'tokenizer-json.duplicate-key': { about: 'A key that is there twice.', fields: { key: 'string' } },
}

const PARTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']

/** `tokenizer.json` of Hugging Face's tokenizers: what it does to text before and behind the model. */
export const tokenizerJson: Inspector = {
  id: 'tokenizer-json',
  detect: {
    probe: (head) =>
      /^(?:\ufeff)?\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'weak' : 'no',
    name: ['tokenizer.json'],
    suffix: ['/tokenizer.json'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const pointer of duplicates) {
      const key = pointer.slice(pointer.lastIndexOf('/') + 1)
      // Vocabularies of some trainers have a token twice; the rest of the document has not.
      if (!pointer.startsWith('/model/'))
        yield fact('tokenizer-json.duplicate-key', { key: key.slice(0, 200) }, { pointer })
    }
    const root = objectOf(value)
    for (const part of PARTS) yield* rules(part, root[part])
    yield* tokens(listOf(root.added_tokens))
  } finally {
    meter.release(bytes.size)
  }
}

/** A repetition of a group that ends in a repetition of the same: `(a+)+`, `(a|a)*`, `(.*)*`. */
const NESTED =
  /\((?:\?:)?(?:[^()\\[\]]|\\.|\[(?:[^\]\\]|\\.)*\])*[+*]\)(?:[+*]|\{\d+,\})|\((?:\?:)?([^()|\\]+)\|\1\)[+*]/
const ADDRESS = /\bhttps?:\/\/|\b(?:curl|wget|rm|bash|powershell)\s+-|<script\b/i

function* rules(part: string, root: Json | undefined): Generator<Emission> {
  if (!isObject(root)) return
  for (const { key, value, pointer } of everyKey(root)) {
    const at = { pointer: `/${part}${pointer}` }
    if (key === 'Regex' && typeof value === 'string' && NESTED.test(value))
      yield fact('tokenizer-json.rule', { part, issue: 'blow-up' }, at, value.slice(0, 200))
    if (key === 'content' && typeof value === 'string' && ADDRESS.test(value))
      yield fact('tokenizer-json.rule', { part, issue: 'injects' }, at, value.slice(0, 200))
  }
}

const INVISIBLE = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u

function* tokens(list: readonly Json[]): Generator<Emission> {
  const [byText, byId] = [new Map<string, Json>(), new Map<Json, string>()]
  for (const [index, item] of list.entries()) {
    const { id, content } = objectOf(item)
    const text = textOf(content)
    const at = { pointer: `/added_tokens/${index}` }
    const tell = (issue: string) =>
      fact('tokenizer-json.token', { issue }, at, JSON.stringify(text).slice(0, 200))
    if (id === undefined || typeof content !== 'string') continue
    if (byText.has(text) && byText.get(text) !== id) yield tell('duplicate')
    if (byId.has(id) && byId.get(id) !== text) yield tell('id')
    if (INVISIBLE.test(text)) yield tell('invisible')
    byText.set(text, id)
    byId.set(id, text)
  }
}
