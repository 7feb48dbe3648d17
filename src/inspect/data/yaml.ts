import { textEncoding } from '../../codec/text.ts'
import { readYaml, type YamlFile } from '../../codec/yaml.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'yaml.tag': {
    about:
      'A tag that makes some loader build an object. `does`: call (runs `callable`), object, name or module of Python, ' +
      'foreign (a class of another language), include, or environment.',
    fields: { tag: 'string', does: 'string', callable: 'string' },
  },
  'yaml.expansion': {
    about: 'Aliases that grow to millions of nodes when they are written out.',
    fields: {},
  },
  'yaml.duplicate': {
    about: 'A key repeated in one mapping: readers differ in which value they take.',
    fields: { key: 'string' },
  },
  'yaml.malformed': {
    about: 'Text that YAML readers refuse.',
    fields: {},
  },
}

const MOST_NODES = 10_000_000
const BYTES = 64 * 1024 * 1024

/** Configuration in YAML: what its tags would have a loader build (`_target_` is `model/hydra.ts`). Nothing is built here. */
export const yaml: Inspector = {
  id: 'yaml',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    suffix: ['.yaml', '.yml'],
    name: ['mlmodel'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, BYTES)
  meter.hold(length)
  try {
    const file = readYaml(Buffer.from(await bytes.read(0, length)).toString())
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    if (bytes.size > BYTES) yield { type: 'damage', kind: 'limit', message: `YAML of ${bytes.size} bytes` }
    yield* describe(file)
  } finally {
    meter.release(length)
  }
}

function* describe({ tags, expanded, duplicates, errors }: YamlFile): Generator<Emission> {
  for (const { tag, at } of tags) {
    const meaning = meaningOf(tag)
    if (meaning) yield fact('yaml.tag', { tag: tag.slice(0, 200), ...meaning }, at)
  }
  if (expanded > MOST_NODES) yield fact('yaml.expansion', {})
  for (const key of duplicates) yield fact('yaml.duplicate', { key: key.slice(0, 200) })
  if (errors > 0) yield fact('yaml.malformed', {})
}

const PYTHON = /^tag:yaml\.org,2002:python\/(object\/apply|object\/new|object|name|module):(.*)$/
const HYPER = /^!(new|name|apply|module):(.*)$/
/** Classes of Java, Ruby and JavaScript readers that build whatever a tag names. */
const FOREIGN = /^(?:tag:yaml\.org,2002:|!)(?:javax?\.|com\.|org\.|js\/|ruby\/|php\/)/

function meaningOf(tag: string): { does: string; callable: string } | undefined {
  const python = PYTHON.exec(tag)
  if (python) {
    const [, how = '', callable = ''] = python
    return { does: how === 'object/apply' || how === 'object/new' ? 'call' : how, callable }
  }
  const hyper = HYPER.exec(tag)
  if (hyper)
    return { does: hyper[1] === 'new' || hyper[1] === 'apply' ? 'call' : 'name', callable: hyper[2] ?? '' }
  if (FOREIGN.test(tag)) return { does: 'foreign', callable: '' }
  if (/^!(?:include|inc|import)\b/.test(tag)) return { does: 'include', callable: '' }
  if (/^!(?:exec|call|eval|py|python|shell|cmd)\b/i.test(tag)) return { does: 'call', callable: '' }
  return /^!env/i.test(tag) ? { does: 'environment', callable: '' } : undefined
}
