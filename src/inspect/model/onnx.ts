import { pathForm } from '../../codec/path-form.ts'
import { type Message, ProtoDecoder, signed } from '../../codec/protobuf.ts'
import { probeMessage } from '../../codec/protobuf-probe.ts'
import { ONNX_MODEL } from '../../codec/schema/onnx.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { PROPERTY_FACTS } from '../../model/property-facts.ts'
import { PROTOBUF_FACTS } from '../../model/protobuf-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { Extents } from './extents.ts'
import { OnnxProperties } from './onnx-properties.ts'
import { accounted } from './protobuf-spans.ts'

const FACTS: FactCatalogue = {
  ...EDGE_DATA,
  ...PROTOBUF_FACTS,
  ...PROPERTY_FACTS,
  'onnx.model': {
    about: 'An ONNX model. `domains` are those of its operator sets.',
    fields: {
      ir: 'number',
      producer: 'string',
      domains: 'strings',
      functions: 'number',
      training: 'boolean',
    },
  },
  'onnx.operator': {
    about:
      'An operator of the graph, its subgraphs or functions. `local`: a function of this model defines it, so that it ' +
      'needs no library.',
    fields: { operator: 'string', domain: 'string', local: 'boolean' },
  },
  'onnx.external': {
    about:
      'What a tensor says of its external data, where loaders are strict or were not: `unknown-key`, `basepath`, ' +
      '`no-location`, `number` (no plain decimal), `both` (data inside as well).',
    fields: { issue: 'string', key: 'string' },
  },
  'onnx.tensor': {
    about: 'A tensor whose parts contradict each other: `negative`, `size`, `type` or `overflow`.',
    fields: { issue: 'string' },
  },
  'onnx.metadata': {
    about: 'A metadata entry that a runtime may act on (`session`), or that looks like `code`.',
    fields: { key: 'string', trait: 'string' },
  },
}

/** A protobuf ModelProto: a graph of operators, its subgraphs and functions, and where their tensors are. */
export const onnx: Inspector = {
  id: 'onnx',
  detect: { probe, suffix: ['.onnx'] },
  facts: FACTS,
  inspect,
}

/** The graph or an operator set must be there, and everything in the first bytes must fit the schema. */
function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  const { seen, sound, fields } = probeMessage(head, size, ONNX_MODEL)
  if (sound && seen.has(1) && (seen.has(7) || seen.has(8)) && fields >= 6) return 'strong'
  // A model may begin with an unknown field, or lie: then its name decides.
  return seen.size >= 2 && (seen.has(7) || seen.has(8)) ? 'weak' : 'no'
}

interface Operator {
  readonly operator: string
  readonly domain: string
  readonly offset: number
  count: number
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const decoder = new ProtoDecoder(bytes, ONNX_MODEL)
  const operators = new Map<string, Operator>()
  const functions = new Set<string>()
  const extents = new Extents('onnx-external')
  const properties = new OnnxProperties()
  try {
    for await (const message of decoder.messages()) {
      if (message.name === 'TensorProto') {
        properties.tensor(message)
        yield* tensor(message, extents)
        meter.check('facts', extents.size)
      } else if (message.name === 'Input') properties.port(message, 'input')
      else if (message.name === 'Output') properties.port(message, 'output')
      else if (message.name === 'NodeProto') {
        yield* node(message, operators)
        meter.check('facts', operators.size)
      } else if (message.name === 'FunctionProto') {
        functions.add(`${domainOf(message)}\n${message.text('name')}`)
      } else {
        yield* model(message)
        for (const draft of properties.facts(message)) yield { type: 'fact', ...draft }
      }
    }
    yield* accounted(decoder, bytes)
  } finally {
    yield* extents.facts(false)
    // Functions come last in a file, and what was met before some damage stands.
    for (const { operator, domain, offset, count } of operators.values()) {
      const local = functions.has(`${domain}\n${operator}`)
      yield { ...fact('onnx.operator', { operator, domain, local }, { offset }), count }
    }
  }
}

/** ONNX Runtime reads session options out of a model, and tools of vendors paths of libraries. */
const SESSION =
  /^(?:ort_config|session[_.-]?options?|onnxruntime[_.-].*|.*(?:library|lib|plugin)[_.-]?path.*)$/i
const CODE =
  /^#!|<script\b|\b(?:__import__|eval|exec|os\.system|subprocess\.\w+)\s*\(|\b(?:curl|wget)\s[^|\n]*\|\s*(?:ba)?sh\b/i

