import { blurName, likeness } from '../codec/names.ts'
import type { FactDraft } from '../model/fact.ts'
import type { LockEntry, SourceFile } from '../model/lock.ts'

/** A file that is there, by its path inside the entry. */
export interface Observed {
  readonly path: string
  /** Absent for a link that is not followed. */
  readonly size?: number | undefined
  /** Absent where it could not be read: then it is the inspection's to say, and nothing is claimed of it here. */
  readonly sha256?: string | undefined
  /** Where it leads, if it is a link that the lock does not explain. */
  readonly link?: string | undefined
}

/** Something about one path of an entry; `path` may be of a file that is not there. */
export interface Difference {
  readonly path: string
  readonly fact: FactDraft
}

/** How what is there differs from what is locked: every difference on its own. Pure; the order is that of the paths. */
export function compare(entry: LockEntry, observed: readonly Observed[], partial = false): Difference[] {
  const name = entry.asked.ref
  const locked = new Map(entry.files.map((file) => [file.path, file]))
  const there = new Map(observed.map((file) => [file.path, file]))
  const extra = partial ? [] : observed.filter(({ path }) => !locked.has(path))
  const missing = entry.files.filter(({ path }) => !there.has(path))
  const renamed = matchRenamed(missing, extra)
  const blurred = new Map(entry.files.map((file) => [blurName(file.path), file.path]))

  const out: Difference[] = []
  const state = (path: string, kind: string, data: FactDraft['data']) =>
    out.push({ path, fact: { kind: `lock.${kind}`, data: { entry: name, file: path, ...data } } })
  for (const { path } of missing) if (![...renamed.values()].includes(path)) state(path, 'missing', {})
  for (const { path } of extra) {
    const other = blurred.get(blurName(path))
    const from = renamed.get(path)
    if (other !== undefined) state(path, 'collision', { other, by: likeness(path, other) })
    else if (from !== undefined) state(path, 'renamed', { from })
    else state(path, 'extra', {})
  }
  for (const file of observed) {
    const expected = locked.get(file.path)
    if (expected && differs(file, expected)) {
      const { sha256: actual = '', size = 0 } = file
      state(file.path, 'changed', { expected: expected.sha256, actual, size, lockedSize: expected.size })
    }
    if (file.link !== undefined) state(file.path, 'link', { leads: file.link })
  }
  for (const [path, other] of collisions(entry.files))
    state(path, 'collision', { other, by: likeness(path, other) })
  return out.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function differs(file: Observed, expected: SourceFile): boolean {
  if (file.size === undefined) return false
  return file.size !== expected.size || (file.sha256 !== undefined && file.sha256 !== expected.sha256)
}

/** New path → locked path, where the content is the same and not empty; each locked file is found once. */
function matchRenamed(missing: readonly SourceFile[], extra: readonly Observed[]): Map<string, string> {
  const open = Map.groupBy(
    missing.filter(({ size }) => size > 0),
    ({ sha256 }) => sha256,
  )
  const pairs = new Map<string, string>()
  for (const { path, sha256 } of extra) {
    const from = sha256 === undefined ? undefined : open.get(sha256)?.shift()
    if (from) pairs.set(path, from.path)
  }
  return pairs
}

/** Locked paths that some file systems hold for one. */
export function collisions(files: readonly Pick<SourceFile, 'path'>[]): [string, string][] {
  const seen = new Map<string, string>()
  const found: [string, string][] = []
  for (const { path } of files) {
    const key = blurName(path)
    const other = seen.get(key)
    if (other === undefined) seen.set(key, path)
    else found.push([path, other])
  }
  return found
}
