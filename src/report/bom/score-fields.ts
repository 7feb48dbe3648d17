import type { Bill, How, Part, PartKind } from './bill.ts'
import type { DocumentOptions } from './cyclonedx.ts'

export type State = How | 'absent'

/** A field of a list that bills are held against. `of` says what has it: the bill itself, or every part of some kinds. */
export interface Field {
  readonly cluster: string
  readonly name: string
  readonly of: 'bill' | readonly PartKind[]
  readonly state: (bill: Bill, options: DocumentOptions, part: Part | undefined) => State
  /** What fills it. */
  readonly add: string
}

export interface Framework {
  readonly id: string
  readonly title: string
  /** Weight of each cluster, where the list has weights; else every field counts the same. */
  readonly weights?: Readonly<Record<string, number>>
  readonly fields: readonly Field[]
}

const MODEL = ['model'] as const
const DATASET = ['dataset'] as const
const EVERY = ['model', 'dataset', 'plugin', 'prompt'] as const

const CARD = 'say it in the front matter of README.md'
const LOCK = 'list it in weighmaster.yaml and run weighmaster lock'

const always = (): State => 'measured'
const never = (): State => 'absent'

/** A property of a part: the best that is known of any of the names. */
const property =
  (...names: readonly string[]) =>
  (_bill: Bill, _options: DocumentOptions, part: Part | undefined): State => {
    const stated = names.flatMap((name) => part?.properties.get(name) ?? [])
    if (stated.some(({ how }) => how === 'measured')) return 'measured'
    return stated.length > 0 ? 'declared' : 'absent'
  }

/** Something that a part has or has not, and how it is known. */
const has =
  (how: How, test: (part: Part, bill: Bill) => boolean) =>
  (bill: Bill, _options: DocumentOptions, part: Part | undefined): State =>
    part !== undefined && test(part, bill) ? how : 'absent'

const author = (_bill: Bill, options: DocumentOptions): State =>
  options.author === undefined ? 'absent' : 'declared'

function hashes(_bill: Bill, _options: DocumentOptions, part: Part | undefined): State {
  const files = part?.files ?? []
  if (files.length === 0 || files.some(({ sha256 }) => sha256 === undefined)) return 'absent'
  return files.every(({ sha256 }) => sha256?.origin === 'computed') ? 'measured' : 'declared'
}

const signed = has('measured', ({ signatures }) => signatures.length > 0)
const producer = has(
  'declared',
  ({ origin, properties }) => origin?.publisher !== undefined || properties.has('author'),
)
const version = has('declared', (part) => part.version !== undefined)
const identifier = has('declared', ({ purl, origin }) => purl !== undefined || origin !== undefined)
const licence = has('declared', ({ licences }) => licences.length > 0)
const released = has('declared', ({ origin }) => origin?.created !== undefined)
const where = has('declared', ({ origin }) => origin !== undefined)
const named = has('measured', ({ name }) => name !== '')
const pedigree = has('declared', ({ ref }, { edges }) =>
  edges.some(({ from, role }) => from === ref && (role === 'base-model' || role === 'adapts')),
)
const security = has('measured', ({ gaps }) => gaps.length === 0)

const field = (cluster: string, name: string, of: Field['of'], state: Field['state'], add = ''): Field => ({
  cluster,
  name,
  of,
  state,
  add,
})

/** G7 and BSI, "SBOM for AI", 2026-05-12. */
export const G7: Framework = {
  id: 'g7',
  title: 'G7/BSI SBOM for AI (2026)',
  fields: [
    field('Metadata', 'author', 'bill', author, 'name who answers for the bill: --author'),
    field('Metadata', 'version', 'bill', always),
    field('Metadata', 'data format name and version', 'bill', always),
    field('Metadata', 'author signature', 'bill', never, 'sign the file: weighmaster attest'),
    field('Metadata', 'tool name and version', 'bill', always),
    field('Metadata', 'generation context', 'bill', always),
    field('Metadata', 'timestamp', 'bill', always),
    field('Metadata', 'dependency relationship', 'bill', always),
    field('System', 'name', 'bill', always),
    field(
      'System',
      'components',
      'bill',
      ({ parts }) => (parts.length > 0 ? 'measured' : 'absent'),
      'no model, dataset, plugin or prompt was met',
    ),
    field('System', 'producer', 'bill', author, 'name it: --author'),
    field('System', 'version', 'bill', never, 'no source for it is read yet'),
    field('System', 'data flow and usage', 'bill', never, 'describe it beside the bill'),
    field('System', 'intended application area', 'bill', never, 'describe it beside the bill'),
    field('Models', 'name', MODEL, named),
    field('Models', 'identifier', MODEL, identifier, LOCK),
    field('Models', 'version', MODEL, version, LOCK),
    field('Models', 'timestamp', MODEL, released, LOCK),
    field('Models', 'producer', MODEL, producer, LOCK),
    field('Models', 'description', MODEL, property('description'), CARD),
    field('Models', 'hash value and algorithm', MODEL, hashes, 'pull what is locked, so that it is hashed'),
    field(
      'Models',
      'properties: architecture',
      MODEL,
      property('architecture', 'model-type'),
      'keep config.json beside the weights',
    ),
    field(
      'Models',
      'properties: parameters',
      MODEL,
      property('parameters', 'stored-elements'),
      'use a format whose header has the tensors: safetensors, GGUF, ONNX',
    ),
    field(
      'Models',
      'input and output properties',
      MODEL,
      property('input', 'output', 'context-length', 'task'),
      CARD,
    ),
    field('Models', 'training properties', MODEL, property('dataset', 'approach'), `${CARD} (datasets)`),
    field('Models', 'licence', MODEL, licence, CARD),
    field('Models', 'external references', MODEL, where, LOCK),
    field('Datasets', 'name', DATASET, named),
    field('Datasets', 'description', DATASET, property('description'), CARD),
    field('Datasets', 'content', DATASET, property('task', 'modality', 'column', 'columns'), CARD),
    field('Datasets', 'identifier', DATASET, identifier, LOCK),
    field('Datasets', 'hash', DATASET, hashes, 'pull what is locked, so that it is hashed'),
    field('Datasets', 'provenance', DATASET, where, LOCK),
    field('Datasets', 'statistical properties', DATASET, property('rows', 'size'), CARD),
    field('Datasets', 'sensitivity', DATASET, property('sensitive-data'), CARD),
    field('Datasets', 'licence', DATASET, licence, CARD),
    field('Infrastructure', 'software', MODEL, property('library'), `${CARD} (library_name)`),
    field('Infrastructure', 'hardware', MODEL, property('hardware'), 'describe it beside the bill'),
    field(
      'Security',
      'security controls: verified signature',
      EVERY,
      signed,
      'have it signed: weighmaster sign, or the signing of its service',
    ),
    field(
      'Security',
      'vulnerability referencing: inspected in full',
      EVERY,
      security,
      'see weighmaster scan: something was not inspected',
    ),
    field('KPI', 'operational performance', MODEL, property('metric'), `${CARD} (model-index)`),
  ],
}

