import { checkLock, makeLock } from '../../engine/lock.ts'
import { loadLock } from '../../lock/read.ts'
import { storeAtomically } from '../../lock/store.ts'
import { lockText } from '../../lock/write.ts'
import { LOCK_FILE, type Lock } from '../../model/lock.ts'
import type { Report } from '../../model/report.ts'
import { bytesText, plural } from '../../report/layout.ts'
import { printable } from '../../report/printable.ts'
import type { LockFlags } from '../args-project.ts'
import { sourceSettings } from '../environment.ts'
import { EXIT } from '../exit.ts'
import { checkOutputs, judgeOptions, present } from '../present.ts'
import { manifestHere, withProjectPolicy } from '../project.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster lock`: resolves what is new, writes the lock whole or not at all; `--check` only compares. */
export async function lockCommand(given: LockFlags): Promise<void> {
  const manifest = await manifestHere()
  const flags = withProjectPolicy(given, manifest)
  await checkOutputs(flags)
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const held = await loadLock(LOCK_FILE)
    const options = { ...judgeOptions(flags), signal }
    if (flags.check) {
      await finish(await checkLock(manifest, held, LOCK_FILE, options), flags, started)
      return
    }
    const onResolve = (ref: string) => {
      if (process.stderr.isTTY && !flags.quiet) process.stderr.write(`resolving ${printable(ref)} …\n`)
    }
    const update = flags.update === undefined ? {} : { update: flags.update }
    const settings = sourceSettings(manifest.folder, signal)
    const { lock, report } = await makeLock(manifest, held, { ...options, ...update, onResolve }, settings)
    signal.throwIfAborted()
    await storeAtomically(LOCK_FILE, lockText(lock))
    if (!flags.quiet) process.stderr.write(`${summary(lock, held)}\n`)
    await finish(report, flags, started)
  })
}

/** Names were judged, no files: that there were none is no news, and a clean judgement of names needs no page. */
async function finish(report: Report, flags: LockFlags, started: number): Promise<void> {
  const exitCode = EXIT[report.verdict.outcome]
  const silent = flags.format === 'text' && report.findings.length === 0
  if (silent) await presentQuietly(report, flags, exitCode, started)
  else await present(report, flags, exitCode, performance.now() - started)
  process.exitCode = exitCode
}

async function presentQuietly(
  report: Report,
  flags: LockFlags,
  exitCode: number,
  started: number,
): Promise<void> {
  if (flags.output === undefined && flags.auditLog === undefined) return
  await present(report, { ...flags, quiet: true }, exitCode, performance.now() - started)
}

function summary({ entries }: Lock, held: Lock | undefined): string {
  const files = entries.flatMap((entry) => entry.files)
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  const same = new Set(
    held?.entries.map((entry) => `${entry.asked.path} ${entry.treeDigest} ${entry.resolved.pin}`),
  )
  const kept = entries.filter((e) => same.has(`${e.asked.path} ${e.treeDigest} ${e.resolved.pin}`)).length
  const news = entries.length - kept
  return `${LOCK_FILE}: ${plural(entries.length, 'entry', 'entries')}, ${plural(files.length, 'file')} (${bytesText(bytes)}); ${news} new or changed`
}
