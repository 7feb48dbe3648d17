import { readJson } from '../../codec/json.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'skops.schema': {
    about: 'The schema of a skops archive.',
    fields: { protocol: 'number', nodes: 'number' },
  },
  'skops.node': {
    about:
      'What the loader makes by this node. `type` is the class or function that the schema names for people to trust; ' +
      '`fetched` is the name that the loader really resolves, where it is another.',
    fields: { loader: 'string', type: 'string', fetched: 'string' },
  },
}

/** `schema.json` of a skops archive, as its container hints: a tree of what to import and call. */
export const skops: Inspector = { id: 'skops', detect: { suffix: ['.json'] }, facts: FACTS, inspect }

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    let nodes = 0
    for (const emission of walk(value)) {
      nodes++
      yield emission
    }
    const protocol = isObject(value) && typeof value.protocol === 'number' ? value.protocol : -1
    yield fact('skops.schema', { protocol, nodes })
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  } finally {
    meter.release(bytes.size)
  }
}

function* walk(root: Json): Generator<Emission> {
  const open: { value: Json; pointer: string }[] = [{ value: root, pointer: '' }]
  for (let top = open.pop(); top; top = open.pop()) {
    const { value, pointer } = top
    if (typeof value !== 'object' || value === null) continue
    if (isObject(value) && typeof value.__loader__ === 'string') yield node(value, pointer)
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object') {
        open.push({ value: inner, pointer: `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` })
      }
    }
  }
}

function node(value: JsonObjectLike, pointer: string): Emission {
  const loader = text(value.__loader__)
  const type = `${text(value.__module__)}.${text(value.__class__)}`
  return fact(
    'skops.node',
    { loader, type, fetched: fetched(loader, value) },
    { pointer: pointer.slice(0, 500) },
  )
}

/** Some nodes keep the name that counts in their content. */
function fetched(loader: string, value: JsonObjectLike): string {
  const content = value.content
  if (loader === 'MethodNode' && isObject(content)) return text(content.func)
  if (loader === 'FunctionNode') {
    if (isObject(content)) return `${text(content.module_path)}.${text(content.function)}`
    return text(content)
  }
  if (loader === 'OperatorFuncNode')
    return text(value.__class__) === '' ? '' : `operator.${text(value.__class__)}`
  return ''
}

type JsonObjectLike = { readonly [key: string]: Json }

function isObject(value: Json | undefined): value is JsonObjectLike {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value.slice(0, 300) : ''
}
