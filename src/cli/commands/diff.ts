import { diffLocks, grows } from '../../lock/diff.ts'
import { loadLock } from '../../lock/read.ts'
import { LOCK_FILE, type Lock } from '../../model/lock.ts'
import { UsageError } from '../../model/trouble.ts'
import { changeLog } from '../../report/change-log.ts'
import { safeJsonPretty } from '../../report/printable.ts'
import type { DiffFormat } from '../args-project.ts'
import { EXIT } from '../exit.ts'
import { writeStream } from '../outputs.ts'

/** `weighmaster diff [OLD] NEW`: what a reviewer should know of a change of the lock. */
export async function diffCommand(
  locks: readonly string[],
  flags: { readonly format: DiffFormat },
): Promise<void> {
  if (locks.length > 2) throw new UsageError('diff compares two locks: OLD and NEW')
  const [old = LOCK_FILE, fresh] = locks.length === 2 ? locks : [LOCK_FILE, locks[0]]
  const diff = diffLocks(await load(old), await load(fresh ?? LOCK_FILE))
  const pieces =
    flags.format === 'json' ? [`${safeJsonPretty(diff)}\n`] : changeLog(diff, flags.format === 'markdown')
  await writeStream(process.stdout, pieces)
  // What may do more, or starts in another way, is no change to be waved through.
  if (grows(diff)) process.exitCode = EXIT.fail
}

async function load(file: string): Promise<Lock> {
  const lock = await loadLock(file)
  if (!lock) throw new UsageError(`${file}: no such lock`)
  return lock
}
