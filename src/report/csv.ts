import type { Report } from '../model/report.ts'
import { printable } from './printable.ts'
import { type Row, rows } from './rows.ts'
import { indexReport } from './tally.ts'

const COLUMNS = [
  'severity',
  'confidence',
  'rule',
  'path',
  'place',
  'message',
  'example',
  'subject',
  'decides',
  'waived',
  'fingerprint',
] as const satisfies readonly (keyof Row)[]

/** CSV by RFC 4180, a header and one line per finding or gap, worst first. */
export function* csvReport(report: Report): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`
  for (const row of rows(report, indexReport(report))) {
    yield `${COLUMNS.map((column) => cell(String(row[column]))).join(',')}\r\n`
  }
}

/**
 * Spreadsheets run what starts like a formula (CWE-1236), and names come from artifacts: an apostrophe makes it text.
 * Controls are escaped visibly, so that a cell is one line.
 */
function cell(value: string): string {
  const shown = printable(value)
  const inert = /^[=+\-@]/.test(shown.trimStart()) ? `'${shown}` : shown
  return /[",]|^\s|\s$/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
