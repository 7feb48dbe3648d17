import { type Artifact, displayPath } from '../model/artifact.ts'
import type { Report } from '../model/report.ts'
import { safeJson, safeJsonPretty } from './printable.ts'
import { indexReport, type ReportIndex, type Tally, tally } from './tally.ts'

/** Raised when a reader of the old shape could misread the new one; new optional keys do not raise it. */
export const REPORT_SCHEMA_VERSION = 1

export interface JsonOptions {
  readonly showFacts?: boolean
  /** ISO 8601; a report carries a time only if asked for, so that equal input gives equal bytes. */
  readonly timestamp?: string
}

/**
 * The report of `schemas/report.schema.json`, in pieces that never hold more than one artifact or finding: two million
 * artifacts make no giant string. Findings are indented for people, artifacts and facts take one line each.
 */
export function* jsonReport(report: Report, options: JsonOptions = {}): Generator<string> {
  const index = indexReport(report)
  const head = {
    schemaVersion: REPORT_SCHEMA_VERSION,
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    tool: report.tool,
    policy: report.policy,
    targets: report.targets,
    verdict: verdictOf(report),
    summary: summaryOf(tally(report, index)),
  }
  yield safeJsonPretty(head).slice(0, -2)
  yield* array('findings', report.findings, (f) => `    ${safeJsonPretty(waivedFinding(f, index), '    ')}`)
  yield* array('artifacts', report.artifacts, (a) => `    ${safeJson(artifactOf(a, report))}`)
  // An artifact that is not listed was accounted for in full: the rule, not the exception.
  const partial = report.coverage.filter((c) => c.state !== 'full' || c.unfetched !== undefined)
  yield* array('coverage', partial, (c) => `    ${safeJson(c)}`)
  if (report.loaders) yield* array('loaders', report.loaders, (view) => `    ${safeJson(view)}`)
  if (options.showFacts) yield* array('facts', report.facts, (f) => `    ${safeJson(f)}`)
  yield '\n}\n'
}

function* array<T>(name: string, items: readonly T[], line: (item: T) => string): Generator<string> {
  yield `,\n  "${name}": [`
  let first = true
  for (const item of items) {
    yield `${first ? '\n' : ',\n'}${line(item)}`
    first = false
  }
  yield first ? ']' : '\n  ]'
}

function verdictOf(report: Report) {
  const { outcome, reasons, failing, waived, warnings } = report.verdict
  const remote = report.remote ? { remote: report.remote } : {}
  return { outcome, ...remote, reasons, failing, waived, warnings }
}

function summaryOf(sums: Tally) {
  const { files, members, bytes, outcomes, severities, waived } = sums
  return { files, members, bytes, outcomes, findings: severities, waived }
}

function waivedFinding<T extends { readonly fingerprint: string }>(finding: T, index: ReportIndex) {
  return index.waived.has(finding.fingerprint) ? { ...finding, waived: true } : finding
}

function artifactOf(artifact: Artifact, report: Report) {
  const { id, parent, size, formats, digests } = artifact
  const computed = digests.filter((d) => d.origin === 'computed').map((d) => [d.algorithm, d.hex] as const)
  const claimed = digests.filter((d) => d.origin === 'claimed').map((d) => [d.algorithm, d.hex] as const)
  return {
    id,
    ...(parent === undefined ? {} : { parent }),
    path: displayPath(artifact.locator),
    ...(formats[0] === undefined ? {} : { format: formats[0] }),
    ...(formats.length > 1 ? { formats } : {}),
    ...(size === undefined ? {} : { size }),
    ...(computed.length === 0 ? {} : { digests: Object.fromEntries(computed) }),
    ...(claimed.length === 0 ? {} : { claimedDigests: Object.fromEntries(claimed) }),
    outcome: report.verdict.outcomes.get(id) ?? 'incomplete',
  }
}
