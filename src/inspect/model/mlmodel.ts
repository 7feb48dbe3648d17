import { pathForm } from '../../codec/path-form.ts'
import { textEncoding } from '../../codec/text.ts'
import { readYaml } from '../../codec/yaml.ts'
import { EDGE_FACTS } from '../../model/edge-facts.ts'
import type { At, FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'mlmodel.flavor': {
    about: 'A way in which MLflow can load the model.',
    fields: { flavor: 'string' },
  },
  ...EDGE_FACTS,
}

/** `MLmodel`, the description by which MLflow finds what to load, with which code. */
export const mlmodel: Inspector = {
  id: 'mlmodel',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    name: ['mlmodel'],
    suffix: ['/mlmodel'],
  },
  facts: FACTS,
  inspect,
}

const BYTES = 16 * 1024 * 1024
const CODE = new Set(['loader_module', 'model_code_path'])
const MODELS = new Set(['python_model', 'pickled_model', 'model_path', 'data', 'model_data'])

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, BYTES)
  meter.hold(length)
  try {
    const { entries } = readYaml(Buffer.from(await bytes.read(0, length)).toString())
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const { key, text, path, at } of entries) {
      if (path.length === 1 && path[0] === 'flavors') yield fact('mlmodel.flavor', { flavor: key }, at)
      if (path[0] !== 'flavors' || text === undefined || text === '') continue
      if (CODE.has(key)) {
        if (key === 'loader_module' && /^mlflow(?:\.|$)/.test(text)) continue
        yield* code(key, text, at)
      } else if (MODELS.has(key)) {
        yield fact('edge.model', { target: text, role: key, form: pathForm(text) }, at)
      }
    }
  } finally {
    meter.release(length)
  }
}

/** A module is looked for in the folder `code` beside the description, where MLflow puts it. */
function* code(key: string, text: string, at: At): Generator<Emission> {
  const target = key === 'loader_module' ? `code/${text.replaceAll('.', '/')}.py` : text
  yield fact(
    'edge.code',
    { target, role: key.replaceAll('_', '-'), form: pathForm(target), repository: '' },
    at,
  )
}
