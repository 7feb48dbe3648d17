import { createHash } from 'node:crypto'
import { frontMatter } from '../../codec/front-matter.ts'
import { isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { licenceId } from '../../codec/licence/identifiers.ts'
import { pathForm } from '../../codec/path-form.ts'
import { textEncoding } from '../../codec/text.ts'
import { readYamlValues } from '../../codec/yaml.ts'
import { LICENCE_FACTS } from '../../model/card-facts.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { PROPERTY_FACTS, property } from '../../model/property-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'card.document': {
    about: 'The card of a model, dataset or Space: what its publisher says of it.',
    fields: { of: 'string' },
  },
  'card.gated': {
    about: 'Access is by terms; `digest` is the SHA-256 of their text and of the fields that are asked for.',
    fields: { digest: 'string' },
  },
  'card.without-licence': { about: 'A card that names no licence.', fields: { of: 'string' } },
  'card.malformed': {
    about:
      'Settings at the head of a card that are no YAML, or a key twice: readers differ in what they take.',
    fields: { trouble: 'string' },
  },
  'card.runs-code': {
    about: 'The card tells its readers, or a loader, to run code of the repository (`trust_remote_code`).',
    fields: { where: 'string' },
  },
  ...LICENCE_FACTS,
  ...EDGE_DATA,
  ...PROPERTY_FACTS,
}

const BYTES = 4 * 1024 * 1024
/** Keys that only cards of datasets have. */
const OF_DATASETS = [
  'configs',
  'dataset_info',
  'task_categories',
  'size_categories',
  'annotations_creators',
  'source_datasets',
]
const OF_MODELS = [
  'pipeline_tag',
  'library_name',
  'base_model',
  'model-index',
  'datasets',
  'metrics',
  'inference',
  'widget',
]
const OF_BOTH = [
  'license',
  'licence',
  'tags',
  'language',
  'extra_gated_prompt',
  'extra_gated_fields',
  'pretty_name',
]

/** Cards of models and datasets on the Hugging Face Hub: the settings at the head of README.md. The text below them others read. */
export const card: Inspector = {
  id: 'card',
  detect: {
    probe: (head, _tail, size) =>
      size > 0 && textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no',
    name: ['readme.md', '.huggingface.yaml'],
    suffix: ['/readme.md', '/.huggingface.yaml'],
    onlyNamed: true,
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes, artifact }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const length = Math.min(bytes.size, BYTES)
  meter.hold(length)
  try {
    const text = Buffer.from(await bytes.read(0, length)).toString()
    const isSettings = artifact.name.toLowerCase().endsWith('.yaml')
    const { head, syntax, body } = isSettings ? { head: text, syntax: 'yaml', body: '' } : frontMatter(text)
    if (head === undefined || syntax !== 'yaml') return
    const { documents, errors, duplicates } = await readYamlValues(head)
    const settings = objectOf(documents[0])
    const of = cardOf(settings)
    if (of === undefined && !isSettings) return
    yield fact('card.document', { of: of ?? 'dataset' })
    if (errors > 0) yield fact('card.malformed', { trouble: 'syntax' })
    for (const pointer of duplicates) {
      if (/^\/(?:license|licence|configs|base_model)$/.test(pointer)) {
        yield fact('card.malformed', { trouble: 'duplicate' }, { pointer })
      }
    }
    yield* licences(settings, of ?? 'dataset', isSettings)
    yield* gate(settings)
    yield* dataFiles(settings)
    if (of !== 'space') for (const draft of properties(settings)) yield { type: 'fact', ...draft }
    if (/\btrust_remote_code\s*=\s*True\b/.test(body)) yield fact('card.runs-code', { where: 'text' })
  } finally {
    meter.release(length)
  }
}

function cardOf(settings: JsonObject): 'model' | 'dataset' | 'space' | undefined {
  const has = (keys: readonly string[]) => keys.some((key) => settings[key] !== undefined)
  if (typeof settings.sdk === 'string') return 'space'
  if (has(OF_DATASETS)) return 'dataset'
  return has(OF_MODELS) || has(OF_BOTH) ? 'model' : undefined
}

async function* licences(settings: JsonObject, of: string, isSettings: boolean): AsyncGenerator<Emission> {
  const declared = textsOf(settings.license ?? settings.licence ?? [])
  const name = textOf(settings.license_name).slice(0, 200)
  const link = textOf(settings.license_link).slice(0, 300)
  for (const value of declared.slice(0, 100)) {
    const { id, form } = await licenceId(value)
    yield fact('licence.declared', { id: id.slice(0, 200), form, name, link })
    const shown = form === 'other' && name !== '' ? name : id
    for (const draft of property('licence', shown, 'declared')) yield { type: 'fact', ...draft }
  }
  if (declared.length === 0 && of !== 'space' && !isSettings) yield fact('card.without-licence', { of })
}

/** What whoever wants access has to agree to, as the Hub shows it: another text is another agreement. */
function* gate(settings: JsonObject): Generator<Emission> {
  const parts = Object.entries(settings).filter(([key]) => key.startsWith('extra_gated_'))
  if (parts.length === 0) return
  const terms = JSON.stringify(parts.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  yield fact('card.gated', { digest: `sha256:${createHash('sha256').update(terms).digest('hex')}` })
}

/** Files and patterns that `load_dataset` opens; whole URLs, other repositories and chained file systems are followed too. */
function* dataFiles(settings: JsonObject): Generator<Emission> {
  for (const config of listOf(settings.configs)) {
    const { data_files: files, data_dir: folder } = objectOf(config)
    for (const target of [...patterns(files), ...textsOf(folder)].slice(0, 10_000)) {
      const form = pathForm(target)
      // Patterns inside the repository are the ordinary case, and nothing to hold them against.
      if (form === 'plain' || form === 'subfolder') continue
      yield fact('edge.data', { target: target.slice(0, 300), role: 'card-data-files', form })
    }
  }
}

function patterns(files: Json | undefined): string[] {
  if (typeof files === 'string') return [files]
  if (Array.isArray(files)) return files.flatMap((item: Json) => patterns(item))
  if (!isObject(files)) return []
  const { path } = files
  return path === undefined ? Object.values(files).flatMap(patterns) : patterns(path)
}

const PROPERTIES: readonly (readonly [string, readonly string[]])[] = [
  ['name', ['model_name', 'pretty_name']],
  ['language', ['language']],
  ['task', ['pipeline_tag', 'task_categories']],
  ['library', ['library_name']],
  ['base-model', ['base_model']],
  ['dataset', ['datasets', 'source_datasets']],
  ['metric', ['metrics']],
  ['tag', ['tags']],
]
const EACH = 200

function* properties(settings: JsonObject) {
  for (const [name, keys] of PROPERTIES) {
    const values = new Set(keys.flatMap((key) => textsOf(settings[key] ?? [])))
    for (const value of [...values].slice(0, EACH)) yield* property(name, value, 'declared')
  }
}
