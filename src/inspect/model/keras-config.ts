import { memorySource } from '../../bytes/memory.ts'
import { readJson } from '../../codec/json.ts'
import { everyKey, isObject, objectOf, type Placed, textOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue, JsonObject } from '../../model/fact.ts'
import { PROPERTY_FACTS, property } from '../../model/property-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'keras-config.model': {
    about:
      'What Keras builds a model from. `legacy`: out of an HDF5 file, where old versions ignore safe_mode.',
    fields: { classes: 'number', legacy: 'boolean' },
  },
  'keras-config.lambda': {
    about: 'A layer that holds Python bytecode and runs it when the model is loaded or used.',
    fields: { legacy: 'boolean' },
  },
  'keras-config.import': {
    about:
      'A class or function that Keras looks up by name. `from`: outside (a module that is not Keras), gadget (a function of ' +
      'Keras that reads, writes, fetches or loads).',
    fields: { callable: 'string', from: 'string' },
  },
  'keras-config.path': {
    about:
      'A file or address that a layer opens: `saved-model`, `vocabulary`, or a layer `name` that is a path.',
    fields: { what: 'string', target: 'string', form: 'string' },
  },
  'keras-config.embedded': {
    about:
      'Something serialized inside the configuration: a torch module, or a function of a JAX or Flax layer.',
    fields: { class: 'string' },
  },
  'keras-config.custom': {
    about: 'A class that the user must bring along to load the model.',
    fields: { name: 'string' },
  },
  ...PROPERTY_FACTS,
}

/** The JSON that Keras rebuilds a model from, whichever file it comes in. Nothing is looked up or built here. */
export const kerasConfig: Inspector = {
  id: 'keras-config',
  detect: {
    probe: (head) => (/^\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'weak' : 'no'),
    name: ['config.json', 'model.json', 'model_config.json', 'architecture.json'],
    suffix: ['/config.json', '/model.json', '/architecture.json'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ artifact, bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    const legacy = artifact.name.startsWith('@')
    let classes = 0
    if (isObject(value) && 'class_name' in value) {
      classes++
      for (const draft of property('architecture', `Keras ${textOf(value.class_name)}`, 'declared'))
        yield { type: 'fact', ...draft }
      yield* node(value, '', legacy)
    }
    for (const { value: inner, pointer } of everyKey(value)) {
      for (const [item, place] of nodesIn(inner, pointer)) {
        classes++
        yield* node(item, place, legacy)
      }
    }
    if (classes > 0) yield fact('keras-config.model', { classes, legacy })
  } finally {
    meter.release(bytes.size)
  }
}

/** The serialized objects right in a value: itself, or the elements of a list (of lists). */
function* nodesIn(value: Placed['value'], pointer: string): Generator<[JsonObject, string]> {
  if (isObject(value) && 'class_name' in value) yield [value, pointer]
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* nodesIn(item, `${pointer}/${index}`)
  }
}

function* node(object: JsonObject, pointer: string, legacy: boolean): Generator<Emission> {
  const name = textOf(object.class_name)
  const module = textOf(object.module)
  const config = objectOf(object.config)
  const at = { pointer }
  // A Lambda layer and the function in it are one thing; either may stand alone.
  const isLayer =
    /^(?:\w+>)?Lambda$/.test(name) && textOf(objectOf(config.function).class_name) !== '__lambda__'
  if (name === '__lambda__' || isLayer) yield fact('keras-config.lambda', { legacy }, at)
  yield* lookedUp(object, name, module, pointer)
  yield* layer(name, config, pointer)
  const registered = textOf(object.registered_name)
  if (/^(?!keras|builtins)\w+>/.test(registered))
    yield fact('keras-config.custom', { name: registered.slice(0, 200) }, at)
}

/** Packages whose classes a configuration may name. */
const OWN =
  /^(?:keras|keras_hub|keras_cv|keras_nlp|keras_tuner|keras_rs|tf_keras|tensorflow\.(?:python\.)?keras|tensorflow_addons)(?:\.|$)/
/** Functions of Keras that reach beyond the model (CVE-2025-8747, CVE-2025-9906 and their like). */
const GADGET =
  /^(?:get_file|load_model|load_weights|save_model|save_weights|enable_unsafe_deserialization|deserialize_keras_object|load_img|save_img|array_to_img|\w+_dataset_from_directory|from_config|model_from_json|extract_archive|register_keras_serializable|import_object|custom_object_scope)$/
const GADGET_MODULE = /^keras(?:\.src)?\.(?:saving|export|config)(?:\.|$)/

function* lookedUp(object: JsonObject, name: string, module: string, pointer: string): Generator<Emission> {
  const named =
    typeof object.config === 'string' &&
    /^(?:function|class|builtin_function_or_method|__\w+__|type)$/.test(name)
  const called = named ? textOf(object.config) : name
  const callable = (module === '' ? called : `${module}.${called}`).slice(0, 300)
  const at = { pointer }
  const inBuiltins = module === 'builtins' || module === ''
  if (module !== '' && !OWN.test(module) && !(inBuiltins && (name === 'function' || HARMLESS.has(called)))) {
    yield fact('keras-config.import', { callable, from: 'outside' }, at)
  } else if (inBuiltins && RUNNING.has(called)) {
    yield fact('keras-config.import', { callable: `builtins.${called}`, from: 'outside' }, at)
  } else if (GADGET.test(called) || (GADGET_MODULE.test(module) && !/^[A-Z]/.test(called))) {
    yield fact('keras-config.import', { callable, from: 'gadget' }, at)
  } else if (called.includes('.') && module === '' && !called.startsWith('__')) {
    yield fact('keras-config.import', { callable, from: 'outside' }, at)
  }
}

/** Types of Python's own that values are written with. */
const HARMLESS = new Set([
  'str',
  'int',
  'float',
  'bool',
  'list',
  'tuple',
  'dict',
  'set',
  'NoneType',
  'slice',
  'complex',
])
const RUNNING = new Set([
  'eval',
  'exec',
  'compile',
  '__import__',
  'open',
  'getattr',
  'setattr',
  'input',
  'breakpoint',
])

const INDEXED = /^(?:\w+>)?(?:StringLookup|IntegerLookup|IndexLookup|TextVectorization)$/
const SERIALIZING = new Set(['TorchModuleWrapper', 'JaxLayer', 'FlaxLayer'])

function* layer(name: string, config: JsonObject, pointer: string): Generator<Emission> {
  const own = textOf(config.name)
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)|\\|\0|^\/|^[a-z]:/i.test(own)) yield path('name', own, pointer)
  if (/TFSMLayer$/.test(name)) yield path('saved-model', textOf(config.filepath), pointer)
  if (INDEXED.test(name) && typeof config.vocabulary === 'string')
    yield path('vocabulary', config.vocabulary, pointer)
  if (!SERIALIZING.has(name.replace(/^\w+>/, ''))) return
  yield fact('keras-config.embedded', { class: name }, { pointer })
  const module = textOf(config.module).replace(/\s/g, '')
  if (/^[\w+/=-]{16,}$/.test(module)) {
    yield { type: 'child', name: anonymousName('module'), bytes: memorySource(Buffer.from(module, 'base64')) }
  }
}

function path(what: string, target: string, pointer: string): Emission {
  return fact(
    'keras-config.path',
    { what, target: target.slice(0, 500), form: pathForm(target) },
    { pointer },
  )
}
