import { readJson } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  ...EDGE_DATA,
  'tfjs.model': {
    about: 'A model of TensorFlow.js: `layers-model` (of Keras) or `graph-model`.',
    fields: { format: 'string' },
  },
  'tfjs.operator': { about: 'An operator of the graph.', fields: { operator: 'string' } },
  'tfjs.class': { about: 'A class of a layer.', fields: { class: 'string' } },
}

/** `model.json` of TensorFlow.js: a topology, and the shards that its weights are in. */
export const tfjs: Inspector = {
  id: 'tfjs',
  detect: {
    probe: (head) => {
      const text = Buffer.from(head).toString('latin1')
      return /^\s*\{/.test(text) && text.includes('"modelTopology"') ? 'strong' : 'no'
    },
  },
  facts: FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
      const format = at(value, 'format')
      yield fact('tfjs.model', { format: typeof format === 'string' ? format.slice(0, 100) : '' })
      yield* shards(at(value, 'weightsManifest'))
      yield* topology(at(value, 'modelTopology'))
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    } finally {
      meter.release(bytes.size)
    }
  },
}

function* shards(manifest: Json | undefined): Generator<Emission> {
  for (const group of Array.isArray(manifest) ? manifest : []) {
    const paths = at(group, 'paths')
    for (const path of Array.isArray(paths) ? paths : []) {
      if (typeof path !== 'string') continue
      yield fact('edge.data', { target: path.slice(0, 1000), role: 'tfjs-weights', form: pathForm(path) })
    }
  }
}

/** Operators of graphs and classes of layers, wherever they are. */
function* topology(root: Json | undefined): Generator<Emission> {
  const open: (Json | undefined)[] = [root]
  for (let value = open.pop(); open.length > 0 || value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const [operator, name] = [at(value, 'op'), at(value, 'class_name')]
    if (typeof operator === 'string') yield fact('tfjs.operator', { operator: operator.slice(0, 200) })
    if (typeof name === 'string') yield fact('tfjs.class', { class: name.slice(0, 200) })
    for (const inner of Object.values(value))
      if (typeof inner === 'object' && inner !== null) open.push(inner)
  }
}

function at(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}
