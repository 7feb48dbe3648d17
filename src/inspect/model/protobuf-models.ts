import { pathForm } from '../../codec/path-form.ts'
import { type Message, type MessageSpec, ProtoDecoder, type Range } from '../../codec/protobuf.ts'
import { probeMessage } from '../../codec/protobuf-probe.ts'
import { COREML, PADDLE_PROGRAM, SENTENCEPIECE } from '../../codec/schema/models.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { PROTOBUF_FACTS } from '../../model/protobuf-facts.ts'
import { type Emission, fact, type Inspector, type Opened } from '../inspector.ts'
import { Extents } from './extents.ts'
import { accounted } from './protobuf-spans.ts'

/** Everything in the first bytes must fit the schema, with the fields that every such model has. */
function probe(spec: MessageSpec, needs: readonly number[], enough: number) {
  return (head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' => {
    const { seen, sound, fields } = probeMessage(head, size, spec)
    if (!needs.every((number) => seen.has(number))) return 'no'
    return sound && fields >= enough ? 'strong' : sound || seen.size > 2 ? 'weak' : 'no'
  }
}

const SENTENCEPIECE_FACTS: FactCatalogue = {
  ...PROTOBUF_FACTS,
  'sentencepiece.model': { about: 'A vocabulary of sentencepiece.', fields: { pieces: 'number' } },
  'sentencepiece.violation': {
    about: '`empty-piece`, `type` (none that there is), `charsmap` (a map of characters whose length lies).',
    fields: { rule: 'string' },
  },
}

export const sentencepiece: Inspector = {
  id: 'sentencepiece',
  detect: {
    probe: probe(SENTENCEPIECE, [1], 12),
    suffix: ['.spm', 'tokenizer.model', 'spiece.model', '.vocab.model'],
  },
  facts: SENTENCEPIECE_FACTS,
  async *inspect({ bytes }) {
    const decoder = new ProtoDecoder(bytes, SENTENCEPIECE)
    for await (const message of decoder.messages()) {
      const at = { offset: message.offset }
      if (message.name === 'SentencePiece') {
        const type = message.int('type') ?? 1n
        if (type < 1n || type > 6n) yield fact('sentencepiece.violation', { rule: 'type' }, at)
        if (message.text('piece') === '') yield fact('sentencepiece.violation', { rule: 'empty-piece' }, at)
      } else if (message.name === 'NormalizerSpec') {
        for (const range of message.ranges('precompiled_charsmap')) yield* charsmap(bytes, range)
      } else yield fact('sentencepiece.model', { pieces: message.count('pieces') })
    }
    yield* accounted(decoder, bytes)
  },
}

/** A double-array trie behind its length in bytes, then the strings it leads to, each ended by a zero. */
async function* charsmap(bytes: Opened['bytes'], { offset, length }: Range): AsyncGenerator<Emission> {
  if (length === 0) return
  const head = await bytes.read(offset, 4)
  const trie =
    head.length < 4 || length < 4 ? -1 : new DataView(head.buffer, head.byteOffset).getUint32(0, true)
  const last = length > 0 ? (await bytes.read(offset + length - 1, 1))[0] : 0
  const sound = trie >= 0 && trie % 4 === 0 && trie <= length - 4 && (trie === length - 4 || last === 0)
  if (!sound) yield fact('sentencepiece.violation', { rule: 'charsmap' }, { offset, length })
}

const PADDLE_FACTS: FactCatalogue = {
  ...PROTOBUF_FACTS,
  'paddle.program': { about: 'A program of PaddlePaddle.', fields: { blocks: 'number' } },
  'paddle.operator': {
    about: 'An operator; `path` where an attribute of it names a file.',
    fields: { operator: 'string', path: 'string' },
  },
}

