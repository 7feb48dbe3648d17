import type { Report } from '../../model/report.ts'
import { jsonReport } from '../../report/json.ts'
import { sarifReport } from '../../report/sarif.ts'
import { textReport } from '../../report/text.ts'
import type { Format, ScanFlags } from '../args.ts'
import { exitCodeOf } from '../exit.ts'
import { checkAppendable, checkWritable, writeAtomically, writeStream } from '../outputs.ts'
import { ProgressLine } from '../progress.ts'
import { untilInterrupted } from '../signals.ts'

/** Columns of a text report that no terminal shows. */
const DEFAULT_WIDTH = 100

/** `weighmaster scan`: checks what it was told, scans, writes the reports, and sets the exit code. */
export async function scanCommand(targets: readonly string[], flags: ScanFlags): Promise<void> {
  const outputs = flags.output ?? []
  await checkWritable(outputs)
  if (flags.auditLog !== undefined) await checkAppendable('--audit-log', flags.auditLog)
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const report = await scanWithProgress(targets, flags, signal)
    const elapsedMs = performance.now() - started
    const timestamp = flags.timestamp ? await runTimestamp() : undefined
    const render = (format: Format, screen: Screen) =>
      pieces(format, report, flags, screen, elapsedMs, timestamp)
    for (const output of outputs) await writeAtomically(output, render(output.format, NO_SCREEN))
    const exitCode = exitCodeOf(report)
    if (flags.auditLog !== undefined) await appendAudit(flags.auditLog, report, exitCode)
    await writeStream(process.stdout, render(flags.format, screenOf(process.stdout, flags)))
    process.exitCode = exitCode
  })
}

async function scanWithProgress(
  targets: readonly string[],
  flags: ScanFlags,
  signal: AbortSignal,
): Promise<Report> {
  const { scan } = await import('../../index.ts')
  const progress = process.stderr.isTTY && !flags.quiet ? new ProgressLine(process.stderr) : undefined
  try {
    return await scan(targets, {
      ...(flags.policy === undefined ? {} : { policy: flags.policy }),
      ...(flags.failOn === undefined ? {} : { failOn: flags.failOn }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
      ...(progress ? { onProgress: progress.on } : {}),
      rules: flags.rules ?? [],
      limits: flags.limit ?? {},
      include: flags.include ?? [],
      exclude: flags.exclude ?? [],
      digest: flags.digest,
      memberDigests: flags.memberDigests ?? false,
      signal,
    })
  } finally {
    progress?.clear()
  }
}

interface Screen {
  /** `--quiet` is about what is printed; a file gets the whole report. */
  readonly quiet: boolean
  readonly width: number
  readonly colours: boolean
}

const NO_SCREEN: Screen = { width: DEFAULT_WIDTH, colours: false, quiet: false }

/** `hasColors` knows NO_COLOR, FORCE_COLOR and TERM=dumb. */
function screenOf(stream: NodeJS.WriteStream, flags: ScanFlags): Screen {
  const quiet = flags.quiet ?? false
  if (!stream.isTTY) return { ...NO_SCREEN, quiet }
  return { quiet, width: stream.columns || DEFAULT_WIDTH, colours: flags.color && stream.hasColors() }
}

function pieces(
  format: Format,
  report: Report,
  flags: ScanFlags,
  screen: Screen,
  elapsedMs: number,
  timestamp: string | undefined,
): Iterable<string> {
  const time = timestamp === undefined ? {} : { timestamp }
  if (format === 'json') return jsonReport(report, { showFacts: flags.showFacts ?? false, ...time })
  if (format === 'sarif') return sarifReport(report, time)
  return textReport(report, { ...screen, showFacts: flags.showFacts ?? false, elapsedMs })
}

async function runTimestamp(): Promise<string> {
  const { runTime } = await import('../../engine/clock.ts')
  return runTime().toISOString()
}

async function appendAudit(file: string, report: Report, exitCode: number): Promise<void> {
  const { appendAuditEntry, auditWho } = await import('../audit-file.ts')
  const { auditEntry } = await import('../../report/audit.ts')
  const { runTime } = await import('../../engine/clock.ts')
  await appendAuditEntry(file, auditEntry(report, { time: runTime(), who: auditWho(), exitCode }))
}
