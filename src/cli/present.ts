import type { ScanOptions } from '../engine/options.ts'
import type { Report } from '../model/report.ts'
import type { JsonOptions } from '../report/json.ts'
import { DEFAULT_WIDTH, type Paint, painter } from '../report/layout.ts'
import type { TextOptions } from '../report/text.ts'
import type { Format, JudgeFlags } from './flags.ts'
import { checkAppendable, checkWritable, writeAtomically, writeStream } from './outputs.ts'
import { ProgressLine } from './progress.ts'
import { trustStore } from './trust-store.ts'

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
    signatures: {
      storedRoot: trustStore(),
      allowUnsigned: flags.allowUnsigned ?? false,
      ...(flags.trustedRoot === undefined ? {} : { trustedRoot: flags.trustedRoot }),
    },
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
  if (flags.auditLog !== undefined) await appendAudit(flags.auditLog, report, exitCode)
  const timestamp = flags.timestamp ? await runTimestamp() : undefined
  await show(report, flags, { elapsedMs, ...(timestamp === undefined ? {} : { timestamp }) })
}

export type ShowFlags = Pick<JudgeFlags, 'format' | 'output' | 'quiet' | 'showFacts' | 'loaders' | 'color'>

/** Files first, then standard output. */
export async function show(
  report: Report,
  flags: ShowFlags,
  about: { readonly elapsedMs?: number; readonly timestamp?: string },
): Promise<void> {
  const { showFacts = false, loaders = false } = flags
  const options = { ...about, showFacts, loaders }
  const render = (format: Format, screen: Screen) => pieces(format, report, { ...screen, ...options })
  for (const output of flags.output ?? [])
    await writeAtomically(output, await render(output.format, NO_SCREEN))
  await writeStream(process.stdout, await render(flags.format, screenOf(process.stdout, flags)))
}

interface Screen {
  /** `--quiet` is about what is printed; a file gets the whole report. */
  readonly quiet: boolean
  readonly width: number
  readonly colours: boolean
}

const NO_SCREEN: Screen = { width: DEFAULT_WIDTH, colours: false, quiet: false }

/** Colours for standard output, unless a flag, NO_COLOR or a pipe says otherwise. */
export function painterOf(color: boolean): Paint {
  return painter(color && process.stdout.isTTY && process.stdout.hasColors())
}

/** `hasColors` knows NO_COLOR, FORCE_COLOR and TERM=dumb. */
function screenOf(stream: NodeJS.WriteStream, flags: ShowFlags): Screen {
  const quiet = flags.quiet ?? false
  if (!stream.isTTY) return { ...NO_SCREEN, quiet }
  return { quiet, width: stream.columns || DEFAULT_WIDTH, colours: flags.color && stream.hasColors() }
}

/** The report in one format. Only the writer that is asked for is loaded. */
async function pieces(
  format: Format,
  report: Report,
  options: TextOptions & JsonOptions,
): Promise<Iterable<string>> {
  switch (format) {
    case 'text':
      return (await import('../report/text.ts')).textReport(report, options)
    case 'json':
      return (await import('../report/json.ts')).jsonReport(report, options)
    case 'sarif':
      return (await import('../report/sarif.ts')).sarifReport(report, options)
    case 'html':
      return (await import('../report/html.ts')).htmlReport(report, options)
    case 'markdown':
      return (await import('../report/markdown.ts')).markdownReport(report)
    case 'junit':
      return (await import('../report/junit.ts')).junitReport(report)
    case 'csv':
      return (await import('../report/csv.ts')).csvReport(report)
    case 'gitlab':
      return (await import('../report/gitlab.ts')).gitlabReport(report)
  }
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