function* model(message: Message): Generator<Emission> {
  const domains = message.messages('opset_import').map((opset) => domainOf(opset))
  yield fact('onnx.model', {
    ir: Number(message.int('ir_version') ?? 0n),
    producer: message.text('producer_name').slice(0, 100),
    domains: [...new Set(domains)].sort(),
    functions: message.count('functions'),
    training: message.count('training_info') > 0,
  })
  for (const entry of message.messages('metadata_props')) {
    const [key, value] = [entry.text('key').slice(0, 200), entry.text('value')]
    const at = { offset: entry.offset, length: entry.end - entry.offset }
    if (SESSION.test(key)) yield fact('onnx.metadata', { key, trait: 'session' }, at, value.slice(0, 200))
    const code = CODE.exec(value)
    if (code) {
      const text = value.slice(Math.max(0, code.index - 20), code.index + 100)
      yield fact('onnx.metadata', { key, trait: 'code' }, at, text)
    }
  }
}

/** The standard's own domain has two names. */
function domainOf(message: Message): string {
  return message.text('domain').slice(0, 200) || 'ai.onnx'
}

function* node(message: Message, operators: Map<string, Operator>): Generator<Emission> {
  const [operator, domain] = [message.text('op_type').slice(0, 200), domainOf(message)]
  const key = `${domain}\n${operator}`
  const held = operators.get(key)
  if (held) held.count++
  else operators.set(key, { operator, domain, offset: message.offset, count: 1 })
  if (operator !== 'EPContext') return
  const attributes = new Map(message.messages('attribute').map((a) => [a.text('name'), a]))
  // By default the context is embedded; mode 0 makes it the path of a file.
  const embedded = attributes.get('embed_mode')?.int('i') ?? 1n
  const target = attributes.get('ep_cache_context')?.text('s') ?? ''
  if (embedded === 0n && target !== '') {
    const data = { target: target.slice(0, 1000), role: 'onnx-ep-context', form: pathForm(target) }
    yield fact('edge.data', data, { offset: message.offset })
  }
}

const KEYS = new Set(['location', 'offset', 'length', 'checksum', 'basepath'])
const EXTERNAL = 1n

function* tensor(message: Message, extents: Extents): Generator<Emission> {
  const at = { offset: message.offset, length: message.end - message.offset }
  const name = message.text('name').slice(0, 200)
  yield* shape(message, at, name)
  const entries = message.messages('external_data')
  if (message.int('data_location') !== EXTERNAL && entries.length === 0) return
  const issue = (kind: string, key = '') =>
    fact('onnx.external', { issue: kind, key: key.slice(0, 200) }, at, name)
  const location = entries.findLast((entry) => entry.text('key') === 'location')?.text('value')
  if (location === undefined || location === '') yield issue('no-location')
  else {
    const form = pathForm(location)
    yield fact('edge.data', { target: location.slice(0, 1000), role: 'onnx-external', form }, at, name)
    const [offset = 0, length = 0] = ['offset', 'length'].map((key) =>
      Number(entries.findLast((entry) => entry.text('key') === key)?.text('value') ?? 0),
    )
    extents.see(location, offset + length)
  }
  for (const entry of entries) {
    const [key, value] = [entry.text('key'), entry.text('value')]
    if (!KEYS.has(key)) yield issue('unknown-key', key)
    else if (key === 'basepath') yield issue('basepath', key)
    else if ((key === 'offset' || key === 'length') && !/^\d{1,18}$/.test(value)) yield issue('number', key)
  }
  if (message.count('raw_data') > 0) yield issue('both')
}

/** Bits per element by `TensorProto.DataType`; strings have none. */
const BITS: Readonly<Record<string, bigint>> = Object.fromEntries(
  [0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2].map(
    (bits, type) => [type, BigInt(bits)],
  ),
)
const HUGE = 1n << 48n

function* shape(message: Message, at: { offset: number }, name: string): Generator<Emission> {
  const dims = message.ints('dims').map(signed)
  const issue = (kind: string) => fact('onnx.tensor', { issue: kind }, at, name)
  if (dims.some((d) => d < 0n)) {
    yield issue('negative')
    return
  }
  const elements = dims.reduce((product, d) => (product > HUGE ? product : product * d), 1n)
  if (elements > HUGE) yield issue('overflow')
  const type = message.int('data_type') ?? 0n
  const bits = BITS[String(type)]
  if (bits === undefined) yield issue('type')
  const raw = message.ranges('raw_data').at(-1)
  if (!raw || !bits || elements > HUGE) return
  if ((elements * bits + 7n) / 8n !== BigInt(raw.length)) yield issue('size')
}
