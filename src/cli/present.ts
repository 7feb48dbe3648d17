import type { ScanOptions } from '../engine/options.ts'
import type { Report } from '../model/report.ts'
import { jsonReport } from '../report/json.ts'
import { sarifReport } from '../report/sarif.ts'
import { textReport } from '../report/text.ts'
import type { Format, JudgeFlags } from './flags.ts'
import { checkAppendable, checkWritable, writeAtomically, writeStream } from './outputs.ts'
import { ProgressLine } from './progress.ts'

/** Columns of a text report that no terminal shows. */
const DEFAULT_WIDTH = 100

/** Throws where a report or audit line could not be written in the end, before any work is done. */
export async function checkOutputs(flags: JudgeFlags): Promise<void> {
  await checkWritable(flags.output ?? [])
  if (flags.auditLog !== undefined) await checkAppendable('--audit-log', flags.auditLog)
}

/** The options of the library that every judging command has. */
export function judgeOptions(flags: JudgeFlags): ScanOptions {
  return {
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
    ...(flags.failOn === undefined ? {} : { failOn: flags.failOn }),
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    rules: flags.rules ?? [],
    limits: flags.limit ?? {},
  }
}

/** Runs with a line of progress where a person looks on. */
export async function withProgress<T>(
  flags: JudgeFlags,
  run: (progress: Pick<ScanOptions, 'onProgress'>) => Promise<T>,
): Promise<T> {
  const line = process.stderr.isTTY && !flags.quiet ? new ProgressLine(process.stderr) : undefined
  try {
    return await run(line ? { onProgress: line.on } : {})
  } finally {
    line?.clear()
  }
}

/** Writes the reports that were asked for and the audit line. */
export async function present(
  report: Report,
  flags: JudgeFlags,
  exitCode: number,
  elapsedMs: number,
): Promise<void> {
  const timestamp = flags.timestamp ? await runTimestamp() : undefined
  const render = (format: Format, screen: Screen) =>
    pieces(format, report, flags, screen, elapsedMs, timestamp)
  for (const output of flags.output ?? []) await writeAtomically(output, render(output.format, NO_SCREEN))
  if (flags.auditLog !== undefined) await appendAudit(flags.auditLog, report, exitCode)
  await writeStream(process.stdout, render(flags.format, screenOf(process.stdout, flags)))
}

interface Screen {
  /** `--quiet` is about what is printed; a file gets the whole report. */
  readonly quiet: boolean
  readonly width: number
  readonly colours: boolean
}

const NO_SCREEN: Screen = { width: DEFAULT_WIDTH, colours: false, quiet: false }

/** `hasColors` knows NO_COLOR, FORCE_COLOR and TERM=dumb. */
function screenOf(stream: NodeJS.WriteStream, flags: JudgeFlags): Screen {
  const quiet = flags.quiet ?? false
  if (!stream.isTTY) return { ...NO_SCREEN, quiet }
  return { quiet, width: stream.columns || DEFAULT_WIDTH, colours: flags.color && stream.hasColors() }
}

function pieces(
  format: Format,
  report: Report,
  flags: JudgeFlags,
  screen: Screen,
  elapsedMs: number,
  timestamp: string | undefined,
): Iterable<string> {
  const time = timestamp === undefined ? {} : { timestamp }
  if (format === 'json') return jsonReport(report, { showFacts: flags.showFacts ?? false, ...time })
  if (format === 'sarif') return sarifReport(report, time)
  const { showFacts = false, loaders = false } = flags
  return textReport(report, { ...screen, showFacts, loaders, elapsedMs })
}

async function runTimestamp(): Promise<string> {
  const { runTime } = await import('../engine/clock.ts')
  return runTime().toISOString()
}

async function appendAudit(file: string, report: Report, exitCode: number): Promise<void> {
  const { appendAuditEntry, auditWho } = await import('./audit-file.ts')
  const { auditEntry } = await import('../report/audit.ts')
  const { runTime } = await import('../engine/clock.ts')
  await appendAuditEntry(file, auditEntry(report, { time: runTime(), who: auditWho(), exitCode }))
}
