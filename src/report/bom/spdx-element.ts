import type { JsonObject } from '../../model/fact.ts'
import { printable } from '../printable.ts'
import { type BillFile, type BillFinding, type External, first, type Part, type Properties } from './bill.ts'
import { sourceUrl } from './cyclonedx-component.ts'
import { metricParts } from './model-card.ts'

/** The identifier of what the bill calls by a reference. */
export type Ids = (ref: string) => string

/** The one record of how the bill was made. */
export const CREATION = '_:creationinfo'

/** Properties that have a field of their own in an AI package; the others are hyperparameters. */
const OWN_FIELD = new Set([
  ...[
    'task',
    'model-type',
    'architecture',
    'metric',
    'dataset',
    'base-model',
    'licence',
    'author',
    'description',
  ],
  ...['version', 'url', 'use-case', 'limitation', 'name', 'tag', 'language', 'input', 'output'],
])

/** The package of a part, and a note that says of every property where it comes from. */
export function* spdxPart(part: Part, ids: Ids): Generator<JsonObject> {
  yield { ...packageOf(part, ids), ...ownProperties(part, ids) }
  const statement = provenance(part)
  if (statement === '') return
  yield {
    type: 'Annotation',
    spdxId: ids(`annotation:${part.ref}`),
    creationInfo: CREATION,
    annotationType: 'other',
    subject: ids(part.ref),
    contentType: 'text/plain',
    statement,
  }
}

const TYPES = {
  model: { type: 'ai_AIPackage', purpose: 'model' },
  dataset: { type: 'dataset_DatasetPackage', purpose: 'data' },
  plugin: { type: 'software_Package', purpose: 'library' },
  prompt: { type: 'software_Package', purpose: 'configuration' },
} as const

function packageOf(part: Part, ids: Ids): JsonObject {
  const { kind, origin, name, group, version, purl, properties, files, tools, treeDigest } = part
  const { type, purpose } = TYPES[kind]
  const url = origin ? sourceUrl(kind, origin) : undefined
  const created = timeOf(origin?.created)
  const only = files.length === 1 ? files[0] : undefined
  const comments = [
    ...(created
      ? ['releaseTime is when the source was created at its service, not this revision of it.']
      : []),
    ...(treeDigest ? [`Tree digest of its files: sha256 ${treeDigest}.`] : []),
  ]
  const description = first(properties, 'description')?.value
  return {
    type,
    spdxId: ids(part.ref),
    creationInfo: CREATION,
    name: group === undefined ? name : `${group}/${name}`,
    ...(description ? { description } : {}),
    ...(comments.length === 0 ? {} : { comment: comments.join(' ') }),
    ...(origin?.publisher ? { suppliedBy: ids(`agent:${origin.publisher}`) } : {}),
    ...(created ? { releaseTime: created } : {}),
    ...(version === undefined ? {} : { software_packageVersion: version }),
    ...(url ? { software_downloadLocation: url } : {}),
    ...(purl ? { software_packageUrl: purl } : {}),
    software_primaryPurpose: kind === 'plugin' && tools.length > 0 ? 'application' : purpose,
    ...(only?.sha256 ? verifiedBy(only) : {}),
    ...signatureRefs(part),
  }
}

function ownProperties(part: Part, ids: Ids): JsonObject {
  if (part.kind === 'model') return aiProperties(part.properties)
  return part.kind === 'dataset' ? datasetProperties(part, ids) : {}
}

function aiProperties(properties: Properties): JsonObject {
  const values = (name: string) => (properties.get(name) ?? []).map(({ value }) => value)
  const typeOfModel = [...values('architecture'), ...values('model-type')]
  const others = [...properties].filter(([name]) => !OWN_FIELD.has(name))
  const metrics = values('metric').map((value) => metricParts(value))
  const [training, application] = [values('dataset'), values('use-case')]
  return {
    ...list('ai_typeOfModel', typeOfModel),
    ...list('ai_domain', values('task')),
    ...list(
      'ai_hyperparameter',
      others.map(([key, all]) => entry(key, all.map(({ value }) => value).join(', '))),
    ),
    ...list(
      'ai_metric',
      metrics.map(({ type, value }) => entry(type, value)),
    ),
    ...(training.length === 0 ? {} : { ai_informationAboutTraining: `Datasets: ${training.join(', ')}` }),
    ...(application.length === 0 ? {} : { ai_informationAboutApplication: application.join(' ') }),
    ...(values('limitation').length === 0 ? {} : { ai_limitation: values('limitation').join(' ') }),
  }
}

function entry(key: string, value: string | undefined): JsonObject {
  return { type: 'DictionaryEntry', key, ...(value === undefined ? {} : { value }) }
}

function list(name: string, values: readonly (string | JsonObject)[]): JsonObject {
  return values.length === 0 ? {} : { [name]: values }
}

