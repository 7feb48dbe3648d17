import { readJson } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'safetensors-index.document': {
    about: 'An index that says which shard holds each tensor.',
    fields: { tensors: 'number', shards: 'number' },
  },
  'safetensors-index.violation': {
    about: 'The index is not what loaders expect.',
    fields: { rule: 'string' },
  },
  'edge.shard': {
    about:
      'A file that the loader opens for some of the tensors. `form`: plain, subfolder, traversal, absolute or url. ' +
      '`promised`: what the name of the index says its shards are (safetensors or pickle).',
    fields: { target: 'string', form: 'string', suffix: 'string', promised: 'string' },
  },
}

/** `model.safetensors.index.json` and its pickle sibling: the map from tensors to the files that hold them. */
export const safetensorsIndex: Inspector = {
  id: 'safetensors-index',
  detect: {
    probe,
    onlyNamed: true,
    suffix: ['.safetensors.index.json', '.bin.index.json', '.pt.index.json', '.h5.index.json'],
    // Any JSON is a weak match: without the name it is not ours.
    byName: true,
  },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array): 'strong' | 'weak' | 'no' {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (!/^(?:\xef\xbb\xbf)?\s*\{/.test(text)) return 'no'
  return text.includes('"weight_map"') ? 'strong' : 'weak'
}

async function* inspect({ artifact, bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const key of duplicates) yield violation('duplicate-key', key)
    yield* index(value, artifact.name.toLowerCase().includes('safetensors') ? 'safetensors' : 'pickle')
  } finally {
    meter.release(bytes.size)
  }
}

async function* index(document: Json, promised: string): AsyncGenerator<Emission> {
  const map = isObject(document) ? document.weight_map : undefined
  if (!isObject(map)) {
    yield violation('no-weight-map')
    return
  }
  const files = new Map<string, string>()
  let tensors = 0
  for (const [tensor, file] of Object.entries(map)) {
    tensors++
    if (typeof file !== 'string') yield violation('no-file-name', tensor)
    else if (!files.has(file)) files.set(file, tensor)
  }
  yield fact('safetensors-index.document', { tensors, shards: files.size })
  for (const [target, tensor] of files) {
    const suffix = /\.[^./\\]*$/.exec(target.toLowerCase())?.[0] ?? ''
    const pointer = `/weight_map/${tensor.replaceAll('~', '~0').replaceAll('/', '~1')}`
    yield fact('edge.shard', { target, form: pathForm(target), suffix, promised }, { pointer })
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function violation(rule: string, text?: string) {
  return fact('safetensors-index.violation', { rule }, undefined, text?.slice(0, 200))
}