export const paddle: Inspector = {
  id: 'paddle',
  detect: { probe: probe(PADDLE_PROGRAM, [1, 4], 12), suffix: ['.pdmodel', '__model__'] },
  facts: PADDLE_FACTS,
  async *inspect({ bytes }) {
    const decoder = new ProtoDecoder(bytes, PADDLE_PROGRAM)
    for await (const message of decoder.messages()) {
      if (message.name === 'OpDesc') {
        const path = message
          .messages('attrs')
          .find((a) => /^(?:file_path|filename|path)$/.test(a.text('name')))
        const data = {
          operator: message.text('type').slice(0, 200),
          path: path?.text('s').slice(0, 500) ?? '',
        }
        yield fact('paddle.operator', data, { offset: message.offset })
      } else yield fact('paddle.program', { blocks: message.count('blocks') })
    }
    yield* accounted(decoder, bytes)
  },
}

const COREML_FACTS: FactCatalogue = {
  ...EDGE_DATA,
  ...PROTOBUF_FACTS,
  'coreml.model': { about: 'A model of Core ML.', fields: { version: 'number', encrypted: 'boolean' } },
  'coreml.custom': {
    about: 'A `model` or `layer` that a class of the app runs.',
    fields: { part: 'string', class: 'string' },
  },
  'coreml.metadata': { about: 'Metadata that looks like code.', fields: { key: 'string' } },
}

const CODE =
  /^#!|<script\b|\b(?:__import__|eval|exec|os\.system)\s*\(|\b(?:curl|wget)\s[^|\n]*\|\s*(?:ba)?sh\b/i

export const coreml: Inspector = {
  id: 'coreml',
  detect: { probe: probe(COREML, [1, 2], 8), suffix: ['.mlmodel'] },
  facts: COREML_FACTS,
  async *inspect({ bytes }) {
    const decoder = new ProtoDecoder(bytes, COREML)
    const extents = new Extents('coreml-weights')
    for await (const message of decoder.messages()) {
      if (message.name === 'BlobFileValue') yield* blob(message, extents)
      else yield* apple(message)
    }
    yield* extents.facts(false)
    yield* accounted(decoder, bytes)
  },
}

/** The header of a blob in a file of weights (`MILBlob`), which the offset leads to. */
const BLOB_HEADER = 64
const FOLDER = '@model_path/'

/** Weights of a program: a file below the model's folder, and where in it the description of the tensor is. */
function* blob(message: Message, extents: Extents): Generator<Emission> {
  const name = message.text('fileName')
  const target = name.startsWith(FOLDER) ? name.slice(FOLDER.length) : name
  const form = pathForm(target)
  yield fact(
    'edge.data',
    { target: target.slice(0, 1000), role: 'coreml-weights', form },
    { offset: message.offset },
  )
  extents.see(target, Number(message.int('offset') ?? 0n) + BLOB_HEADER)
}

function* apple(message: Message): Generator<Emission> {
  const at = { offset: message.offset }
  const className = message.text('className').slice(0, 200)
  if (message.name === 'CustomModel') yield fact('coreml.custom', { part: 'model', class: className }, at)
  else if (message.name === 'Operation') {
    // Programs have custom layers too: an operation whose class the app brings.
    if (message.text('type') === 'custom_layer')
      yield fact('coreml.custom', { part: 'operation', class: '' }, at)
  } else if (message.name === 'CustomLayerParams')
    yield fact('coreml.custom', { part: 'layer', class: className }, at)
  else if (message.name === 'LinkedModelFile') {
    const value = (field: string) => message.messages(field).at(-1)?.text('defaultValue').slice(0, 500) ?? ''
    const folder = value('linkedModelSearchPath')
    const target = [folder, value('linkedModelFileName')].filter(Boolean).join('/')
    // The bundle of the app is where linked models are looked for.
    const form = pathForm(target.replace(/^\$BUNDLE_\w+(?:\([^)]*\))?/, '.'))
    yield fact('edge.data', { target, role: 'coreml-linked-model', form }, at)
  } else if (message.name === 'UserDefinedEntry') {
    if (CODE.test(message.text('value')))
      yield fact('coreml.metadata', { key: message.text('key').slice(0, 200) }, at)
  } else if (message.name === 'Model') {
    const encrypted = message.count('serializedModel') > 0
    yield fact('coreml.model', { version: Number(message.int('specificationVersion') ?? 0n), encrypted })
    if (encrypted)
      yield { type: 'damage', kind: 'encrypted', message: 'the model is serialised in a form of its own' }
  }
}
