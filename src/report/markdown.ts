import { displayPath } from '../model/artifact.ts'
import { SEVERITIES } from '../model/finding.ts'
import type { Outcome, Report } from '../model/report.ts'
import { remoteNote } from './headline.ts'
import { bytesText, countText, plural } from './layout.ts'
import { codeCell, codeSpan, prose } from './markdown-text.ts'
import { clip } from './printable.ts'
import { type Row, rows } from './rows.ts'
import { indexReport, type ReportIndex, type Tally, tally } from './tally.ts'

/** A comment of GitHub holds 65,536 characters; what does not fit is counted, the worst stays. */
const CHARACTERS = 60_000
const DECIDING_SHOWN = 50
const NOTED_SHOWN = 50
const CELL = 300

const HEAD: Record<Outcome, string> = {
  pass: '✅ weighmaster: pass',
  fail: '❌ weighmaster: fail',
  incomplete: '⚠️ weighmaster: incomplete',
}

/** Markdown for a pull request: the verdict, what decides it, then what was noted, folded away. */
export function* markdownReport(report: Report): Generator<string> {
  const index = indexReport(report)
  const sums = tally(report, index)
  const all = [...rows(report, index)].filter((row) => row.waived === '')
  let room = CHARACTERS
  for (const part of parts(report, index, sums, all)) {
    if (part.length > room) {
      yield '\n_More is in the JSON report._\n'
      return
    }
    room -= part.length
    yield part
  }
}

function* parts(report: Report, index: ReportIndex, sums: Tally, all: readonly Row[]): Generator<string> {
  const { verdict, policy } = report
  yield `### ${HEAD[verdict.outcome]}\n\n`
  yield `${sentence(sums)}, by policy ${codeSpan(policy.name)} (fails on ${policy.failOn}).\n`
  const far = remoteNote(report)
  if (far !== undefined) yield `\n> ${prose(far)}\n`
  const deciding = all.filter((row) => row.decides)
  if (deciding.length > 0) {
    yield '\n| | what | where |\n|---|---|---|\n'
    for (const row of deciding.slice(0, DECIDING_SHOWN)) yield tableRow(row)
    if (deciding.length > DECIDING_SHOWN) {
      yield `\n… and ${plural(deciding.length - DECIDING_SHOWN, 'more')}, in the JSON report.\n`
    }
    yield* remedies(deciding.slice(0, DECIDING_SHOWN))
  }
  const noted = all.filter((row) => !row.decides)
  if (noted.length > 0) {
    yield `\n<details><summary>${plural(noted.length, 'finding')} below the threshold</summary>\n\n| | what | where |\n|---|---|---|\n`
    for (const row of noted.slice(0, NOTED_SHOWN)) yield tableRow(row)
    yield '\n</details>\n'
  }
  for (const warning of verdict.warnings) yield `\n> ${codeSpan(warning)}\n`
  if (index.waived.size > 0) yield `\n${plural(index.waived.size, 'finding')} waived by the policy.\n`
  for (const target of report.targets)
    yield `\nScanned ${codeSpan(displayPath({ root: target, members: [] }))}.`
  yield `\n\n<sub>weighmaster ${codeSpan(report.tool.version)}, rules ${codeSpan(report.tool.rulesDigest.slice(0, 12))}</sub>\n`
}

function sentence(sums: Tally): string {
  const found = SEVERITIES.toReversed().flatMap((s) =>
    sums.severities[s] > 0 ? [`${countText(sums.severities[s])} ${s}`] : [],
  )
  const { fail, incomplete } = sums.outcomes
  const bad = [
    ...(fail.files > 0 ? [`**${countText(fail.files)} ${fail.files === 1 ? 'fails' : 'fail'}**`] : []),
    ...(incomplete.files > 0 ? [`${countText(incomplete.files)} not fully inspected`] : []),
  ]
  const files = `${plural(sums.files, 'file')} (${bytesText(sums.bytes)})`
  return [files, ...bad, ...(found.length > 0 ? [`findings: ${found.join(', ')}`] : [])].join(', ')
}

function tableRow(row: Row): string {
  const example = row.example === '' ? '' : `<br>${codeCell(clip(row.example, CELL))}`
  const where = row.place === '' ? codeCell(row.path) : `${codeCell(row.path)}<br>${codeCell(row.place)}`
  return `| **${row.severity}** | ${prose(clip(row.message, CELL))}${example}<br><sub>${codeCell(row.rule)}</sub> | ${where} |\n`
}

function* remedies(deciding: readonly Row[]): Generator<string> {
  const told = new Map(deciding.filter((r) => r.remediation !== '').map((r) => [r.rule, r.remediation]))
  if (told.size === 0) return
  yield '\n**What to do**\n\n'
  for (const [rule, remediation] of told) yield `- ${codeSpan(rule)}: ${prose(clip(remediation, 2 * CELL))}\n`
}
