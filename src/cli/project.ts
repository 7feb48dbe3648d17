import path from 'node:path'
import type { Project } from '../engine/verify.ts'
import { loadManifest, type Manifest } from '../lock/manifest.ts'
import { loadLock } from '../lock/read.ts'
import { storeAtomically } from '../lock/store.ts'
import { lockText } from '../lock/write.ts'
import { LOCK_FILE, type Lock, MANIFEST_FILE } from '../model/lock.ts'
import { UsageError } from '../model/trouble.ts'
import type { JudgeFlags } from './flags.ts'

/** The manifest of the working directory. */
export function manifestHere(): Promise<Manifest> {
  return loadManifest(MANIFEST_FILE)
}

/** The lock of the working directory, and the manifest if there is one. */
export async function projectHere(): Promise<Omit<Project, 'places'>> {
  const lock = await loadLock(LOCK_FILE)
  if (!lock) throw new UsageError(`${LOCK_FILE}: no lock here; weighmaster lock writes it`)
  const manifest = await loadManifest(MANIFEST_FILE).catch((error: unknown) => {
    if (error instanceof UsageError && error.message.includes('no manifest here')) return undefined
    throw error
  })
  return { folder: process.cwd(), lockFile: LOCK_FILE, lock, ...(manifest ? { manifest } : {}) }
}

/** The policy of the run: the flag's, else the manifest's. */
export function withProjectPolicy<F extends JudgeFlags>(flags: F, manifest: Manifest | undefined): F {
  if (flags.policy !== undefined || manifest?.policy === undefined) return flags
  const preset = ['strict', 'balanced', 'permissive'].includes(manifest.policy)
  return { ...flags, policy: preset ? manifest.policy : path.join(manifest.folder, manifest.policy) }
}

/** Writes digests that were claimed and are computed now; nothing else of the lock changes by a pull or a verification. */
export async function storeUpgraded(
  { lock, lockFile }: Pick<Project, 'lock' | 'lockFile'>,
  upgraded: Lock,
): Promise<void> {
  const [old, fresh] = [lockText(lock), lockText(upgraded)]
  if (old !== fresh) await storeAtomically(lockFile, fresh)
}