/** CISA, minimum elements for an SBOM, draft of 2025-08-22. */
export const CISA: Framework = {
  id: 'cisa-2025',
  title: 'CISA minimum elements (2025 draft)',
  fields: [
    field('Bill', 'SBOM author', 'bill', author, 'name who answers for the bill: --author'),
    field('Bill', 'tool name', 'bill', always),
    field('Bill', 'timestamp', 'bill', always),
    field('Bill', 'generation context', 'bill', always),
    field('Component', 'software producer', EVERY, producer, LOCK),
    field('Component', 'component name', EVERY, named),
    field('Component', 'component version', EVERY, version, LOCK),
    field('Component', 'software identifier', EVERY, identifier, LOCK),
    field(
      'Component',
      'component hash and algorithm',
      EVERY,
      hashes,
      'pull what is locked, so that it is hashed',
    ),
    field('Component', 'licence', EVERY, licence, CARD),
    field('Component', 'dependency relationship', EVERY, always),
  ],
}

/** Fields that the OWASP AIBOM generator scores, with the weights of its categories. Hashes are not among them. */
export const OWASP: Framework = {
  id: 'owasp-aibom',
  title: 'OWASP AIBOM fields',
  weights: { Required: 20, Metadata: 20, Component: 20, 'Model card': 30, References: 10 },
  fields: [
    field('Required', 'bomFormat, specVersion, serialNumber, version', 'bill', always),
    field('Metadata', 'primaryPurpose', MODEL, always),
    field('Metadata', 'suppliedBy', MODEL, producer, LOCK),
    field('Metadata', 'standardCompliance', MODEL, property('standard'), CARD),
    field('Metadata', 'domain', MODEL, property('task', 'domain'), `${CARD} (pipeline_tag)`),
    field('Metadata', 'autonomyType', MODEL, property('autonomy'), CARD),
    field('Component', 'name', MODEL, named),
    field('Component', 'type', MODEL, always),
    field('Component', 'component_version', MODEL, version, LOCK),
    field(
      'Component',
      'purl',
      MODEL,
      has('declared', ({ purl }) => purl !== undefined),
      LOCK,
    ),
    field('Component', 'description', MODEL, property('description'), CARD),
    field('Component', 'licenses', MODEL, licence, CARD),
    field(
      'Model card',
      'typeOfModel',
      MODEL,
      property('architecture', 'model-type'),
      'keep config.json beside the weights',
    ),
    field(
      'Model card',
      'hyperparameter',
      MODEL,
      property('parameters', 'layers', 'hidden-size', 'heads'),
      'keep config.json beside the weights',
    ),
    field(
      'Model card',
      'context_length',
      MODEL,
      property('context-length'),
      'keep config.json beside the weights',
    ),
    field('Model card', 'vocab_size', MODEL, property('vocabulary'), 'keep config.json beside the weights'),
    field(
      'Model card',
      'quantization',
      MODEL,
      property('quantization', 'dtype'),
      'use a format whose header has the tensors',
    ),
    field('Model card', 'datasets', MODEL, property('dataset'), `${CARD} (datasets)`),
    field('Model card', 'metric', MODEL, property('metric'), `${CARD} (model-index)`),
    field('Model card', 'intendedUse', MODEL, property('use-case'), CARD),
    field('Model card', 'technicalLimitations', MODEL, property('limitation'), CARD),
    field('Model card', 'ethicalConsiderations', MODEL, property('ethical-consideration'), CARD),
    field(
      'Model card',
      'informationAboutTraining',
      MODEL,
      property('dataset', 'base-model', 'approach'),
      `${CARD} (base_model, datasets)`,
    ),
    field(
      'Model card',
      'energyConsumption',
      MODEL,
      property('energy', 'co2-emissions'),
      `${CARD} (co2_eq_emissions)`,
    ),
    field('References', 'downloadLocation', MODEL, where, LOCK),
    field('References', 'website, vcs or paper', MODEL, property('url', 'paper'), CARD),
    field('References', 'ancestors', MODEL, pedigree, `${CARD} (base_model)`),
  ],
}

export const FRAMEWORKS = [G7, CISA, OWASP] as const