const TABLES = new Set(['parquet', 'arrow', 'csv', 'tsv', 'orc', 'avro', 'feather', 'sqlite', 'duckdb'])

function datasetProperties({ files, formats, origin, properties }: Part, ids: Ids): JsonObject {
  const sensitive = properties.has('sensitive-data')
  const built = timeOf(first(properties, 'built')?.value)
  return {
    dataset_datasetType: [formats.some((f) => TABLES.has(f)) ? 'structured' : 'noAssertion'],
    dataset_datasetSize: files.reduce((sum, { size = 0 }) => sum + size, 0),
    ...(origin?.publisher ? { originatedBy: [ids(`agent:${origin.publisher}`)] } : {}),
    ...(built ? { builtTime: built } : {}),
    ...(sensitive ? { dataset_hasSensitivePersonalInformation: 'yes' } : {}),
  }
}

export function spdxFile(file: BillFile, ids: Ids): JsonObject {
  const claimed =
    file.sha256?.origin === 'claimed' ? ['The SHA-256 is what the lock says; it was not computed.'] : []
  const gaps = file.gaps.length === 0 ? [] : [`Not inspected in full: ${file.gaps.join(', ')}.`]
  const comments = [...claimed, ...gaps]
  return {
    type: 'software_File',
    spdxId: ids(file.ref),
    creationInfo: CREATION,
    name: file.path,
    ...(comments.length === 0 ? {} : { comment: comments.join(' ') }),
    ...(file.sha256 ? verifiedBy(file) : {}),
    software_primaryPurpose: 'file',
    software_fileKind: 'file',
  }
}

function verifiedBy({ sha256 }: BillFile): JsonObject {
  return { verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: sha256?.hex ?? '' }] }
}

/** A plain package: what the AI and Dataset profiles ask for is not known of something that is only named. */
export function spdxExternal(external: External, ids: Ids): JsonObject {
  const { kind, ref, group, name, version, purl, occurrences } = external
  const purposes = { model: 'model', dataset: 'data', library: 'library' } as const
  const places = occurrences.map(({ path, at, symbol }) =>
    [path, at && 'offset' in at ? `byte ${at.offset}` : '', symbol ?? ''].filter(Boolean).join(' '),
  )
  return {
    type: 'software_Package',
    spdxId: ids(ref),
    creationInfo: CREATION,
    name: group === undefined ? name : `${group}/${name}`,
    comment: `Named by a part of this bill; not among its files. ${places.join('; ')}`.trim(),
    ...(version === undefined ? {} : { software_packageVersion: version }),
    ...(purl ? { software_packageUrl: purl } : {}),
    software_primaryPurpose: purposes[kind],
  }
}

/** Identifiers of our own: a rule is no entry of a public database. */
export function spdxFinding({ finding }: BillFinding, ids: Ids): JsonObject {
  const identifier = (externalIdentifierType: string, text: string) => ({
    type: 'ExternalIdentifier',
    externalIdentifierType,
    identifier: text,
  })
  return {
    type: 'security_Vulnerability',
    spdxId: ids(`finding:${finding.fingerprint}`),
    creationInfo: CREATION,
    name: `weighmaster:${finding.rule}`,
    summary: printable(finding.title),
    description: printable(`${finding.message} (${finding.severity}, in ${finding.path})`),
    externalIdentifier: [
      identifier('securityOther', `weighmaster:${finding.rule}`),
      ...finding.taxonomies.cve.map((id) => identifier('cve', id)),
    ],
  }
}

function signatureRefs({ signatures }: Part): JsonObject {
  const refs = signatures.map(({ file, method, identity, issuer, fingerprint }) => ({
    type: 'ExternalRef',
    externalRefType: 'secureSoftwareAttestation',
    locator: [file === '' ? fingerprint : file],
    comment: `${method}, verified: ${[identity || fingerprint, issuer].filter(Boolean).join(', ')}`,
  }))
  return refs.length === 0 ? {} : { externalRef: refs }
}

/** What is measured and what is declared, by whom; and what a plugin may do. */
function provenance({ properties, capabilities, tools, licences }: Part): string {
  const stated = [...properties].flatMap(([name, all]) =>
    all.map(({ value, how, by }) => `${how}: ${name} = ${value} (${by})`),
  )
  return [
    ...stated,
    ...licences.map(({ text, how, by }) => `${how}: licence = ${text} (${by})`),
    ...tools.map((tool) => `tool: ${tool}`),
    ...capabilities.map(({ basis, name, scope, tool }) =>
      [`capability ${basis}:`, name, scope, tool].filter(Boolean).join(' '),
    ),
  ].join('\n')
}

/** SPDX times have seconds and end in Z. */
function timeOf(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
