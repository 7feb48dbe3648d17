import { memorySource } from '../../bytes/memory.ts'
import { readJson } from '../../codec/json.ts'
import {
  everyKey,
  isObject,
  listOf,
  objectOf,
  type Placed,
  textOf,
  textsOf,
} from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { pythonReference } from '../../codec/python-reference.ts'
import { anonymousName } from '../../model/artifact.ts'
import { EDGE_FACTS } from '../../model/edge-facts.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { PROPERTY_FACTS, property } from '../../model/property-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'hub-config.setting': {
    about:
      'A setting that makes a loader run more than the architecture it has: `trust` (remote code is switched on), ' +
      '`kernel` (compiled code from a repository).',
    fields: { key: 'string', what: 'string', value: 'string' },
  },
  'hub-config.duplicate': {
    about: 'A key that decides which code runs occurs twice: readers differ in which one they take.',
    fields: { key: 'string' },
  },
  ...EDGE_FACTS,
  ...PROPERTY_FACTS,
}

/** Configurations that the loaders of transformers, diffusers, sentence-transformers and PEFT act upon. */
const FILES = [
  ...['config.json', 'generation_config.json', 'tokenizer_config.json', 'preprocessor_config.json'],
  ...['processor_config.json', 'image_processor_config.json', 'video_preprocessor_config.json'],
  ...['feature_extractor_config.json', 'chat_template.json', 'modules.json', 'model_index.json'],
  ...['adapter_config.json', 'config_sentence_transformers.json', 'scheduler_config.json'],
]

