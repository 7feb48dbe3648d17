import { type Artifact, displayPath } from '../model/artifact.ts'
import { type Finding, reaches, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Coverage, Inspection, Outcome, Verdict, Waived } from '../model/report.ts'
import { worst } from '../model/report.ts'
import { Places } from './places.ts'
import type { Policy, Waiver } from './schema.ts'
import { type References, termsByPath } from './terms.ts'
import { Waivers } from './waivers.ts'

/** Reasons of one kind that are spelled out; the report has the rest. */
const REASONS = 20

/**
 * The verdict: an artifact fails by an unwaived finding that reaches `fail-on`, is incomplete where a loader could act
 * on what was not inspected, and passes else; containers take the worst of themselves and their members. Pure.
 */
export function decide(
  policy: Policy,
  inspection: Inspection,
  findings: readonly Finding[],
  now: Date,
): Verdict {
  const places = new Places(inspection.artifacts)
  const waivers = new Waivers(policy.waivers, places, now)
  const outcomes = new Map<string, Outcome>()
  for (const { artifact } of inspection.coverage) outcomes.set(artifact, 'pass')
  const unmentioned = inspection.artifacts.filter(({ id }) => !outcomes.has(id)).map(notInspected)
  for (const { artifact } of unmentioned) outcomes.set(artifact, 'pass')

  const decisions = decisionsOn(policy, findings, waivers, referencesOf(inspection))
  const failing = decisions.filter(({ outcome }) => outcome === 'fails')
  for (const { finding } of failing) raise(outcomes, places, finding.artifact, 'fail')
  const uncovered = judgeCoverage([...gaps(inspection.coverage), ...unmentioned], waivers, places)
  for (const { artifact } of uncovered.open) raise(outcomes, places, artifact, 'incomplete')

  let outcome: Outcome = 'pass'
  for (const each of outcomes.values()) outcome = worst(outcome, each)
  return {
    outcome,
    reasons: [...failReasons(failing), ...incompleteReasons(uncovered.open, places)],
    failing: failing.map(({ finding }) => finding.fingerprint),
    waived: [...waivedOf(decisions, policy), ...uncovered.waived],
    warnings: waivers.warnings(),
    outcomes,
  }
}

/** What the policy makes of one finding, and which of its clauses says so. */
export interface Decision {
  readonly finding: Finding
  readonly outcome: 'fails' | 'waived' | 'accepted' | 'below'
  readonly severity: Severity
  readonly failOn: Severity
  /** `file:line:column` of the clause, or the policy's name where it is the policy's own `fail-on`. */
  readonly by: string
  readonly waiver?: Waiver
}

/** One decision for every finding, in their order. Marks the waivers that were used. */
function decisionsOn(
  policy: Policy,
  findings: readonly Finding[],
  waivers: Waivers,
  references: References,
): Decision[] {
  const termsAt = termsByPath(policy, references)
  return findings.map((finding) => {
    const terms = termsAt(finding.path)
    const severity = terms.severity(finding)
    const common = { finding, severity: severity.value, failOn: terms.failOn.value }
    const waiver = waivers.forFinding(finding)
    if (waiver) return { ...common, outcome: 'waived', by: waiver.place, waiver }
    const acceptedBy = finding.subject === undefined ? undefined : terms.accepts(finding.subject)
    if (acceptedBy !== undefined) return { ...common, outcome: 'accepted', by: acceptedBy }
    const fails = reaches(severity.value, terms.failOn.value)
    const by = severity.value === finding.severity ? terms.failOn.by : severity.by
    return { ...common, outcome: fails ? 'fails' : 'below', by }
  })
}

/** What every finding comes to under a policy, and by which clause: for people who ask why. */
export function explainDecisions(
  policy: Policy,
  inspection: Inspection,
  findings: readonly Finding[],
  now: Date,
): Decision[] {
  const waivers = new Waivers(policy.waivers, new Places(inspection.artifacts), now)
  return decisionsOn(policy, findings, waivers, referencesOf(inspection))
}

function referencesOf({ artifacts, facts }: Inspection): References {
  const entries = facts.filter((f) => f.kind === 'lock.entry')
  if (entries.length === 0) return []
  const paths = new Map(artifacts.map((a) => [a.id, displayPath(a.locator)]))
  return entries.flatMap(({ artifact, data }) => {
    const path = paths.get(artifact)
    return path === undefined ? [] : [{ path, reference: String(data.entry) }]
  })
}

function waivedOf(decisions: readonly Decision[], policy: Policy): Waived[] {
  return decisions.flatMap(({ finding: { fingerprint, rule }, outcome, waiver }) => {
    if (outcome === 'accepted')
      return [{ finding: fingerprint, rule, reason: 'accepted by policy', owner: policy.name }]
    return waiver ? [{ finding: fingerprint, rule, reason: waiver.reason, owner: waiver.owner }] : []
  })
}

function judgeCoverage(coverage: readonly Coverage[], waivers: Waivers, places: Places) {
  const open: Coverage[] = []
  const waived: Waived[] = []
  for (const entry of coverage) {
    const cleared = waivers.mayClear(entry) ? waivers.forCoverage(entry, places.path(entry.artifact)) : []
    if (cleared.length === 0) open.push(entry)
    for (const { rule, reason, owner } of cleared) {
      waived.push({ finding: `coverage:${entry.artifact}`, rule, reason, owner })
    }
  }
  return { open, waived }
}

function gaps(coverage: readonly Coverage[]): Coverage[] {
  return coverage.filter(({ state }) => state !== 'full')
}

/** An artifact nobody vouches for was not inspected. */
function notInspected({ id }: Artifact): Coverage {
  return { artifact: id, state: 'none' }
}

/**
 * Raises an artifact and all that contain it. Stops at the first that is as bad already, since what contains that one
 * is too: each artifact is raised at most twice, whatever the order and depth.
 */
function raise(outcomes: Map<string, Outcome>, places: Places, id: string, to: Outcome): void {
  for (let at: string | undefined = id; at !== undefined; at = places.parent(at)) {
    const held = outcomes.get(at) ?? 'pass'
    const next = worst(held, to)
    if (outcomes.has(at) && next === held) return
    outcomes.set(at, next)
  }
}

function failReasons(failing: readonly Decision[]): string[] {
  const rank = ({ severity }: Decision) => SEVERITIES.indexOf(severity)
  const sorted = failing.toSorted((a, b) => rank(b) - rank(a))
  const lines = sorted
    .slice(0, REASONS)
    .map(({ finding, severity }) => `${finding.path}: ${finding.message} (${severity}, ${finding.rule})`)
  const more = failing.length - lines.length
  return more > 0 ? [...lines, `and ${more} more findings that fail`] : lines
}

function incompleteReasons(open: readonly Coverage[], places: Places): string[] {
  const lines = open.slice(0, REASONS).map(({ artifact, state, why }) => {
    const because = why && why.length > 0 ? `: ${why.join(', ')}` : ''
    return `${places.path(artifact)}: ${state === 'none' ? 'not inspected' : 'inspected in part only'}${because}`
  })
  const more = open.length - lines.length
  return more > 0 ? [...lines, `and ${more} more files that were not fully inspected`] : lines
}
