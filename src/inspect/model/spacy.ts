import { MsgpackReader } from '../../codec/msgpack.ts'
import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const CONFIG_FACTS: FactCatalogue = {
  'spacy-config.function': {
    about:
      'A function that loading or training a pipeline takes from a registry and calls. `own`: it comes with spaCy; others are ' +
      'registered by code of the publisher. `hook`: it runs at a step of loading, not as a part of the pipeline.',
    fields: { registry: 'string', function: 'string', own: 'boolean', hook: 'boolean' },
  },
}

const MOST = 4 * 1024 * 1024
/** Prefixes under which spaCy and the packages of its makers register. */
const OWN =
  /^(?:spacy|spacy-legacy|spacy-loggers|spacy-transformers|spacy-curated-transformers|spacy-llm|srsly)\.|^(?:Adam|RAdam|SGD|constant|constant_then|decaying|compounding|warmup_linear|slanted_triangular|cyclic_triangular|cosine|plateau|linear|exp|softmax_activation|chain|Linear|Softmax|Relu|Mish|Maxout)\.v\d+$/
const HOOKS =
  /^\s*(?:before_creation|after_creation|after_pipeline_creation|before_init|after_init)\b|\[(?:nlp|initialize)\.(?:before|after)_/

/** `config.cfg`: sections of a pipeline, whose `@registry` keys name functions that are called. */
export const spacyConfig: Inspector = {
  id: 'spacy-config',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    name: ['config.cfg'],
    suffix: ['/config.cfg'],
  },
  facts: CONFIG_FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, MOST)
  meter.hold(length)
  try {
    const lines = Buffer.from(await bytes.read(0, length))
      .toString()
      .split(/\r?\n/)
    yield { type: 'span', offset: 0, length, as: 'inspected' }
    if (bytes.size > MOST)
      yield { type: 'damage', kind: 'limit', message: `a configuration of ${bytes.size} bytes` }
    let section = ''
    for (const [index, line] of lines.entries()) {
      if (/^\s*\[/.test(line)) section = line.trim()
      // A section, or a value in one line: `before_creation = {"@callbacks":"x"}`.
      for (const [, registry = '', name = ''] of line.matchAll(/"?@(\w+)"?\s*[=:]\s*"([^"]*)"/g)) {
        const hook = HOOKS.test(section) || HOOKS.test(line)
        const data = { registry, function: name.slice(0, 200), own: OWN.test(name), hook }
        yield fact('spacy-config.function', data, { line: index + 1, column: 1 })
      }
    }
  } finally {
    meter.release(length)
  }
}

const DATA = ['lookups.bin', 'lookups_extra.bin', 'key2row', 'tokenizer', 'moves']

/** An empty map, or one whose first key is a text or a hash; msgpack of other makers is like that too: the name decides. */
function dataProbe([first = 0, second = 0]: Uint8Array, _tail: Uint8Array, size: number): 'weak' | 'no' {
  if (size === 1) return first === 0x80 ? 'weak' : 'no'
  const isKey = (second > 0xa0 && second < 0xc0) || second === 0xd9 || second === 0xcf
  return first > 0x80 && first < 0x90 && isKey ? 'weak' : 'no'
}

/** Data of a pipeline in msgpack: no code, but arrays of objects, which msgpack-numpy unpickles. */
export const spacyData: Inspector = {
  id: 'spacy-data',
  detect: {
    probe: dataProbe,
    name: DATA,
    suffix: DATA.map((name) => `/${name}`),
  },
  facts: {
    'spacy-data.object-array': {
      about: 'An array of Python objects, whose content is a pickle.',
      fields: {},
    },
  },
  async *inspect({ bytes }, { meter }) {
    let key = ''
    const reader = new MsgpackReader(bytes)
    for await (const token of reader.tokens()) {
      meter.tick()
      if (token.type !== 'text') continue
      if (token.key) key = token.text
      else if ((key === 'kind' || key === 'type') && /^[|<>=]?O\d*$/.test(token.text))
        yield fact('spacy-data.object-array', {}, { offset: token.offset })
    }
    yield { type: 'span', offset: 0, length: reader.at, as: 'inspected' }
  },
}
