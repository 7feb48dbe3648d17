import type { Lock, LockEntry } from '../model/lock.ts'

/** What was hashed here and agreed is no longer only claimed. */
export function withComputed(lock: Lock, same: readonly LockEntry[]): Lock {
  const hashed = new Set(same.map(({ asked }) => asked.path))
  return {
    entries: lock.entries.map((entry) =>
      hashed.has(entry.asked.path)
        ? { ...entry, files: entry.files.map((file) => ({ ...file, origin: 'computed' as const })) }
        : entry,
    ),
  }
}
