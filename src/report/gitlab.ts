import type { Severity } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { clip, printable, safeJson } from './printable.ts'
import { type Row, rows } from './rows.ts'
import { indexReport } from './tally.ts'

/** GitLab's words for the severities. */
const SEVERITY: Record<Severity, string> = {
  critical: 'blocker',
  high: 'critical',
  medium: 'major',
  low: 'minor',
  info: 'info',
}

const DESCRIPTION = 1_000

/** GitLab's code quality report (a JSON array of issues with fingerprints); waived findings are left out. */
export function* gitlabReport(report: Report): Generator<string> {
  yield '['
  let first = true
  for (const row of rows(report, indexReport(report))) {
    if (row.waived !== '') continue
    yield `${first ? '\n' : ',\n'}${safeJson(issue(row))}`
    first = false
  }
  yield '\n]\n'
}

function issue(row: Row) {
  const inside = row.path === row.file ? '' : ` (${row.path})`
  const example = row.example === '' ? '' : `: ${row.example}`
  return {
    description: clip(printable(`${row.message}${example}${inside}`), DESCRIPTION),
    check_name: row.rule,
    fingerprint: row.fingerprint,
    severity: SEVERITY[row.severity],
    location: { path: printable(row.file), lines: { begin: row.line } },
  }
}
