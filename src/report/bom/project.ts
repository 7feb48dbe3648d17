import { type Artifact, artifactId, displayPath } from '../../model/artifact.ts'
import type { Fact, JsonObject } from '../../model/fact.ts'
import type { LockEntry, SourceFile } from '../../model/lock.ts'
import { byCodePoint } from '../../model/order.ts'
import type { Report } from '../../model/report.ts'
import { printable } from '../printable.ts'
import { isRegularFile } from '../tally.ts'
import type { Bill, BillFile, BillFinding, Licensed, Origin, Part, Properties, Stated } from './bill.ts'
import { Externals } from './externals.ts'
import { foldersAbove, type Group, group, type Located } from './grouping.ts'
import { licenceOf } from './licence.ts'
import { capabilitiesOf, signaturesOf, toolsOf } from './plugins.ts'
import { add, FactsByRoot, sum, total } from './stated.ts'

export interface BillOptions {
  /** What the bill is of: the name of a project or target. */
  readonly name: string
  /** The entries of the lock, where the bill is of one. */
  readonly located?: readonly Located[]
  readonly withFindings?: boolean
}

/** What is added up over files. */
const COUNTS = ['parameters', 'stored-elements', 'rows'] as const

/** The bill of a report: pure, and the same for the same report. */
export function billOf(report: Report, options: BillOptions): Bill {
  return new Projection(report, options).bill()
}

class Projection {
  readonly #report: Report
  readonly #options: BillOptions
  readonly #facts: FactsByRoot
  /** Why files were not inspected in full, members included, by raw root path. */
  readonly #gaps = new Map<string, Set<string>>()

  constructor(report: Report, options: BillOptions) {
    this.#report = report
    this.#options = options
    this.#facts = new FactsByRoot(report)
    const partial = new Map(report.coverage.filter((c) => c.state !== 'full').map((c) => [c.artifact, c]))
    if (partial.size === 0) return
    for (const { id, locator } of report.artifacts) {
      const coverage = partial.get(id)
      if (!coverage) continue
      const held = this.#gaps.get(locator.root) ?? new Set<string>()
      this.#gaps.set(locator.root, held)
      for (const why of coverage.why ?? ['not inspected']) held.add(why)
    }
  }

