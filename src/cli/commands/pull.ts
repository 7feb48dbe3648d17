import path from 'node:path'
import { pull } from '../../engine/pull.ts'
import { projectPlaces } from '../../engine/verify.ts'
import { isMeant } from '../../lock/drift.ts'
import type { Lock } from '../../model/lock.ts'
import { UsageError } from '../../model/trouble.ts'
import type { PullFlags } from '../args-project.ts'
import { hubCache, sourceSettings } from '../environment.ts'
import { exitCodeOf } from '../exit.ts'
import { checkOutputs, judgeOptions, present, withProgress } from '../present.ts'
import { projectHere, storeUpgraded, withProjectPolicy } from '../project.ts'
import { untilInterrupted } from '../signals.ts'
import { inHubCache } from './verify.ts'

/** `weighmaster pull`: fetches what is locked, judges it, moves what passes into place. */
export async function pullCommand(wanted: readonly string[], given: PullFlags): Promise<void> {
  const project = await projectHere()
  const flags = withProjectPolicy(given, project.manifest)
  await checkOutputs(flags)
  if (flags.to !== undefined && flags.toHfCache !== undefined) {
    throw new UsageError('--to and --to-hf-cache exclude each other')
  }
  const lock = only(project.lock, wanted)
  const cache = flags.toHfCache === true ? hubCache() : flags.toHfCache
  const base = path.resolve(cache ?? flags.to ?? project.folder)
  const places = cache === undefined ? projectPlaces(lock, base) : inHubCache(lock, base)
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const settings = {
      ...sourceSettings(project.folder, signal),
      ...(flags.parallel === undefined ? {} : { width: flags.parallel }),
    }
    const target = { base, cache: cache !== undefined, signal }
    const pulled = await withProgress(flags, (progress) =>
      pull({ ...project, places }, { ...judgeOptions(flags), ...progress, ...target }, settings),
    )
    await storeUpgraded(project, pulled.lock)
    const exitCode = exitCodeOf(pulled.report)
    await present(pulled.report, flags, exitCode, performance.now() - started)
    process.exitCode = exitCode
  })
}

function only(lock: Lock, wanted: readonly string[]): Lock {
  for (const text of wanted) {
    if (!lock.entries.some((entry) => isMeant(entry, text)))
      throw new UsageError(`${text}: the lock has no such entry`)
  }
  if (wanted.length === 0) return lock
  return { entries: lock.entries.filter((entry) => wanted.some((text) => isMeant(entry, text))) }
}
