import type { At, JsonObject } from '../../model/fact.ts'
import type { Bill, BillFile, External, Occurrence, Part } from './bill.ts'
import { first } from './bill.ts'
import { type Citations, serviceRef, TOOL_REF } from './citations.ts'
import type { Licence } from './licence.ts'
import { modelCard } from './model-card.ts'
import { cite, named, statedProperties, type Writing } from './writing.ts'

/** Occurrences written for one component; a bill names things, the report has every place. */
const OCCURRENCES = 32

/** A part without its files. `at` is its pointer in the document. */
export function partComponent(part: Part, at: string, writing: Writing): JsonObject {
  const { citations, isLatest } = writing
  const { origin, licences, files } = part
  const only = files.length === 1 ? files[0] : undefined
  if (origin) {
    const by = { how: 'declared' as const, by: origin.endpoint }
    for (const field of ['version', ...(origin.publisher ? ['supplier'] : [])])
      citations.add(`${at}/${field}`, by)
  } else
    cite(
      citations,
      `${at}/version`,
      part.version === undefined ? undefined : first(part.properties, 'version'),
    )
  for (const [i, licence] of licences.entries()) citations.add(`${at}/licenses/${i}`, licence)
  const description = first(part.properties, 'description')
  cite(citations, `${at}/description`, description)
  return {
    type: typeOf(part),
    'bom-ref': part.ref,
    ...(origin?.publisher ? { supplier: { name: origin.publisher } } : {}),
    ...authorsOf(part, at, citations),
    ...(part.group === undefined ? {} : { group: part.group }),
    name: part.name,
    ...(part.version === undefined ? {} : { version: part.version }),
    ...(description ? { description: description.value } : {}),
    ...(only ? hashesOf(only, at, citations) : {}),
    ...(licences.length === 0
      ? {}
      : { licenses: licences.map((l) => licenceChoice(l, isLatest || licences.length === 1)) }),
    ...(part.purl ? { purl: part.purl } : {}),
    ...pedigree(part, at, writing),
    ...references(part),
    ...evidence(part),
    ...(part.kind === 'model' ? modelCard(part, `${at}/modelCard`, writing) : {}),
    ...(part.kind === 'dataset' || part.kind === 'prompt' ? { data: [dataOf(part)] } : {}),
    properties: partProperties(part),
  }
}

export function fileComponent(file: BillFile, at: string, citations: Citations): JsonObject {
  const { size, format, locked, gaps, sha256 } = file
  return {
    type: 'file',
    'bom-ref': file.ref,
    name: file.name,
    ...hashesOf(file, at, citations),
    properties: [
      named('path', file.path),
      ...(size === undefined ? [] : [named('size', String(size))]),
      ...(format === '' ? [] : [named('format', format)]),
      ...(sha256 ? [named('hash-origin', sha256.origin)] : []),
      ...(locked ? [named('locked-sha256', locked)] : []),
      ...gaps.map((gap) => named('not-inspected', gap)),
      ...statedProperties(file.properties),
    ],
  }
}

export function externalComponent(external: External, { isLatest }: Writing): JsonObject {
  const { kind, ref, name, group, version, purl, occurrences } = external
  return {
    type: EXTERNAL_TYPES[kind],
    'bom-ref': ref,
    ...(group === undefined ? {} : { group }),
    name,
    ...(version === undefined ? {} : { version }),
    ...(isLatest ? { isExternal: true } : {}),
    ...(purl ? { purl } : {}),
    ...(occurrences.length === 0
      ? {}
      : { evidence: { occurrences: occurrences.map((o) => occurrenceOf(o)) } }),
    ...(kind === 'dataset' ? { data: [{ type: 'dataset', name }] } : {}),
    properties: [named('external', 'named by a part of this bill; not among its files')],
  }
}

const EXTERNAL_TYPES = { model: 'machine-learning-model', dataset: 'data', library: 'library' } as const

