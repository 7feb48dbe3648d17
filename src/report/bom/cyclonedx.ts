import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../model/fact.ts'
import { printable, safeJson, safeJsonPretty } from '../printable.ts'
import { type Bill, type BillFinding, type Part, partsAndFiles } from './bill.ts'
import { Citations, TOOL_REF } from './citations.ts'
import { externalComponent, fileComponent, partComponent, servicesOf } from './cyclonedx-component.ts'
import { named, type Writing } from './writing.ts'

export const CYCLONEDX_VERSIONS = ['1.7', '1.6'] as const
export type CyclonedxVersion = (typeof CYCLONEDX_VERSIONS)[number]

export interface DocumentOptions {
  /** ISO 8601: the one thing that differs between two runs over the same content. */
  readonly timestamp: string
  /** Who answers for the bill. */
  readonly author?: string
}

/**
 * CycloneDX ML-BOM in pieces, so that a bill of a million files makes no giant string. The serial number is derived from the content:
 * the same files, rules and version give the same one.
 */
export function* cyclonedx(
  bill: Bill,
  specVersion: CyclonedxVersion,
  options: DocumentOptions,
): Generator<string> {
  const hash = createHash('sha256')
  for (const piece of body(bill, specVersion, { ...options, timestamp: '' })) hash.update(piece)
  const head = {
    $schema: `http://cyclonedx.org/schema/bom-${specVersion}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion,
    serialNumber: `urn:uuid:${uuidOf(hash.digest())}`,
    version: 1,
  }
  yield safeJsonPretty(head).slice(0, -2)
  yield* body(bill, specVersion, options)
  yield '\n}\n'
}

/** A UUID of version 8 (RFC 9562), which leaves the content of its bits to the application. */
export function uuidOf(digest: Uint8Array): string {
  const bytes = Buffer.from(digest.subarray(0, 16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function* body(bill: Bill, specVersion: CyclonedxVersion, options: DocumentOptions): Generator<string> {
  const isLatest = specVersion === '1.7'
  const services = servicesOf(bill)
  const refs = [...partsAndFiles(bill).map(({ ref }) => ref), ...services.map((s) => String(s['bom-ref']))]
  const writing: Writing = {
    bill,
    isLatest,
    citations: new Citations(new Set(refs)),
    byRef: new Map([...bill.parts, ...bill.externals].map((thing) => [thing.ref, thing])),
    edgesFrom: Map.groupBy(bill.edges, ({ from }) => from),
  }
  yield `,\n  "metadata": ${safeJsonPretty(metadata(bill, options), '  ')}`
  yield* array('components', components(writing))
  if (services.length > 0) yield* array('services', services.map(line))
  yield* array('dependencies', [...dependencies(bill)].map(line))
  yield* array('compositions', compositions(bill).map(line))
  if (bill.findings.length > 0)
    yield* array(
      'vulnerabilities',
      mapped(bill.findings, (f) => line(vulnerability(f))),
    )
  if (isLatest) yield* array('citations', mapped(writing.citations.all(options.timestamp), line))
}

const line = (value: Json): string => safeJson(value)

function* mapped<T>(items: Iterable<T>, write: (item: T) => string): Generator<string> {
  for (const item of items) yield write(item)
}

function* array(name: string, items: Iterable<string>): Generator<string> {
  yield `,\n  "${name}": [`
  let separator = '\n    '
  for (const item of items) {
    yield `${separator}${item}`
    separator = ',\n    '
  }
  yield separator.startsWith(',') ? '\n  ]' : ']'
}

function metadata({ tool, subject }: Bill, { timestamp, author }: DocumentOptions): JsonObject {
  return {
    ...(timestamp === '' ? {} : { timestamp }),
    // What exists is looked at; nothing was built here.
    lifecycles: [{ phase: subject.fromLock ? 'operations' : 'discovery' }],
    tools: {
      components: [
        {
          type: 'application',
          'bom-ref': TOOL_REF,
          name: tool.name,
          version: tool.version,
          properties: [named('rules-digest', tool.rulesDigest)],
        },
      ],
    },
    ...(author === undefined ? {} : { authors: [{ name: author }] }),
    component: { type: 'application', 'bom-ref': subject.ref, name: subject.name },
  }
}

/** One component a line; the files of a part are nested in it, one a line too. */
function* components(writing: Writing): Generator<string> {
  const { bill, citations } = writing
  let index = 0
  for (const part of bill.parts) {
    const at = `/components/${index++}`
    yield nested(partComponent(part, at, writing), part, at, citations)
  }
  for (const file of bill.files) yield line(fileComponent(file, `/components/${index++}`, citations))
  const needed = new Set(bill.edges.filter(({ role }) => role !== 'base-model').map(({ to }) => to))
  for (const external of bill.externals)
    if (needed.has(external.ref)) yield line(externalComponent(external, writing))
}

function nested(component: JsonObject, { files }: Part, at: string, citations: Citations): string {
  if (files.length === 0) return line(component)
  const lines = files.map(
    (file, i) => `      ${line(fileComponent(file, `${at}/components/${i}`, citations))}`,
  )
  return `${line(component).slice(0, -1)},"components":[\n${lines.join(',\n')}\n    ]}`
}

/** What a part needs, by name. A model that is made from another one does not need it: that is pedigree. */
function* dependencies({ subject, parts, files, externals, edges }: Bill): Generator<JsonObject> {
  yield { ref: subject.ref, dependsOn: [...parts, ...files].map(({ ref }) => ref) }
  const from = Map.groupBy(
    edges.filter(({ role }) => role !== 'base-model'),
    (edge) => edge.from,
  )
  for (const { ref, files: own } of parts) {
    const others = new Set((from.get(ref) ?? []).map(({ to }) => to))
    const dependsOn = [...own.map((file) => file.ref), ...others]
    yield { ref, ...(dependsOn.length === 0 ? {} : { dependsOn }) }
  }
  const needed = new Set([...from.values()].flat().map(({ to }) => to))
  for (const { ref } of externals) if (needed.has(ref)) yield { ref }
}

/** Which lists of files are whole, and which are not. What the code of a part needs at run time is never known in full. */
function compositions({ subject, parts, files, unread }: Bill): JsonObject[] {
  const whole = parts.filter(({ gaps }) => gaps.length === 0).map(({ ref }) => ref)
  const broken = parts.filter(({ gaps }) => gaps.length > 0)
  const gaps = [...broken.flatMap((part) => part.files), ...files].filter((file) => file.gaps.length > 0)
  const isWhole = broken.length === 0 && gaps.length === 0 && unread.length === 0
  const [complete, incomplete] = isWhole ? [[subject.ref, ...whole], []] : [whole, [subject.ref]]
  const open = [...incomplete, ...broken.map(({ ref }) => ref), ...gaps.map(({ ref }) => ref)]
  return [
    ...(complete.length === 0 ? [] : [{ aggregate: 'complete', assemblies: complete }]),
    ...(open.length === 0 ? [] : [{ aggregate: 'incomplete', assemblies: open }]),
    ...(parts.length === 0 ? [] : [{ aggregate: 'unknown', dependencies: parts.map(({ ref }) => ref) }]),
  ]
}

/** In a namespace of its own: nobody should take a rule of ours for an identifier of a public database. */
function vulnerability({ finding, ref, waived }: BillFinding): JsonObject {
  const { taxonomies, evidence, at, fingerprint } = finding
  const cwes = taxonomies.cwe.map((id) => Number(id.replace(/^CWE-/, ''))).filter(Number.isInteger)
  const offset = at && 'offset' in at ? [named('offset', String(at.offset))] : []
  return {
    'bom-ref': `finding:${fingerprint}`,
    id: `weighmaster:${finding.rule}`,
    source: { name: 'weighmaster' },
    ...(taxonomies.cve.length === 0
      ? {}
      : { references: taxonomies.cve.map((id) => ({ id, source: { name: 'CVE' } })) }),
    ratings: [{ source: { name: 'weighmaster' }, severity: finding.severity, method: 'other' }],
    ...(cwes.length === 0 ? {} : { cwes }),
    description: printable(finding.message),
    detail: printable(finding.title),
    recommendation: printable(finding.remediation),
    affects: [{ ref }],
    properties: [
      named('path', finding.path),
      named('confidence', finding.confidence),
      ...offset,
      ...evidence.flatMap(({ text }) => (text === undefined ? [] : [named('evidence', printable(text))])),
      ...(waived ? [named('waived', 'true')] : []),
    ],
  }
}
