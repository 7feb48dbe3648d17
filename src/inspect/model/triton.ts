import { pathForm } from '../../codec/path-form.ts'
import { readTextProto, type TextField } from '../../codec/pbtxt.ts'
import { EDGE_DATA, EDGE_FACTS } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'triton.model': {
    about:
      'A model of a repository of Triton. `runs`: python, library (a shared object of the repository), or known.',
    fields: { backend: 'string', runs: 'string' },
  },
  'triton.parameter': {
    about:
      'A parameter that makes the server open or run something: `environment` (an archive of Python that is unpacked and run), ' +
      '`library` (operators that are loaded).',
    fields: { key: 'string', what: 'string', form: 'string' },
  },
  ...EDGE_FACTS,
  ...EDGE_DATA,
}

/** Backends that come with Triton; others are shared objects, in the server or in the model's folder. */
const BACKENDS = new Set([
  ...[
    'onnxruntime',
    'tensorrt',
    'tensorrtllm',
    'pytorch',
    'tensorflow',
    'openvino',
    'dali',
    'fil',
    'vllm',
    'identity',
  ],
  ...['repeat', 'square', 'ensemble', 'python'],
])
const PLATFORM =
  /^(?:tensorrt_plan|tensorflow_(?:graphdef|savedmodel)|onnxruntime_onnx|pytorch_libtorch|ensemble)$/
const MOST = 4 * 1024 * 1024

/** `config.pbtxt`: the backend that serves a model, and what of the folder it runs. */
export const triton: Inspector = {
  id: 'triton',
  detect: {
    probe: (head) =>
      /^\s*(?:#.*\s+)*[a-z_]\w*\s*[:{[<]/.test(Buffer.from(head.subarray(0, 4096)).toString('latin1'))
        ? 'weak'
        : 'no',
    name: ['config.pbtxt'],
    suffix: ['/config.pbtxt'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, MOST)
  meter.hold(length)
  try {
    const text = Buffer.from(await bytes.read(0, length)).toString()
    yield { type: 'span', offset: 0, length, as: 'inspected' }
    if (bytes.size > MOST)
      yield { type: 'damage', kind: 'limit', message: `a configuration of ${bytes.size} bytes` }
    yield* model(readTextProto(text))
  } finally {
    meter.release(length)
  }
}

function* model(fields: readonly TextField[]): Generator<Emission> {
  const last = (name: string) => {
    const value = fields.findLast((field) => field.name === name)?.value
    return typeof value === 'string' ? value : ''
  }
  const backend = last('backend')
  const platform = last('platform')
  const known = BACKENDS.has(backend) || (backend === '' && (platform === '' || PLATFORM.test(platform)))
  const runs = backend === 'python' ? 'python' : known ? 'known' : 'library'
  yield fact('triton.model', { backend: (backend || platform).slice(0, 100), runs })
  if (runs === 'python') {
    // Every version has a folder of its own with the model; the file has another name only where this says so.
    const file = last('default_model_filename') || 'model.py'
    yield fact('edge.code', { target: file, role: 'triton', form: pathForm(file), repository: '' })
  }
  const library = last('runtime')
  if (library !== '' && pathForm(library) !== 'plain')
    yield fact(
      'triton.parameter',
      { key: 'runtime', what: 'library', form: pathForm(library) },
      undefined,
      library,
    )
  for (const { name, value, at } of fields) {
    if (typeof value === 'string') continue
    if (name === 'parameters') yield* parameter(value, at)
    else if (name === 'model_operations') {
      for (const { value: path } of value)
        if (typeof path === 'string') yield told('op_library_filename', 'library', path, at)
    }
  }
}

/** `key: "…" value: { string_value: "…" }`. */
function* parameter(fields: readonly TextField[], at: number): Generator<Emission> {
  const key = fields.find((field) => field.name === 'key')?.value
  const value = fields.find((field) => field.name === 'value')?.value
  const text = typeof value === 'object' ? value.find((field) => field.name === 'string_value')?.value : value
  if (typeof key !== 'string' || typeof text !== 'string') return
  if (key === 'EXECUTION_ENV_PATH') yield told(key, 'environment', text, at)
  else if (/(?:library|plugin)s?(?:_path)?$/i.test(key)) yield told(key, 'library', text, at)
}

function told(key: string, what: string, path: string, offset: number): Emission {
  // The folder of the model is written as a variable.
  const form = pathForm(path.replace(/^\$\$TRITON_MODEL_DIRECTORY\/?/, './').replace(/^\.\//, ''))
  return fact('triton.parameter', { key: key.slice(0, 100), what, form }, { offset }, path.slice(0, 200))
}