/** There is no type for plugins: one that offers tools runs as an application, another is loaded as a library. */
function typeOf({ kind, tools }: Part): string {
  if (kind === 'model') return 'machine-learning-model'
  if (kind === 'plugin') return tools.length > 0 ? 'application' : 'library'
  return 'data'
}

function hashesOf({ sha256, path }: BillFile, at: string, citations: Citations): JsonObject {
  if (!sha256) return {}
  if (sha256.origin === 'computed') citations.add(`${at}/hashes`, { how: 'measured', by: path })
  return { hashes: [{ alg: 'SHA-256', content: sha256.hex }] }
}

/** Before 1.7 an expression stands alone; beside other licences it is only a name. */
function licenceChoice({ form, text }: Licence, mayExpress: boolean): JsonObject {
  const acknowledgement = 'declared'
  if (form === 'expression' && mayExpress) return { expression: text, acknowledgement }
  return { license: { ...(form === 'id' ? { id: text } : { name: text }), acknowledgement } }
}

function authorsOf({ properties }: Part, at: string, citations: Citations): JsonObject {
  const authors = properties.get('author') ?? []
  for (const [i, author] of authors.entries()) citations.add(`${at}/authors/${i}`, author)
  return authors.length === 0 ? {} : { authors: authors.map(({ value }) => ({ name: value })) }
}

function pedigree(part: Part, at: string, { edgesFrom, byRef, citations }: Writing): JsonObject {
  const edges = (edgesFrom.get(part.ref) ?? []).filter(
    ({ role }) => role === 'base-model' || role === 'adapts',
  )
  const bases = edges.flatMap(({ to }) => byRef.get(to) ?? [])
  if (bases.length === 0) return {}
  for (const [i, base] of bases.entries()) {
    const id = base.group === undefined ? base.name : `${base.group}/${base.name}`
    cite(
      citations,
      `${at}/pedigree/ancestors/${i}`,
      part.properties.get('base-model')?.find((s) => s.value === id),
    )
  }
  const ancestors = bases.map(({ group, name, version, purl }) => ({
    type: 'machine-learning-model',
    ...(group === undefined ? {} : { group }),
    name,
    ...(version === undefined ? {} : { version }),
    ...(purl ? { purl } : {}),
  }))
  const adapter = edges.some(({ role }) => role === 'adapts')
  return {
    pedigree: { ancestors, notes: adapter ? 'An adapter for its ancestor.' : 'Made from its ancestors.' },
  }
}

/** Where it was taken from, and the signatures that hold. */
function references({ kind, origin, properties, signatures, files }: Part): JsonObject {
  const found: JsonObject[] = []
  const url = origin ? sourceUrl(kind, origin) : undefined
  if (url) found.push({ type: 'distribution', url })
  const page = first(properties, 'url')?.value
  if (page && /^https?:/.test(page) && URL.canParse(page))
    found.push({ type: 'website', url: new URL(page).href })
  const card = files.find(({ name }) => /^README\.md$/i.test(name))
  if (card && kind === 'model')
    found.push({ type: 'model-card', url: encodeURI(card.path), ...cardHash(card) })
  for (const { file, method, identity, issuer, fingerprint } of signatures) {
    const place =
      file === '' ? `urn:weighmaster:signature:${encodeURIComponent(fingerprint)}` : encodeURI(file)
    const who = [identity || fingerprint, issuer === '' ? '' : `vouched for by ${issuer}`].join(' ').trim()
    found.push({ type: 'digital-signature', url: place, comment: `${method}, verified: ${who}` })
  }
  return found.length === 0 ? {} : { externalReferences: found }
}

function cardHash({ sha256 }: BillFile): JsonObject {
  return sha256 ? { hashes: [{ alg: 'SHA-256', content: sha256.hex }] } : {}
}

/** The page of a repository at its service; undefined where the reference is none of the web. */
export function sourceUrl(
  kind: Part['kind'],
  { endpoint, id, reference }: NonNullable<Part['origin']>,
): string | undefined {
  if (!/^https?:/.test(endpoint) || !URL.canParse(endpoint)) return undefined
  const dataset = kind === 'dataset' && reference.startsWith('hf:') ? 'datasets/' : ''
  return /^https?:/.test(id) ? id : `${endpoint.replace(/\/+$/, '')}/${dataset}${encodeURI(id)}`
}

