import type { ScanFlags } from '../args.ts'
import { exitCodeOf } from '../exit.ts'
import { checkOutputs, judgeOptions, present, withProgress } from '../present.ts'
import { untilInterrupted } from '../signals.ts'

/** Told apart by their scheme, before the code that reads them is loaded: most scans have none. */
const REFERENCE = /^(?:hf|ollama|oci|npm|pypi|pkg|file|https?|git\+https?):/

/** `weighmaster scan`: checks what it was told, scans, writes the reports, and sets the exit code. */
export async function scanCommand(targets: readonly string[], flags: ScanFlags): Promise<void> {
  await checkOutputs(flags)
  const remote = targets.filter((target) => REFERENCE.test(target))
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const report = await withProgress(flags, async (progress) => {
      const { scan } = await import('../../index.ts')
      return scan(targets, {
        ...judgeOptions(flags),
        ...progress,
        include: flags.include ?? [],
        exclude: flags.exclude ?? [],
        digest: flags.digest,
        ...(flags.rows === undefined ? {} : { rows: flags.rows }),
        full: flags.full ?? false,
        memberDigests: flags.memberDigests ?? false,
        ...(remote.length > 0 ? { sources: await sources(signal) } : {}),
        signal,
      })
    })
    const exitCode = exitCodeOf(report)
    await present(report, flags, exitCode, performance.now() - started)
    process.exitCode = exitCode
  })
}

async function sources(signal: AbortSignal) {
  const { sourceSettings } = await import('../environment.ts')
  return sourceSettings(process.cwd(), signal)
}