  bill(): Bill {
    const { tool, artifacts } = this.#report
    const located = this.#options.located ?? []
    const roots = artifacts.filter(isRegularFile)
    const { groups, loose } = group(roots, this.#facts, located)
    const inOrder = groups.toSorted((a, b) => byCodePoint(a.path, b.path))
    const parts = inOrder.map((g) => this.#part(g))
    const externals = new Externals(parts, this.#facts)
    const unread = artifacts.filter((a) => !isRegularFile(a) && a.locator.members.length === 0)
    for (const [i, part] of parts.entries())
      externals.gather(part, inOrder[i]?.files ?? [], inOrder[i]?.located)
    return {
      tool,
      subject: { ref: 'subject', name: printable(this.#options.name), fromLock: located.length > 0 },
      parts,
      files: loose.map((root) => this.#file(root, '')).toSorted((a, b) => byCodePoint(a.path, b.path)),
      externals: externals.all(),
      edges: externals.edges(),
      findings: this.#options.withFindings ? this.#findings(parts) : [],
      unread: unread.filter((a) => this.#gaps.has(a.locator.root)).map((a) => displayPath(a.locator)),
    }
  }

  #part(group: Group): Part {
    const { kind, path, located } = group
    const shown = displayPath({ root: path, members: [] })
    const files = group.files.map((root) => this.#file(root, path))
    const missing = this.#missing(group)
    const all = [...files, ...missing].toSorted((a, b) => byCodePoint(a.path, b.path))
    const properties = this.#properties(group, all)
    const entry = located?.entry
    const facts = group.files.flatMap((root) => this.#facts.of(root.locator.root))
    const about = [
      ...facts,
      ...(group.files.some((f) => f.locator.root === path) ? [] : this.#facts.of(path)),
    ]
    const manifest = this.#manifest(group)
    const declared =
      properties.get('version')?.[0]?.value ?? (manifest?.version ? String(manifest.version) : '')
    const version = entry?.resolved.pin ?? declared
    return {
      ref: `${kind}:${shown}`,
      kind,
      path: shown,
      ...nameOf(group, String(manifest?.name ?? ''), this.#options.name, properties),
      ...(version ? { version: printable(version).slice(0, 1024) } : {}),
      ...(entry?.purl ? { purl: entry.purl } : {}),
      ...(entry ? { origin: originOf(entry), treeDigest: entry.treeDigest } : {}),
      licences: licencesOf(properties, entry),
      files: all,
      properties,
      tools: toolsOf(about, entry?.surface),
      capabilities: capabilitiesOf(about, entry?.capabilities ?? []),
      signatures: signaturesOf([...about, ...this.#signedAbove(path)]),
      formats: [...new Set(group.files.flatMap(({ formats }) => formats))].toSorted(byCodePoint),
      gaps: [...new Set([...all.flatMap((file) => file.gaps), ...absent(about)])].toSorted(byCodePoint),
    }
  }

  /** A signature over a folder is one over the parts in it. */
  #signedAbove(path: string): Fact[] {
    const above = foldersAbove(path).filter((folder) => folder !== path)
    return above
      .flatMap((folder) => this.#facts.of(folder))
      .filter(({ kind }) => kind === 'signature.verified')
  }

  /** What the outermost manifest says: those of skills and hooks lie further inside. */
  #manifest({ files }: Group): JsonObject | undefined {
    const depth = ({ locator }: Artifact) =>
      locator.root.split('/').filter((part) => !part.startsWith('.')).length
    const manifests = files
      .toSorted((a, b) => depth(a) - depth(b))
      .flatMap(({ locator }) => this.#facts.of(locator.root))
      .filter(({ kind, data }) => kind === 'plugin.manifest' && data.name !== '')
    return manifests[0]?.data
  }

  #file(root: Artifact, base: string): BillFile {
    const path = displayPath(root.locator)
    const digest = root.digests.find(({ origin }) => origin === 'computed') ?? root.digests[0]
    const changed = this.#facts.of(root.locator.root).find(({ kind }) => kind === 'lock.changed')
    return {
      ref: `file:${path}`,
      path,
      name: innerName(path, displayPath({ root: base, members: [] })),
      ...(root.size === undefined ? {} : { size: root.size }),
      format: root.formats[0] ?? '',
      ...(digest ? { sha256: { hex: digest.hex, origin: digest.origin } } : {}),
      ...(changed ? { locked: String(changed.data.expected) } : {}),
      gaps: [...(this.#gaps.get(root.locator.root) ?? [])].toSorted(byCodePoint),
      properties: this.#facts.properties(root.locator.root),
    }
  }

  /** Locked files that are not here: known by what the lock says. */
  #missing({ located, path, files }: Group): BillFile[] {
    if (!located) return []
    const here = new Set(files.map(({ locator }) => locator.root))
    const join = (file: SourceFile) => (path === '.' ? file.path : `${path.replace(/\/$/, '')}/${file.path}`)
    const isFile = files.some(({ locator }) => locator.root === path)
    const gone = isFile ? [] : located.entry.files.filter((file) => !here.has(join(file)))
    return gone.map((file) => {
      const shown = displayPath({ root: join(file), members: [] })
      const sha256 = { hex: file.sha256, origin: 'claimed' as const }
      const name = displayPath({ root: file.path, members: [] })
      return {
        ref: `file:${shown}`,
        path: shown,
        name,
        size: file.size,
        format: '',
        sha256,
        gaps: ['missing'],
        properties: new Map(),
      }
    })
  }

  /** What all files of a part say together. */
  #properties({ files, kind }: Group, shown: readonly BillFile[]): Properties {
    const properties = new Map<string, Stated[]>()
    for (const file of shown) {
      for (const [name, all] of file.properties) {
        if (!COUNTS.some((count) => count === name)) for (const stated of all) add(properties, name, stated)
      }
    }
    const isPipeline = files.some(({ name }) => name === 'model_index.json')
    for (const name of COUNTS) {
      const all = kind === 'model' && name !== 'rows' ? total(name, shown, isPipeline) : sum(name, shown)
      const stated = shown.flatMap((file) => file.properties.get(name) ?? [])
      for (const one of all ? [all] : stated) add(properties, name, one)
    }
    return properties
  }

  #findings(parts: readonly Part[]): BillFinding[] {
    const refs = new Map(parts.map((part) => [part.path, part.ref]))
    const roots = new Map(this.#report.artifacts.map((a) => [a.id, a]))
    const waived = new Set(this.#report.verdict.waived.map((w) => w.finding))
    return this.#report.findings.map((finding) => {
      const root = roots.get(finding.artifact)?.locator.root ?? ''
      const shown = displayPath({ root, members: [] })
      const artifact = roots.get(artifactId({ root, members: [] }))
      const ref = artifact && isRegularFile(artifact) ? `file:${shown}` : (refs.get(shown) ?? 'subject')
      return { finding, ref, waived: waived.has(finding.fingerprint) }
    })
  }
}

/** Of the last folder, or of the service's own name: `org/name` has a group. */
function nameOf(
  { located, path }: Group,
  declared: string,
  subject: string,
  properties: Properties,
): { name: string; group?: string } {
  const id = located?.entry.resolved.id
  const cut = id?.lastIndexOf('/') ?? -1
  if (id && cut > 0 && !id.includes('://'))
    return { group: printable(id.slice(0, cut)), name: printable(id.slice(cut + 1)) }
  if (id) return { name: printable(id) }
  if (declared !== '') return { name: printable(declared).slice(0, 200) }
  const base = path.replace(/\/+$/, '').split('/').at(-1) ?? ''
  if (base !== '' && base !== '.') return { name: displayPath({ root: base, members: [] }) }
  return { name: properties.get('name')?.[0]?.value ?? printable(subject) }
}

function originOf({ asked, resolved }: LockEntry): Origin {
  const { endpoint, id, pin, author, createdAt } = resolved
  const owner = /^@?([^/:]+)\/(?!\/)/.exec(id)?.[1]
  const publisher = author ?? owner
  return {
    reference: printable(asked.ref),
    endpoint: printable(endpoint),
    id: printable(id),
    pin: printable(pin),
    ...(publisher === undefined ? {} : { publisher: printable(publisher) }),
    ...(createdAt === undefined ? {} : { created: printable(createdAt) }),
  }
}

/** What the files declare, and what the service says; the file's word goes first. */
function licencesOf(properties: Properties, entry: LockEntry | undefined): Licensed[] {
  const { licence: service, endpoint = '' } = entry?.resolved ?? {}
  const stated = properties.get('licence') ?? []
  const all: Licensed[] = stated.map(({ value, how, by }) => ({ ...licenceOf(value), how, by }))
  if (service !== undefined)
    all.push({ ...licenceOf(printable(service)), how: 'declared', by: printable(endpoint) })
  return all.filter((licence, i) => all.findIndex(({ text }) => text === licence.text) === i)
}

function absent(facts: readonly Fact[]): string[] {
  return facts.some(({ kind }) => kind === 'lock.absent') ? ['missing'] : []
}

/** A path inside a part; the last name for a part that is one file. */
function innerName(path: string, base: string): string {
  const top = base === '.' || base === '' ? '' : `${base.replace(/\/$/, '')}/`
  return path.startsWith(top) ? path.slice(top.length) : path.slice(path.lastIndexOf('/') + 1)
}
