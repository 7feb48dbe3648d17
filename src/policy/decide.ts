import { Glob } from '../codec/glob.ts'
import type { Artifact } from '../model/artifact.ts'
import { type Finding, reaches, SEVERITIES, type Severity } from '../model/finding.ts'
import type { Coverage, Inspection, Outcome, Verdict, Waived } from '../model/report.ts'
import { worst } from '../model/report.ts'
import { Places } from './places.ts'
import type { Override, Policy } from './schema.ts'
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

  const judged = judge(policy, findings, waivers)
  for (const { finding } of judged.failing) raise(outcomes, places, finding.artifact, 'fail')
  const uncovered = judgeCoverage([...gaps(inspection.coverage), ...unmentioned], waivers, places)
  for (const { artifact } of uncovered.open) raise(outcomes, places, artifact, 'incomplete')

  let outcome: Outcome = 'pass'
  for (const each of outcomes.values()) outcome = worst(outcome, each)
  return {
    outcome,
    reasons: [...failReasons(judged.failing), ...incompleteReasons(uncovered.open, places)],
    failing: judged.failing.map(({ finding }) => finding.fingerprint),
    waived: [...judged.waived, ...uncovered.waived],
    warnings: waivers.warnings(),
    outcomes,
  }
}

interface Failing {
  readonly finding: Finding
  readonly severity: Severity
}

function judge(policy: Policy, findings: readonly Finding[], waivers: Waivers) {
  const failing: Failing[] = []
  const waived: Waived[] = []
  const termsAt = termsByPath(policy)
  for (const finding of findings) {
    const terms = termsAt(finding.path)
    const waiver = waivers.forFinding(finding)
    const { rule, fingerprint, subject } = finding
    if (waiver) {
      waived.push({ finding: fingerprint, rule, reason: waiver.reason, owner: waiver.owner })
    } else if (subject !== undefined && terms.accepts(subject)) {
      waived.push({ finding: fingerprint, rule, reason: 'accepted by policy', owner: policy.name })
    } else {
      const severity = terms.severity(finding)
      if (reaches(severity, terms.failOn)) failing.push({ finding, severity })
    }
  }
  return { failing, waived }
}

/** What the policy says for one path, all overrides applied. */
interface Terms {
  readonly failOn: Severity
  accepts(subject: string): boolean
  severity(finding: Finding): Severity
}

function termsByPath(policy: Policy): (path: string) => Terms {
  const globs = policy.overrides.map((override) => ({ override, glob: new Glob(override.path) }))
  const general = terms(policy, [])
  // Findings come sorted by path, so one remembered answer serves a whole file.
  let last: { path: string; terms: Terms } | undefined
  return (path) => {
    if (globs.length === 0) return general
    if (last?.path === path) return last.terms
    const here = globs.filter(({ glob }) => glob.matches(path)).map(({ override }) => override)
    last = { path, terms: here.length === 0 ? general : terms(policy, here) }
    return last.terms
  }
}

function terms(policy: Policy, overrides: readonly Override[]): Terms {
  const accepted = new Set([
    ...policy.acceptGlobals,
    ...overrides.flatMap((override) => override.acceptGlobals),
  ])
  const severities = new Map(overrides.flatMap((override) => Object.entries(override.severity)))
  return {
    failOn: overrides.findLast((override) => override.failOn !== undefined)?.failOn ?? policy.failOn,
    accepts: (subject) => accepted.has(subject),
    severity: (finding) => severities.get(finding.rule) ?? finding.severity,
  }
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

function failReasons(failing: readonly Failing[]): string[] {
  const rank = ({ severity }: Failing) => SEVERITIES.indexOf(severity)
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