export const hubConfig: Inspector = {
  id: 'hub-config',
  detect: {
    probe: (head) =>
      /^(?:\ufeff)?\s*[{[]/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'weak' : 'no',
    name: FILES,
    suffix: FILES.map((name) => `/${name}`),
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ artifact, bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const pointer of duplicates) {
      const key = pointer.slice(pointer.lastIndexOf('/') + 1)
      if (DECIDING.test(key)) yield fact('hub-config.duplicate', { key }, { pointer })
    }
    const file = artifact.name.slice(artifact.name.lastIndexOf('/') + 1).toLowerCase()
    if (file === 'config.json') yield* properties(objectOf(value))
    if (file === 'adapter_config.json') yield* adapter(objectOf(value))
    if (file === 'tokenizer_config.json') yield* tokenizer(objectOf(value))
    if (file === 'model_index.json')
      for (const draft of property('architecture', textOf(objectOf(value)._class_name), 'declared'))
        yield { type: 'fact', ...draft }
    if (file === 'modules.json') yield* modules(listOf(value))
    if (file === 'model_index.json') yield* pipeline(objectOf(value))
    for (const place of everyKey(value)) yield* setting(place)
  } finally {
    meter.release(bytes.size)
  }
}

/** Keys of `config.json` that say what the model is, the usual names of each. */
const PROPERTIES: readonly (readonly [string, readonly string[]])[] = [
  ['model-type', ['model_type']],
  ['context-length', ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'seq_length']],
  ['layers', ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers']],
  ['hidden-size', ['hidden_size', 'n_embd', 'd_model', 'dim']],
  ['heads', ['num_attention_heads', 'n_head', 'n_heads']],
  ['vocabulary', ['vocab_size']],
  ['dtype', ['torch_dtype', 'dtype']],
]

function* properties(config: JsonObject): Generator<Emission> {
  const drafts = [
    ...textsOf(config.architectures ?? []).flatMap((name) => property('architecture', name, 'declared')),
    ...PROPERTIES.flatMap(([name, keys]) => {
      const value = keys.map((key) => config[key]).find((v) => typeof v === 'string' || typeof v === 'number')
      return property(name, value, 'declared')
    }),
    ...property('quantization', quantization(config), 'declared'),
  ]
  for (const draft of drafts) yield { type: 'fact', ...draft }
}

/** PEFT: an adapter is made for one base model. */
function* adapter(config: JsonObject): Generator<Emission> {
  const drafts = [
    ...property('base-model', textOf(config.base_model_name_or_path), 'declared'),
    ...property('adapter', textOf(config.peft_type), 'declared'),
    ...property('task', textOf(config.task_type), 'declared'),
  ]
  for (const draft of drafts) yield { type: 'fact', ...draft }
}

function* tokenizer(config: JsonObject): Generator<Emission> {
  const { tokenizer_class: name, model_max_length: length } = config
  // Tokenizers without a limit write 10^30.
  const limit = typeof length === 'number' && length < 2 ** 40 ? length : undefined
  const drafts = [
    ...property('tokenizer', textOf(name), 'declared'),
    ...property('tokenizer-length', limit, 'declared'),
  ]
  for (const draft of drafts) yield { type: 'fact', ...draft }
}

function quantization(config: JsonObject): string {
  const { quant_method, bits } = objectOf(config.quantization_config)
  return [textOf(quant_method), typeof bits === 'number' ? `${bits}-bit` : ''].join(' ').trim()
}

const DECIDING =
  /^(?:auto_map|chat_template|trust_remote_code|custom_pipelines|_?attn_implementation\w*|architectures|type)$/
const KERNEL = /^_?(?:attn|experts)_implementation(?:_internal|_autoset)?$/

function* setting({ key, value, pointer }: Placed): Generator<Emission> {
  if (key === 'trust_remote_code' && value === true) {
    yield fact('hub-config.setting', { key, what: 'trust', value: 'true' }, { pointer })
  } else if (KERNEL.test(key)) {
    for (const name of isObject(value) ? Object.values(value).flatMap(textsOf) : textsOf(value)) {
      if (!name.includes('/')) continue
      yield fact('hub-config.setting', { key, what: 'kernel', value: name.slice(0, 200) }, { pointer })
    }
  } else if (key === 'auto_map') {
    for (const reference of Object.values(objectOf(value)).flatMap(textsOf))
      yield code(reference, 'auto-map', pointer)
  } else if (key === 'custom_pipelines') {
    for (const task of Object.values(objectOf(value))) {
      const { impl } = objectOf(task)
      if (typeof impl === 'string') yield code(impl, 'custom-pipeline', pointer)
    }
  } else if (key === 'auto_mapping') {
    const { parent_library, base_model_class } = objectOf(value)
    if (typeof parent_library === 'string')
      yield imported(parent_library, textOf(base_model_class), 'adapter', pointer)
  } else if (key === 'chat_template') yield* templates(value)
}

function code(reference: string, role: string, pointer: string): Emission {
  const { repository = '', file = reference } = pythonReference(reference) ?? {}
  return fact('edge.code', { target: file, role, form: pathForm(file), repository }, { pointer }, reference)
}

function imported(module: string, name: string, role: string, pointer: string): Emission {
  return fact('edge.import', { callable: name === '' ? module : `${module}.${name}`, role }, { pointer })
}

/** One template, or a list or map of them by name. */
function* templates(value: Json): Generator<Emission> {
  if (typeof value === 'string') {
    // The name of a file beside this one is no template.
    if (value.includes('{')) yield template('chat_template', value)
  } else if (isObject(value)) {
    for (const [name, text] of Object.entries(value)) if (typeof text === 'string') yield template(name, text)
  } else {
    for (const item of listOf(value)) {
      const { name, template: text } = objectOf(item)
      if (typeof text === 'string') yield template(textOf(name), text)
    }
  }
}

function template(name: string, text: string): Emission {
  const bytes = memorySource(new TextEncoder().encode(text))
  return { type: 'child', name: anonymousName(name), bytes, format: 'chat-template' }
}

/** sentence-transformers imports the class that each module names. */
function* modules(list: readonly Json[]): Generator<Emission> {
  for (const [index, module] of list.entries()) {
    const type = textOf(objectOf(module).type)
    if (type === '' || type.startsWith('sentence_transformers.')) continue
    const pointer = `/${index}/type`
    const packages = /^(?:torch|transformers|builtins|os|subprocess)\./.test(type)
    if (packages) yield fact('edge.import', { callable: type, role: 'module' }, { pointer })
    else yield code(type, 'module', pointer)
  }
}

/** Libraries that diffusers takes components from; others are files beside the component. */
const COMPONENTS = /^(?:diffusers|transformers|onnxruntime|optimum|peft|flax|torch|null)(?:\.|$)/
/** Packages of diffusers' own pipelines, by which it calls components that only they have. */
const OWN = new Set([
  ...[
    'stable_diffusion',
    'stable_diffusion_safe',
    'paint_by_example',
    'latent_diffusion',
    'unidiffuser',
    'kandinsky',
  ],
  ...[
    'deepfloyd_if',
    'audioldm',
    'audioldm2',
    'shap_e',
    'wuerstchen',
    'stable_audio',
    'stable_cascade',
    'hunyuandit',
  ],
  ...[
    'blip_diffusion',
    'versatile_diffusion',
    'lumina',
    'ltx',
    'ltx2',
    'ip_adapter',
    'stable_diffusion_xl',
    'musicldm',
  ],
])

function* pipeline(index: JsonObject): Generator<Emission> {
  for (const [component, value] of Object.entries(index)) {
    const [library, name] = listOf(value)
    if (typeof library !== 'string' || typeof name !== 'string') continue
    const pointer = `/${component}`
    if (component === '_class_name') yield code(`${library}.${name}`, 'pipeline', pointer)
    else if (SINK_LIKE.test(library)) yield imported(library, name, 'component', pointer)
    else if (!COMPONENTS.test(library) && !OWN.has(library)) {
      yield code(`${component}/${library}.${name}`, 'component', pointer)
    }
  }
}

/** Modules of Python itself are no component: the loader would import them. */
const SINK_LIKE = /^(?:os|sys|subprocess|builtins|importlib|shutil|runpy|pty|ctypes|pickle|posix|nt)(?:\.|$)/
