import type { ScanFlags } from '../args.ts'
import { exitCodeOf } from '../exit.ts'
import { checkOutputs, judgeOptions, present, withProgress } from '../present.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster scan`: checks what it was told, scans, writes the reports, and sets the exit code. */
export async function scanCommand(targets: readonly string[], flags: ScanFlags): Promise<void> {
  await checkOutputs(flags)
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
        memberDigests: flags.memberDigests ?? false,
        signal,
      })
    })
    const exitCode = exitCodeOf(report)
    await present(report, flags, exitCode, performance.now() - started)
    process.exitCode = exitCode
  })
}
