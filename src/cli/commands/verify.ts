import path from 'node:path'
import { type Placed, placed } from '../../engine/entries.ts'
import { projectPlaces, verify } from '../../engine/verify.ts'
import type { Lock } from '../../model/lock.ts'
import { parseReference } from '../../model/reference.ts'
import { UsageError } from '../../model/trouble.ts'
import type { PlaceFlags, VerifyFlags } from '../args-project.ts'
import { hubCache, ollamaStore, sourceSettings } from '../environment.ts'
import { exitCodeOf } from '../exit.ts'
import { checkOutputs, judgeOptions, present, withProgress } from '../present.ts'
import { projectHere, storeUpgraded, withProjectPolicy } from '../project.ts'
import { untilInterrupted } from '../signals.ts'

/** `weighmaster verify`: what is on disk against the lock. */
export async function verifyCommand(given: VerifyFlags): Promise<void> {
  const project = await projectHere()
  const flags = withProjectPolicy(given, project.manifest)
  await checkOutputs(flags)
  const places = placesFor(project.lock, project.folder, flags)
  const started = performance.now()
  await untilInterrupted(async (signal) => {
    const settings = sourceSettings(project.folder, signal)
    const only = { frozen: flags.frozen ?? false, online: flags.online ?? false }
    const { report, lock } = await withProgress(flags, (progress) =>
      verify({ ...project, places }, { ...judgeOptions(flags), ...progress, ...only, signal }, settings),
    )
    // What was claimed and is computed now stays so; a lock that may not be written says it again next time.
    if (!flags.frozen) await storeUpgraded(project, lock).catch(() => undefined)
    const exitCode = exitCodeOf(report)
    await present(report, flags, exitCode, performance.now() - started)
    process.exitCode = exitCode
  })
}

/** The places that the flags mean; a store holds only the entries of its own kind. */
function placesFor(lock: Lock, folder: string, flags: PlaceFlags): Placed[] {
  const { from, hfCache, ollamaStore: store } = flags
  if ([from, hfCache, store].filter((flag) => flag !== undefined).length > 1) {
    throw new UsageError(
      '--from, --hf-cache and --ollama-store exclude each other; verify one place at a time',
    )
  }
  if (hfCache !== undefined) return inHubCache(lock, hfCache === true ? hubCache() : hfCache)
  if (store !== undefined) {
    const top = store === true ? ollamaStore() : store
    return lock.entries
      .filter(({ asked }) => parseReference(asked.ref).scheme === 'ollama')
      .map((entry) => placed(entry, top, true))
  }
  return projectPlaces(lock, from === undefined ? folder : path.resolve(from))
}

/** `models--org--name/snapshots/<commit>`, as the hub's own clients lay it out. */
export function inHubCache(lock: Lock, cache: string): Placed[] {
  return lock.entries.flatMap((entry) => {
    const reference = parseReference(entry.asked.ref)
    if (reference.scheme !== 'hf') return []
    const repository = `${reference.type}s--${reference.name.replace('/', '--')}`
    return [placed(entry, path.join(cache, repository, 'snapshots', entry.resolved.pin))]
  })
}
