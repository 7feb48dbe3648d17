import { createHash } from 'node:crypto'
import type { JsonObject } from '../../model/fact.ts'
import { safeJson } from '../printable.ts'
import type { Bill, BillEdge, Part } from './bill.ts'
import { type DocumentOptions, uuidOf } from './cyclonedx.ts'
import { Conformance, NO_ASSERTION_LICENCE, NONE_LICENCE } from './spdx-conformance.ts'
import { CREATION, type Ids, spdxExternal, spdxFile, spdxFinding, spdxPart } from './spdx-element.ts'

const CONTEXT = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld'

/**
 * SPDX 3.0.1 (JSON-LD) with the AI and Dataset profiles, in pieces. Conformance to a profile is claimed only where every package has
 * what it demands; the document comes last, because only then that is known. The identifiers are derived from the content.
 */
export function* spdx(bill: Bill, options: DocumentOptions): Generator<string> {
  const hash = createHash('sha256')
  for (const element of elements(bill, { ...options, timestamp: '' }, 'urn:x')) hash.update(safeJson(element))
  const namespace = `urn:uuid:${uuidOf(hash.digest())}`
  yield `{\n  "@context": "${CONTEXT}",\n  "@graph": [`
  let separator = '\n    '
  for (const element of elements(bill, options, namespace)) {
    yield `${separator}${safeJson(element)}`
    separator = ',\n    '
  }
  yield '\n  ]\n}\n'
}

function* elements(bill: Bill, options: DocumentOptions, namespace: string): Generator<JsonObject> {
  const conformance = new Conformance()
  const ids: Ids = (ref) => `${namespace}#${encodeURIComponent(ref)}`
  const listed: string[] = []
  for (const element of content(bill, options, ids)) {
    conformance.see(element)
    if (element.type !== 'CreationInfo') listed.push(String(element.spdxId))
    yield element
  }
  const profileConformance = [
    ...['core', 'software', 'simpleLicensing'],
    ...(conformance.holds('ai') ? ['ai'] : []),
    ...(conformance.holds('dataset') ? ['dataset'] : []),
    ...(bill.findings.length > 0 ? ['security'] : []),
  ]
  const sbom = {
    type: 'software_Sbom',
    spdxId: ids('sbom'),
    creationInfo: CREATION,
    name: `Bill of materials of ${bill.subject.name}`,
    rootElement: [ids(bill.subject.ref)],
    element: listed,
    software_sbomType: ['analyzed'],
    profileConformance,
  }
  yield sbom
  yield {
    type: 'SpdxDocument',
    spdxId: ids('document'),
    creationInfo: CREATION,
    name: sbom.name,
    rootElement: [sbom.spdxId],
    element: [sbom.spdxId, ...listed],
    profileConformance,
  }
}

function* content(bill: Bill, { timestamp, author }: DocumentOptions, ids: Ids): Generator<JsonObject> {
  const { tool, subject, parts, files, externals, edges, findings } = bill
  const made = { creationInfo: CREATION }
  const by = author === undefined ? 'agent:weighmaster' : 'agent:author'
  yield {
    type: 'CreationInfo',
    '@id': CREATION,
    specVersion: '3.0.1',
    created: timestamp,
    createdBy: [ids(by)],
    createdUsing: [ids('tool')],
  }
  yield author === undefined
    ? { type: 'SoftwareAgent', spdxId: ids(by), ...made, name: tool.name }
    : { type: 'Agent', spdxId: ids(by), ...made, name: author }
  const name = `${tool.name} ${tool.version}`
  yield { type: 'Tool', spdxId: ids('tool'), ...made, name, comment: `rules ${tool.rulesDigest}` }
  const publishers = new Set(parts.flatMap(({ origin }) => (origin?.publisher ? [origin.publisher] : [])))
  for (const publisher of publishers)
    yield { type: 'Agent', spdxId: ids(`agent:${publisher}`), ...made, name: publisher }
  yield {
    type: 'software_Package',
    spdxId: ids(subject.ref),
    ...made,
    name: subject.name,
    software_primaryPurpose: 'application',
  }
  const relations = new Relations(ids)
  const isWhole = parts.every(({ gaps }) => gaps.length === 0) && files.every(({ gaps }) => gaps.length === 0)
  yield* relations.of(
    subject.ref,
    'contains',
    [...parts, ...files].map(({ ref }) => ref),
    isWhole && bill.unread.length === 0,
  )
  const from = Map.groupBy(edges, (edge) => edge.from)
  for (const part of parts) {
    yield* spdxPart(part, ids)
    for (const file of part.files) yield spdxFile(file, ids)
    yield* relations.part(part, from.get(part.ref) ?? [])
  }
  for (const file of files) yield spdxFile(file, ids)
  for (const external of externals) yield spdxExternal(external, ids)
  for (const { name: text, ref } of relations.licences())
    yield { type: 'simplelicensing_LicenseExpression', spdxId: ids(ref), ...made, ...text }
  for (const found of findings) {
    yield spdxFinding(found, ids)
    yield* relations.of(found.ref, 'hasAssociatedVulnerability', [`finding:${found.finding.fingerprint}`])
  }
}

