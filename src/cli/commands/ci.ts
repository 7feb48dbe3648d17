import { execFile } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { projectPlaces, verify } from '../../engine/verify.ts'
import { readLock } from '../../lock/read.ts'
import { LOCK_FILE, type Lock, type LockEntry } from '../../model/lock.ts'
import { UsageError } from '../../model/trouble.ts'
import { markdownReport } from '../../report/markdown.ts'
import type { CiFlags } from '../args-project.ts'
import { sourceSettings } from '../environment.ts'
import { exitCodeOf } from '../exit.ts'
import { checkAppendable } from '../outputs.ts'
import { checkOutputs, judgeOptions, present, withProgress } from '../present.ts'
import { projectHere, withProjectPolicy } from '../project.ts'
import { untilInterrupted } from '../signals.ts'

/** GitHub's name for the file that a job's summary is made of. */
const SUMMARY = 'GITHUB_STEP_SUMMARY'

/**
 * `weighmaster ci`: the frozen lock is held against what is on disk, what is there is inspected and judged, and SARIF and a summary
 * are written. With `--base`, entries that are locked at that commit with the same content are not inspected again.
 */
export async function ciCommand(given: CiFlags): Promise<void> {
  const project = await projectHere()
  const flags = withSarif(withProjectPolicy(given, project.manifest))
  await checkOutputs(flags)
  const summary = flags.summary ?? process.env[SUMMARY]
  if (summary) await checkAppendable('--summary', summary)
  const base = flags.base === undefined ? undefined : await lockAt(flags.base)
  const places = projectPlaces(project.lock, project.folder)
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const options = {
      ...judgeOptions(flags),
      frozen: true,
      signal,
      ...(flags.base && base ? { unchanged: { since: flags.base, has: unchangedIn(base) } } : {}),
    }
    const settings = sourceSettings(project.folder, signal)
    const { report } = await withProgress(flags, (progress) =>
      verify({ ...project, places }, { ...options, ...progress }, settings),
    )
    const exitCode = exitCodeOf(report)
    if (summary) await appendFile(summary, [...markdownReport(report)].join(''))
    await present(report, flags, exitCode, performance.now() - started)
    process.exitCode = exitCode
  })
}

function withSarif(flags: CiFlags): CiFlags {
  const output = flags.output ?? []
  if (output.some((o) => o.format === 'sarif')) return flags
  return { ...flags, output: [...output, { format: 'sarif', file: flags.sarif }] }
}

/** Same reference, same place, same content: what was judged then needs no second look. */
function unchangedIn(base: Lock): (entry: LockEntry) => boolean {
  const key = ({ asked, treeDigest }: LockEntry) =>
    JSON.stringify([asked.kind, asked.ref, asked.path, asked.policy ?? '', treeDigest])
  const known = new Set(base.entries.map(key))
  return (entry) => known.has(key(entry))
}

/** The lock at a commit; an empty one where there was none yet. The working tree is not touched. */
async function lockAt(revision: string): Promise<Lock> {
  const git = async (...args: string[]) =>
    promisify(execFile)('git', args, { encoding: 'buffer', maxBuffer: 1024 ** 3 })
  try {
    await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = missing ? 'git is not on this machine' : 'git knows no such commit here (a shallow clone?)'
    throw new UsageError(`--base ${revision}: ${why}`)
  }
  const shown = await git('show', '--end-of-options', `${revision}:./${LOCK_FILE}`).catch(() => undefined)
  return shown ? readLock(shown.stdout, `${LOCK_FILE} at ${revision}`) : { entries: [] }
}
