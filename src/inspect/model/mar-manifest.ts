import { readJson } from '../../codec/json.ts'
import { pathForm } from '../../codec/path-form.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'mar-manifest.model': {
    about: 'A TorchServe archive. `handler`: builtin, custom, or none.',
    fields: { handler: 'string', runtime: 'string', requirements: 'boolean' },
  },
}

/** Handlers that TorchServe brings along (`ts/torch_handler`). */
const BUILTIN = new Set(['image_classifier', 'object_detector', 'image_segmenter', 'text_classifier'])

/** `MAR-INF/MANIFEST.json`: what TorchServe runs, loads and installs when it serves the archive. */
export const marManifest: Inspector = {
  id: 'mar-manifest',
  detect: {
    probe: (head) => (/^\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString('latin1')) ? 'weak' : 'no'),
    suffix: ['mar-inf/manifest.json'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    yield* model(object(object(value).model), object(value))
  } finally {
    meter.release(bytes.size)
  }
}

async function* model(model: JsonObject, manifest: JsonObject): AsyncGenerator<Emission> {
  const handler = text(model.handler)
  // `name.py:function` names a function in the file.
  const file = handler.replace(/:[^:/\\]*$/, '')
  const builtin = BUILTIN.has(file)
  const requirements = text(model.requirementsFile)
  yield fact('mar-manifest.model', {
    handler: handler === '' ? 'none' : builtin ? 'builtin' : 'custom',
    runtime: text(manifest.runtime),
    requirements: requirements !== '',
  })
  const code: [string, string][] = [['model', text(model.modelFile)]]
  if (!builtin) code.unshift(['handler', file])
  for (const [role, target] of code) {
    if (target === '') continue
    yield edge('edge.code', target, role, `/model/${role === 'handler' ? 'handler' : 'modelFile'}`)
  }
  const serialized = text(model.serializedFile)
  if (serialized !== '') yield edge('edge.model', serialized, 'serialized', '/model/serializedFile')
  if (requirements !== '') yield edge('edge.requirements', requirements, 'model', '/model/requirementsFile')
}

function edge(kind: string, target: string, role: string, pointer: string) {
  const other = kind === 'edge.code' ? { repository: '' } : {}
  return fact(kind, { target, role, form: pathForm(target), ...other }, { pointer })
}

function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