/** The files were held against the lock, and where each property was read. */
function evidence({ treeDigest, gaps, files, properties }: Part): JsonObject {
  const same = files.every(({ sha256, locked }) => sha256?.origin === 'computed' && locked === undefined)
  const isHeld = treeDigest !== undefined && files.length > 0 && same && !gaps.includes('missing')
  const identity = { field: 'hash', confidence: 1, concludedValue: treeDigest ?? '', tools: [TOOL_REF] }
  const methods = [
    { technique: 'hash-comparison', confidence: 1, value: 'every file has the SHA-256 that is locked' },
  ]
  const places = [...properties].flatMap(([name, all]) =>
    all.map(({ by, at, how }) => occurrenceOf({ path: by, ...(at ? { at } : {}) }, `${name} (${how})`)),
  )
  const occurrences = uniqueOf(places).slice(0, OCCURRENCES)
  if (!isHeld && occurrences.length === 0) return {}
  return {
    evidence: {
      ...(isHeld ? { identity: [{ ...identity, methods }] } : {}),
      ...(occurrences.length === 0 ? {} : { occurrences }),
    },
  }
}

function uniqueOf(items: readonly JsonObject[]): JsonObject[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}

function occurrenceOf({ path, at, symbol }: Occurrence, context = ''): JsonObject {
  return {
    location: path,
    ...placeOf(at),
    ...(symbol === undefined ? {} : { symbol }),
    ...(context === '' ? {} : { additionalContext: context }),
  }
}

function placeOf(at: At | undefined): JsonObject {
  if (at === undefined || 'pointer' in at) return {}
  return 'line' in at ? { line: at.line } : { offset: at.offset }
}

function dataOf(part: Part): JsonObject {
  const url = part.origin ? sourceUrl(part.kind, part.origin) : undefined
  const description = first(part.properties, 'description')?.value
  const sensitive = part.properties.get('sensitive-data') ?? []
  const bytes = part.files.reduce((sum, { size = 0 }) => sum + size, 0)
  return {
    type: part.kind === 'dataset' ? 'dataset' : 'definition',
    name: part.name,
    contents: {
      ...(url ? { url } : {}),
      properties: [named('files', String(part.files.length)), named('bytes', String(bytes))],
    },
    ...(sensitive.length === 0 ? {} : { sensitiveData: sensitive.map(({ value }) => value) }),
    ...(description ? { description } : {}),
    ...(part.origin?.publisher
      ? { governance: { owners: [{ organization: { name: part.origin.publisher } }] } }
      : {}),
  }
}

function partProperties(part: Part): JsonObject[] {
  const { origin, treeDigest, tools, capabilities, formats, gaps, kind, properties } = part
  return [
    named('path', part.path),
    named('kind', kind),
    ...(origin ? [named('reference', origin.reference)] : []),
    ...(treeDigest ? [named('tree-digest', treeDigest)] : []),
    ...formats.map((format) => named('format', format)),
    ...tools.map((tool) => named('tool', tool)),
    ...capabilities.map(({ name, scope, tool, basis }) =>
      named(
        `capability:${basis}`,
        [name, scope, tool === '' ? '' : `tool ${tool}`].filter(Boolean).join(' '),
      ),
    ),
    ...gaps.map((gap) => named('not-inspected', gap)),
    ...(kind === 'model' ? [] : statedProperties(properties)),
  ]
}

/** The services that the lock was resolved at, so that what they say can be attributed to them. */
export function servicesOf({ parts }: Bill): JsonObject[] {
  const endpoints = new Set(parts.flatMap(({ origin }) => (origin?.endpoint ? [origin.endpoint] : [])))
  return [...endpoints].map((endpoint) => ({
    'bom-ref': serviceRef(endpoint),
    name: endpoint,
    ...(URL.canParse(endpoint) ? { endpoints: [endpoint] } : {}),
  }))
}
