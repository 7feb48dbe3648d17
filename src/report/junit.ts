import { type Artifact, artifactId, displayPath } from '../model/artifact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Report } from '../model/report.ts'
import { clip, printable } from './printable.ts'
import { type Row, rows } from './rows.ts'
import { indexReport, isRegularFile, type ReportIndex, tally } from './tally.ts'

const MESSAGE = 1_000

/**
 * JUnit XML as CI servers read it: one suite, one test case per entry on disk that was judged. A file that fails has a
 * `failure`, one that could not be fully inspected an `error`; what was noted in files that pass is their `system-out`.
 */
export function* junitReport(report: Report): Generator<string> {
  const index = indexReport(report)
  const told = Map.groupBy(rows(report, index), (row) => row.file)
  const { fail, incomplete, pass } = tally(report, index).outcomes
  const sums = `tests="${fail.files + incomplete.files + pass.files}" failures="${fail.files}" errors="${incomplete.files}"`
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="weighmaster" ${sums}>\n`
  yield `  <testsuite name="${attribute(report.targets.join(', '))}" ${sums}>\n`
  for (const artifact of report.artifacts) {
    if (artifact.locator.members.length > 0) continue
    const own = told.get(artifact.locator.root) ?? []
    if (isRegularFile(artifact) || isNoted(artifact, report, index)) yield testCase(artifact, own, report)
  }
  yield '  </testsuite>\n</testsuites>\n'
}

/** As `tally` counts: a folder or link is a case where it has something to say itself. */
function isNoted(artifact: Artifact, report: Report, index: ReportIndex): boolean {
  return index.coverage.has(artifact.id) || report.findings.some((f) => f.artifact === artifact.id)
}

function testCase(artifact: Artifact, told: readonly Row[], report: Report): string {
  const { root } = artifact.locator
  const outcome = report.verdict.outcomes.get(artifactId({ root, members: [] })) ?? 'incomplete'
  const cut = root.lastIndexOf('/')
  const suite = attribute(cut < 0 ? '.' : root.slice(0, cut))
  const open = `    <testcase name="${attribute(displayPath({ root, members: [] }))}" classname="${suite}"`
  const standing = told.filter((row) => row.waived === '')
  if (outcome === 'pass') {
    return standing.length === 0
      ? `${open}/>\n`
      : `${open}>\n      <system-out>${lines(standing)}</system-out>\n    </testcase>\n`
  }
  const deciding = standing.filter((row) => row.decides)
  const [worst] = deciding.length > 0 ? deciding : standing
  const tag = outcome === 'fail' ? 'failure' : 'error'
  const message = attribute(clip(worst?.message ?? 'not fully inspected', MESSAGE))
  const type = attribute(worst?.rule ?? 'coverage/incomplete')
  return `${open}>\n      <${tag} message="${message}" type="${type}">${lines(standing)}</${tag}>\n    </testcase>\n`
}

function lines(told: readonly Row[]): string {
  const sorted = told.toSorted((a, b) => Number(b.decides) - Number(a.decides) || byCodePoint(a.path, b.path))
  return sorted.map((row) => `${text(line(row))}\n`).join('')
}

function line({ severity, rule, message, example, path, place }: Row): string {
  const where = place === '' ? path : `${path}, ${place}`
  return `${severity} ${rule}: ${message}${example === '' ? '' : ` · ${example}`} (${where})`
}

/** XML 1.0 has no way to write most control characters; they are shown as visible escapes, as everywhere. */
function text(value: string): string {
  return printable(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attribute(value: string): string {
  return text(value).replaceAll('"', '&quot;')
}