/** Relationships, numbered; and the licences that they lead to. */
class Relations {
  readonly #ids: Ids
  readonly #licences = new Map<string, { readonly ref: string; readonly name: JsonObject }>()
  #count = 0

  constructor(ids: Ids) {
    this.#ids = ids
  }

  licences() {
    return this.#licences.values()
  }

  *of(
    from: string,
    relationshipType: string,
    to: readonly string[],
    complete?: boolean,
  ): Generator<JsonObject> {
    if (to.length === 0) return
    yield {
      type: 'Relationship',
      spdxId: this.#ids(`relationship:${this.#count++}`),
      creationInfo: CREATION,
      from: this.#ids(from),
      relationshipType,
      to: to.map((ref) => (ref.startsWith('https:') ? ref : this.#ids(ref))),
      ...(complete === undefined ? {} : { completeness: complete ? 'complete' : 'incomplete' }),
    }
  }

  *part(part: Part, edges: readonly BillEdge[]): Generator<JsonObject> {
    const { ref, files, gaps } = part
    const data = part.kind === 'dataset' ? 'hasDataFile' : 'contains'
    yield* this.of(
      ref,
      data,
      files.map((file) => file.ref),
      gaps.length === 0,
    )
    yield* this.of(ref, 'hasDeclaredLicense', [this.#licence(part)])
    // Nothing here concludes what licence holds.
    yield* this.of(ref, 'hasConcludedLicense', [NO_ASSERTION_LICENCE])
    const to = (...roles: BillEdge['role'][]) => [
      ...new Set(edges.filter(({ role }) => roles.includes(role)).map((edge) => edge.to)),
    ]
    yield* this.of(ref, 'descendantOf', to('base-model', 'adapts'))
    yield* this.of(ref, 'trainedOn', to('dataset'))
    yield* this.of(ref, 'dependsOn', to('adapts', 'library', 'package', 'code'))
  }

  /** One expression for all that is declared: a package has exactly one declared licence (AI and Dataset profiles). */
  #licence({ licences }: Part): string {
    const stated = licences.filter(({ text }) => !/^(?:unknown|noassertion)$/i.test(text))
    if (stated.length === 0) return NO_ASSERTION_LICENCE
    if (stated.every(({ text }) => /^none$/i.test(text))) return NONE_LICENCE
    const terms = stated.map(({ form, text }) => {
      if (form === 'id') return text
      if (form === 'expression') return stated.length > 1 ? `(${text})` : text
      return `LicenseRef-${text.replace(/[^A-Za-z0-9.-]+/g, '-').slice(0, 100) || 'unnamed'}`
    })
    const expression = [...new Set(terms)].join(' AND ')
    const names = stated.filter(({ form }) => form === 'name').map(({ text }) => text)
    const ref = `licence:${expression}`
    const name = {
      simplelicensing_licenseExpression: expression,
      ...(names.length === 0 ? {} : { comment: `declared as: ${names.join('; ')}` }),
    }
    this.#licences.set(ref, { ref, name })
    return ref
  }
}
