import type { Meter } from '../../bytes/meter.ts'
import { slice } from '../../bytes/source.ts'
import { JsonScanner } from '../../codec/json.ts'
import { type PathForm, pathForm } from '../../codec/path-form.ts'
import { type Message, type MessageSpec, ProtoDecoder } from '../../codec/protobuf.ts'
import { probeMessage } from '../../codec/protobuf-probe.ts'
import {
  FINGERPRINT,
  GRAPH_DEF,
  KERAS_METADATA,
  META_GRAPH,
  SAVED_MODEL,
} from '../../codec/schema/tensorflow.ts'
import { anonymousName } from '../../model/artifact.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { PROTOBUF_FACTS } from '../../model/protobuf-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { accounted } from './protobuf-spans.ts'

const FACTS: FactCatalogue = {
  ...EDGE_DATA,
  ...PROTOBUF_FACTS,
  'tensorflow.graph': {
    about: 'A graph of TensorFlow, by the message that the file is.',
    fields: { message: 'string', version: 'string', tags: 'strings' },
  },
  'tensorflow.operator': {
    about:
      'An operator of the graph or of its functions. `part`: `saver` where it belongs to the nodes that save and restore ' +
      'variables, as every SavedModel has; else `graph`.',
    fields: { operator: 'string', part: 'string' },
  },
  'tensorflow.path': {
    about:
      'A constant that looks like a path, in a graph that has an operator for files, or (`part`) among the nodes of ' +
      'its saver.',
    fields: { form: 'string', value: 'string', part: 'string' },
  },
  'tensorflow.output': {
    about: 'Where a printing operator writes, when it is not a standard stream or the log.',
    fields: { target: 'string' },
  },
  'tensorflow.keras-class': {
    about: 'A class that Keras makes when it loads the model, by the configuration kept with a layer.',
    fields: { class: 'string' },
  },
  'tensorflow.object': {
    about: 'An object that a loader makes by a registered name.',
    fields: { identifier: 'string' },
  },
}

const KINDS: readonly { spec: MessageSpec; needs: readonly number[] }[] = [
  { spec: SAVED_MODEL, needs: [1, 2] },
  { spec: META_GRAPH, needs: [1, 2] },
  { spec: META_GRAPH, needs: [2] },
  { spec: FINGERPRINT, needs: [1, 2, 3] },
  { spec: KERAS_METADATA, needs: [1] },
  { spec: GRAPH_DEF, needs: [1] },
]

/** SavedModel, MetaGraphDef, GraphDef and Keras' metadata: protobuf messages, one in the other. */
export const tensorflow: Inspector = {
  id: 'tensorflow',
  detect: {
    probe,
    suffix: ['.pb', '.meta', '.graphdef'],
    name: ['saved_model.pb', 'keras_metadata.pb'],
  },
  facts: FACTS,
  inspect,
}

/** Chance does not make a dozen fields fit. A file of fewer, or one that lies, is known by its name. */
const ENOUGH = 12

function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  let found: 'weak' | 'no' = 'no'
  for (const { spec, needs } of KINDS) {
    const { seen, sound, fields } = probeMessage(head, size, spec)
    if (!needs.every((number) => seen.has(number))) continue
    if (sound && fields >= ENOUGH) return 'strong'
    if (sound || seen.size > 1) found = 'weak'
  }
  return found
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const head = (await bytes.read(0, 64 * 1024)).slice()
  const results = KINDS.map(({ spec, needs }) => {
    const { seen, sound, fields } = probeMessage(head, bytes.size, spec)
    return { spec, fits: needs.every((n) => seen.has(n)), sound, fields }
  })
  const best = results
    .filter((r) => r.fits)
    .toSorted((a, b) => Number(b.sound) - Number(a.sound) || b.fields - a.fields)
  const decoder = new ProtoDecoder(bytes, best[0]?.spec ?? SAVED_MODEL)
  const survey = new Survey()
  try {
    for await (const message of decoder.messages()) {
      if (message.name === 'NodeDef') survey.node(message)
      else if (message.name === 'AssetFileDef') yield* asset(message)
      else if (message.name === 'SavedUserObject' || message.name === 'SavedKerasObject') {
        yield* userObject(message, bytes, meter)
      } else if (message.name === 'SavedObject') yield* savedObject(message)
      else if (message.parent === undefined || message.name === 'MetaGraphDef') yield* described(message)
      meter.check('facts', survey.operators.size)
    }
    yield* accounted(decoder, bytes)
  } finally {
    yield* survey.facts()
  }
}

function* described(message: Message): Generator<Emission> {
  const info = message.messages('meta_info_def').at(-1)
  yield fact('tensorflow.graph', {
    message: message.name,
    version: info?.text('tensorflow_version').slice(0, 40) ?? '',
    tags: info?.texts('tags').slice(0, 16) ?? [],
  })
}

function* asset(message: Message): Generator<Emission> {
  const target = message.text('filename').slice(0, 1000)
  yield fact(
    'edge.data',
    { target, role: 'tensorflow-asset', form: pathForm(target) },
    { offset: message.offset },
  )
}

