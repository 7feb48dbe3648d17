import { Glob } from '../codec/glob.ts'
import type { Artifact } from '../model/artifact.ts'
import { displayPath } from '../model/artifact.ts'
import type { Fact, FactDraft } from '../model/fact.ts'
import type { Inspection } from '../model/report.ts'
import type { Demand, Names, Policy } from './schema.ts'

/** What policy states about an artifact. */
export interface Statement {
  readonly artifact: string
  readonly fact: FactDraft
}

const DAY = 24 * 60 * 60 * 1000

/**
 * Holds what was inspected against the demands of a policy. A thing about which nothing is known meets no demand: a
 * target that no lock knows has no publisher. Pure.
 */
export function unmetDemands(policy: Policy, inspection: Inspection, now: Date): Statement[] {
  if (policy.demands.length === 0) return []
  const subjects = subjectsOf(inspection)
  return policy.demands.flatMap((demand) => {
    const covered = coverage(demand)
    if (demand.demand === 'formats')
      return formats(
        demand.names,
        inspection.artifacts.filter((a) => covered(displayPath(a.locator), '')),
        demand.place,
      )
    if (demand.demand === 'capabilities') return capabilities(demand.names, inspection, covered, demand.place)
    return subjects.filter((s) => covered(s.path, s.reference)).flatMap((s) => ofSubject(demand, s, now))
  })
}

/** A locked entry; where there is none, a target. */
interface Subject {
  readonly artifact: string
  readonly path: string
  readonly reference: string
  readonly publisher: string
  readonly licences: readonly string[]
  readonly created: string
  readonly pinned: boolean
  readonly signed: boolean
}

function subjectsOf({ artifacts, facts }: Inspection): Subject[] {
  const byId = new Map(artifacts.map((a) => [a.id, a]))
  const signed = new Set(facts.filter((f) => f.kind === 'signature.verified').map((f) => f.artifact))
  const entries = facts.filter((f) => f.kind === 'lock.entry')
  const known = new Set(entries.map((f) => f.artifact))
  const targets = artifacts.filter((a) => a.parent === undefined && !known.has(a.id))
  const unknown = { reference: '', publisher: '', licences: [], created: '', pinned: false }
  return [
    ...entries.map((fact) => entrySubject(fact, byId.get(fact.artifact), signed.has(fact.artifact))),
    ...(entries.length > 0 ? [] : targets).map((a) => ({
      ...unknown,
      artifact: a.id,
      path: displayPath(a.locator),
      signed: signed.has(a.id),
    })),
  ]
}

function entrySubject({ artifact, data }: Fact, at: Artifact | undefined, signed: boolean): Subject {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  return {
    artifact,
    path: at ? displayPath(at.locator) : text('entry'),
    reference: text('entry'),
    publisher: text('publisher'),
    licences: text('licence') === '' ? [] : [text('licence')],
    created: text('created'),
    pinned: data.pinned === true,
    signed,
  }
}

type Covered = (path: string, reference: string) => boolean

function coverage({ scope }: Demand): Covered {
  if (!scope) return () => true
  if ('path' in scope) {
    const glob = new Glob(scope.path)
    return (path) => glob.matches(path)
  }
  const glob = new Glob(scope.reference)
  return (_, reference) => glob.matches(reference)
}

function formats(names: Names, artifacts: readonly Artifact[], place: string): Statement[] {
  const allowed = allows(names)
  return artifacts.flatMap((artifact) =>
    artifact.formats
      .filter((format) => !allowed(format))
      .map((format) => unmet(artifact.id, 'formats', format, wanted(names), place)),
  )
}

/** What code was seen to do counts as much as what a manifest says or a client grants. */
const CAPABILITY_KINDS = new Set(['capability.inferred', 'capability.declared', 'capability.granted'])

function capabilities(
  names: Names,
  { artifacts, facts }: Inspection,
  covered: Covered,
  place: string,
): Statement[] {
  const allowed = allows(names)
  const paths = new Map(artifacts.map((a) => [a.id, displayPath(a.locator)]))
  const seen = new Set<string>()
  const out: Statement[] = []
  for (const { kind, artifact, data } of facts) {
    if (!CAPABILITY_KINDS.has(kind) || !covered(paths.get(artifact) ?? '', '')) continue
    const scope = typeof data.scope === 'string' && data.scope !== '' ? `(${data.scope})` : ''
    const value = `${String(data.capability)}${scope}`
    if (allowed(value) || seen.has(`${artifact} ${value}`)) continue
    seen.add(`${artifact} ${value}`)
    out.push(unmet(artifact, 'capabilities', value, wanted(names), place))
  }
  return out
}

function ofSubject(demand: Demand, subject: Subject, now: Date): Statement[] {
  const { artifact, publisher, licences, created, pinned, signed } = subject
  const { place } = demand
  switch (demand.demand) {
    case 'publishers':
      return publisher !== '' && allows(demand.names)(publisher)
        ? []
        : [unmet(artifact, 'publishers', publisher, wanted(demand.names), place)]
    case 'licences': {
      const bad = licences.filter((licence) => !allows(demand.names)(licence))
      const shown = licences.length === 0 ? [''] : bad
      return shown.map((licence) => unmet(artifact, 'licences', licence, wanted(demand.names), place))
    }
    case 'signed':
      return signed ? [] : [unmet(artifact, 'signed', '', 'a signature that holds', place)]
    case 'pinned':
      return pinned ? [] : [unmet(artifact, 'pinned', '', 'an immutable revision', place)]
    case 'max-age': {
      const age = (now.getTime() - Date.parse(created)) / DAY
      if (age <= demand.days) return []
      return [unmet(artifact, 'max-age', created, `created in the last ${demand.days} days`, place)]
    }
    default:
      return []
  }
}

function unmet(artifact: string, demand: string, value: string, wish: string, place: string): Statement {
  return { artifact, fact: { kind: 'policy.unmet', data: { demand, value, wanted: wish, place } } }
}

function wanted({ allow, deny }: Names): string {
  const parts = [
    ...(allow ? [`one of ${allow.join(', ')}`] : []),
    ...(deny.length > 0 ? [`none of ${deny.join(', ')}`] : []),
  ]
  return parts.join(', ')
}

/** Names are compared whole and without case; `*` stands for any characters. */
function allows({ allow, deny }: Names): (name: string) => boolean {
  const [yes, no] = [allow?.map(pattern), deny.map(pattern)]
  return (name) => !no.some((p) => p(name)) && (yes?.some((p) => p(name)) ?? true)
}

/** Linear: the parts between the stars are looked for one after the other. */
function pattern(text: string): (name: string) => boolean {
  const parts = text.toLowerCase().split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  return (name) => {
    const lower = name.toLowerCase()
    if (last === undefined) return lower === first
    if (!lower.startsWith(first)) return false
    let at = first.length
    for (const part of rest) {
      const found = lower.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return lower.length - at >= last.length && lower.endsWith(last)
  }
}
