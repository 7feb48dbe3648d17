import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import type { Finding, Severity } from '../model/finding.ts'
import { SEVERITIES } from '../model/finding.ts'
import type { LoaderView } from '../model/loaders.ts'
import { byCodePoint } from '../model/order.ts'
import type { Coverage, Outcome, Report } from '../model/report.ts'

/** Counts that open and close every report. */
export interface Tally {
  /** Regular files met. */
  readonly files: number
  /** Members, streams and regions found inside them. */
  readonly members: number
  /** Entries on disk by outcome: regular files, and what is no file but still has something to say. */
  readonly outcomes: Readonly<Record<Outcome, { readonly files: number; readonly bytes: number }>>
  readonly bytes: number
  /** Findings that no waiver covers. */
  readonly severities: Readonly<Record<Severity, number>>
  readonly waived: number
}

/** What a report shows of one file on disk: its artifacts' findings and what was not inspected, worst first. */
export interface RootGroup {
  readonly root: Artifact
  readonly outcome: Outcome
  readonly findings: readonly Finding[]
  readonly uninspected: readonly { readonly artifact: Artifact; readonly coverage: Coverage }[]
  /** What loaders would do with it. */
  readonly loaders: readonly LoaderView[]
}

/** Everything the writers look up by id, built once. */
export interface ReportIndex {
  /** Those that findings, gaps or facts are about, and their root files. */
  readonly artifacts: ReadonlyMap<string, Artifact>
  /** What was not fully inspected, but for what a waiver clears. */
  readonly coverage: ReadonlyMap<string, Coverage>
  /** The `parse.*` facts of those artifacts. */
  readonly trouble: ReadonlyMap<string, readonly Fact[]>
  /** Why and by whom, by a finding's fingerprint; `coverage:` and an artifact's id where a gap is waived. */
  readonly waived: ReadonlyMap<string, string>
  readonly failing: ReadonlySet<string>
}

export function indexReport(report: Report): ReportIndex {
  const waived = new Map(report.verdict.waived.map((w) => [w.finding, `${w.reason} (${w.owner})`]))
  const gaps = report.coverage.filter((c) => c.state !== 'full' && !waived.has(`coverage:${c.artifact}`))
  const coverage = new Map(gaps.map((c) => [c.artifact, c]))
  const trouble = report.facts.filter((f) => f.kind.startsWith('parse.') && coverage.has(f.artifact))
  return {
    artifacts: artifactsOf([...report.findings, ...gaps, ...report.facts], report),
    coverage,
    trouble: Map.groupBy(trouble, (f) => f.artifact),
    waived,
    failing: new Set(report.verdict.failing),
  }
}

/** Of millions of members few have anything to say: those, and the files they are in. */
function artifactsOf(
  speaking: readonly { readonly artifact: string }[],
  report: Report,
): ReadonlyMap<string, Artifact> {
  const ids = new Set(speaking.map((s) => s.artifact))
  for (const artifact of report.artifacts) {
    if (ids.has(artifact.id)) ids.add(artifactId({ root: artifact.locator.root, members: [] }))
  }
  return new Map(report.artifacts.filter((a) => ids.has(a.id)).map((a) => [a.id, a]))
}

/** A file on disk, or the standard input; folders, links and devices have no size, members have a way inside. */
export function isRegularFile(artifact: Artifact): boolean {
  return artifact.locator.members.length === 0 && artifact.size !== undefined
}

export function tally(report: Report, index: ReportIndex): Tally {
  const row = () => ({ files: 0, bytes: 0 })
  const outcomes = { pass: row(), fail: row(), incomplete: row() }
  const severities: Record<Severity, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
  const noted = new Set(index.coverage.keys())
  for (const finding of report.findings) {
    noted.add(finding.artifact)
    if (!index.waived.has(finding.fingerprint)) severities[finding.severity]++
  }
  let [files, members, bytes] = [0, 0, 0]
  for (const artifact of report.artifacts) {
    if (artifact.locator.members.length > 0) {
      members++
      continue
    }
    if (isRegularFile(artifact)) files++
    else if (!noted.has(artifact.id)) continue
    const held = outcomes[report.verdict.outcomes.get(artifact.id) ?? 'incomplete']
    held.files++
    held.bytes += artifact.size ?? 0
    bytes += artifact.size ?? 0
  }
  return { files, members, outcomes, bytes, severities, waived: index.waived.size }
}

/** Files that have anything to say, worst first, then by path; findings worst first, then by place. */
export function groupByRoot(report: Report, index: ReportIndex): RootGroup[] {
  const roots = new Map<string, { findings: Finding[]; uninspected: Artifact[] }>()
  const groupOf = (artifact: Artifact) => {
    const held = roots.get(artifact.locator.root) ?? { findings: [], uninspected: [] }
    roots.set(artifact.locator.root, held)
    return held
  }
  for (const finding of report.findings) {
    const artifact = index.artifacts.get(finding.artifact)
    if (artifact && !index.waived.has(finding.fingerprint)) groupOf(artifact).findings.push(finding)
  }
  for (const artifact of report.artifacts) {
    if (index.coverage.has(artifact.id)) groupOf(artifact).uninspected.push(artifact)
  }
  const loaders = viewsByRoot(report, new Set(roots.keys()))
  const groups: RootGroup[] = []
  for (const artifact of report.artifacts) {
    const held = artifact.locator.members.length === 0 ? roots.get(artifact.locator.root) : undefined
    if (!held) continue
    const uninspected = held.uninspected.flatMap((a) => {
      const coverage = index.coverage.get(a.id)
      return coverage ? [{ artifact: a, coverage }] : []
    })
    const outcome = report.verdict.outcomes.get(artifact.id) ?? 'incomplete'
    const views = loaders.get(artifact.locator.root) ?? []
    const findings = held.findings.sort(worstFirst)
    groups.push({ root: artifact, outcome, findings, uninspected, loaders: views })
  }
  return groups.sort(compareGroups)
}

/** The loader views by root file; `roots` names the files that are asked for. */
function viewsByRoot(report: Report, roots: ReadonlySet<string>): Map<string, LoaderView[]> {
  const views = Map.groupBy(report.loaders ?? [], (view) => view.artifact)
  const byRoot = new Map<string, LoaderView[]>()
  for (const { id, locator } of report.artifacts) {
    const own = roots.has(locator.root) ? views.get(id) : undefined
    if (own) byRoot.set(locator.root, [...(byRoot.get(locator.root) ?? []), ...own])
  }
  return byRoot
}

export function worstFirst(a: Finding, b: Finding): number {
  return (
    rank(b.severity) - rank(a.severity) ||
    byCodePoint(a.rule, b.rule) ||
    byCodePoint(a.path, b.path) ||
    offsetOf(a) - offsetOf(b) ||
    byCodePoint(a.fingerprint, b.fingerprint)
  )
}

function offsetOf(finding: Finding): number {
  return finding.at && 'offset' in finding.at ? finding.at.offset : -1
}

function rank(severity: Severity | undefined): number {
  return severity ? SEVERITIES.indexOf(severity) : -1
}

const OUTCOME_ORDER: Record<Outcome, number> = { fail: 0, incomplete: 1, pass: 2 }

function compareGroups(a: RootGroup, b: RootGroup): number {
  return (
    OUTCOME_ORDER[a.outcome] - OUTCOME_ORDER[b.outcome] ||
    rank(b.findings[0]?.severity) - rank(a.findings[0]?.severity) ||
    byCodePoint(a.root.locator.root, b.root.locator.root)
  )
}