/** Keras keeps a layer's configuration here, as JSON: the classes it names, and the text itself for whoever reads more. */
async function* userObject(message: Message, bytes: Opened['bytes'], meter: Meter): AsyncGenerator<Emission> {
  const identifier = message.text('identifier').slice(0, 200)
  yield fact('tensorflow.object', { identifier }, { offset: message.offset })
  for (const { offset, length } of message.ranges('metadata')) {
    if (length < 2) continue
    meter.check('jsonBytes', length)
    const json = (await bytes.read(offset, length)).slice()
    for (const name of classes(json, meter))
      yield fact('tensorflow.keras-class', { class: name }, { offset, length })
    const inner = slice(bytes, offset, length)
    yield { type: 'child', name: anonymousName(`metadata:${offset.toString(16)}`), bytes: inner }
  }
}

/** Every `class_name`, however deep and however escaped. Metadata of other frameworks is no JSON. */
function* classes(json: Uint8Array, meter: Meter): Generator<string> {
  if (json[0] !== 0x7b) return
  const scanner = new JsonScanner(json, { depth: meter.limits.jsonDepth, python: true })
  for (let token = scanner.next(); token !== 'end'; token = scanner.next()) {
    if (token !== 'key' || scanner.text() !== 'class_name') continue
    if (scanner.next() === 'string') yield scanner.text().slice(0, 200)
  }
}

function* savedObject(message: Message): Generator<Emission> {
  for (const name of ['registered_name', 'registered_saver']) {
    const identifier = message.text(name).slice(0, 200)
    if (identifier !== '') yield fact('tensorflow.object', { identifier }, { offset: message.offset })
  }
}

/** Paths are stated up to this many: a graph may have a million strings. */
const PATHS = 64

/** Operators and constants of the whole graph. */
class Survey {
  readonly operators = new Map<string, { operator: string; part: string; offset: number; count: number }>()
  readonly #paths = new Map<string, { form: string; part: string; offset: number }>()
  readonly #outputs = new Map<string, number>()
  #files = false

  node(message: Message): void {
    const operator = message.text('op').slice(0, 200)
    const part = SAVING.test(operator) && inSaver(message) ? 'saver' : 'graph'
    const key = `${part} ${operator}`
    const held = this.operators.get(key)
    if (held) held.count++
    else this.operators.set(key, { operator, part, offset: message.offset, count: 1 })
    if (part === 'graph' && FILES.test(operator)) this.#files = true
    if (operator === 'Const') this.#constant(message, inSaver(message) ? 'saver' : 'graph')
    if (operator === 'PrintV2') this.#output(message)
  }

  #constant(message: Message, part: string): void {
    for (const text of attribute(message, 'value')
      ?.messages('tensor')
      .flatMap((t) => t.texts('string_val')) ?? []) {
      const form = pathForm(text)
      if (isPath(text, form) && this.#paths.size < PATHS)
        this.#paths.set(text.slice(0, 300), { form, part, offset: message.offset })
    }
  }

  #output(message: Message): void {
    const target = attribute(message, 'output_stream')?.text('s') ?? ''
    if (!/^(?:|stdout|stderr|log\(\w+\))$/.test(target))
      this.#outputs.set(target.slice(0, 300), message.offset)
  }

  *facts(): Generator<Emission> {
    for (const { operator, part, offset, count } of this.operators.values()) {
      yield { ...fact('tensorflow.operator', { operator, part }, { offset }), count }
    }
    for (const [target, offset] of this.#outputs) yield fact('tensorflow.output', { target }, { offset })
    for (const [value, { form, part, offset }] of this.#paths) {
      if (this.#files || part === 'saver') yield fact('tensorflow.path', { form, value, part }, { offset })
    }
  }
}

/** Words with a slash are not paths: `/part` belongs to every saver. */
function isPath(text: string, form: PathForm): boolean {
  if (form === 'url') return true
  return /^(?:[/\\~]|[a-z]:[/\\])[^/\\\s]+[/\\]\S|(?:^|[/\\])\.\.[/\\]/i.test(text)
}

/** Operators by which a constant path matters. */
const FILES = /File|Dataset|Save|Restore|Record|Merge|Snapshot|Reader|Summary/

function attribute(node: Message, key: string): Message | undefined {
  const entry = node.messages('attr').find((a) => a.text('key') === key)
  return entry?.messages('value').at(-1)
}

/** What a saver consists of that would be worth a word elsewhere. Whatever else hides among its nodes is the graph's. */
const SAVING = /^(?:Save(?:V2|Slices)?|Restore(?:V2|Slice)?|ShardedFilename|MergeV2Checkpoints)$/

/** The nodes that `tf.saved_model.save` and `tf.train.Saver` add to every graph, by the names they give them. */
function inSaver(node: Message): boolean {
  const name = within(node, 'FunctionDef')
  if (name !== undefined) return /^__inference__traced_(?:save|restore)_\d+$/.test(name)
  return /^(?:save|saver)(?:_\d+)?\/|^(?:saver_filename|StatefulPartitionedCall(?:_\d+)?|ShardedFilename(?:_\d+)?|MergeV2Checkpoints(?:_\d+)?)$/.test(
    node.text('name'),
  )
}

function within(node: Message, name: string): string | undefined {
  return node.within(name)?.messages('signature').at(-1)?.text('name')
}
