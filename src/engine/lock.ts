import { likeness } from '../codec/names.ts'
import { collisions } from '../lock/compare.ts'
import { drift, isMeant, keyOf, sameSelection } from '../lock/drift.ts'
import { entryFact } from '../lock/entry-fact.ts'
import { lookalikes } from '../lock/lookalike.ts'
import type { Manifest, ManifestEntry } from '../lock/manifest.ts'
import { selects } from '../lock/place.ts'
import { promptsOf } from '../lock/prompts.ts'
import { treeDigest } from '../lock/tree.ts'
import type { Lock, LockEntry, SourceFile } from '../model/lock.ts'
import type { Report } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import { displayRoot } from '../source/local.ts'
import { resolve } from '../source/resolve.ts'
import type { SourceSettings } from '../source/source.ts'
import { recordBaselines } from './baseline.ts'
import { NOTHING, Stated } from './entries.ts'
import { loadJudge } from './judge.ts'
import type { ScanOptions } from './options.ts'
import type { SignatureOptions } from './signature-run.ts'

export interface LockOptions extends ScanOptions {
  /** Resolve this entry again (its reference as written, with or without the revision); true for all. */
  readonly update?: string | true
  /** What is being resolved, for a person who waits. */
  readonly onResolve?: (ref: string) => void
}

export interface Locked {
  readonly lock: Lock
  /** The judgement about the names; it does not look into the files. */
  readonly report: Report
}

/**
 * The lock for a manifest. What was locked and is asked for in the same way stays as it is; what is new, asked for
 * differently or to be updated is resolved now.
 */
export async function makeLock(
  manifest: Manifest,
  held: Lock | undefined,
  options: LockOptions,
  settings: SourceSettings,
): Promise<Locked> {
  const judge = await loadJudge(options)
  const old = new Map((held?.entries ?? []).map((entry) => [keyOf(entry.asked), entry]))
  const due = dueFor(manifest, old, options.update)
  const entries: LockEntry[] = []
  const signed = new Stated()
  const signatures = { ...options.signatures, signers: judge.signers }
  for (const asked of manifest.entries) {
    const before = old.get(keyOf(asked.asked))
    if (before && !due.has(asked)) entries.push({ ...before, asked: asked.asked })
    else {
      options.onResolve?.(asked.asked.ref)
      const entry = await lockEntry(asked, before, settings)
      entries.push(await withSignatures(entry, before, asked, settings, signatures, signed))
    }
  }
  const isDue = new Set([...due].map(({ asked }) => keyOf(asked)))
  const based = await recordBaselines(
    entries.filter((entry) => isDue.has(keyOf(entry.asked))),
    { folder: manifest.folder, names: judge.names },
    options,
    settings,
  )
  const all = entries.map((entry) => based.get(entry) ?? entry)
  const stated = stateNames(entries, manifest, judge.names('well-known-publishers'), signed)
  const targets = entries.map(({ asked }) => asked.ref)
  return { lock: { entries: all }, report: judge.judge(targets, stated.joinTo(NOTHING)) }
}

function dueFor(
  manifest: Manifest,
  old: ReadonlyMap<string, LockEntry>,
  update: string | true | undefined,
): Set<ManifestEntry> {
  const due = manifest.entries.filter((entry) => {
    const before = old.get(keyOf(entry.asked))
    const meant = update === true || (update !== undefined && isMeant({ ...before, ...entry }, update))
    return meant || !before || !sameSelection(before.asked, entry.asked)
  })
  const found = due.some(
    (entry) => typeof update === 'string' && isMeant({ ...old.get(keyOf(entry.asked)), ...entry }, update),
  )
  if (typeof update === 'string' && !found) {
    throw new UsageError(
      `--update ${update}: the manifest has no such entry; write its reference as it stands there`,
    )
  }
  return new Set(due)
}

async function lockEntry(
  { asked, reference, place }: ManifestEntry,
  before: LockEntry | undefined,
  settings: SourceSettings,
): Promise<LockEntry> {
  const { files, edges, purl, texts, ...resolved } = await resolve(
    reference,
    (path) => selects(asked, path),
    settings,
  )
  if (files.length === 0)
    throw new UsageError(`${place}: ${asked.ref}: there is no file to lock; look at include and exclude`)
  const prompts = promptsOf(asked.kind, texts ?? [])
  const known = new Map((before?.files ?? []).map((file) => [file.path, file]))
  return {
    asked,
    resolved,
    ...(purl === undefined ? {} : { purl }),
    treeDigest: treeDigest(files),
    files: files.map((file) => keepComputed(file, known.get(file.path))),
    edges,
    ...filledIn(before, treeDigest(files)),
    ...(prompts.length === 0 ? {} : { prompts }),
  }
}

/** The entry with the signatures that hold over what the source lists; a signer that was locked and changed is told. */
async function withSignatures(
  entry: LockEntry,
  before: LockEntry | undefined,
  { reference }: ManifestEntry,
  settings: SourceSettings,
  options: SignatureOptions,
  stated: Stated,
): Promise<LockEntry> {
  const { entrySignatures, stateSigners } = await import('./entry-signatures.ts')
  const signatures = await entrySignatures(entry, reference, settings, options, stated)
  stateSigners(entry, before?.signatures ?? [], signatures, entry.asked.ref, stated)
  return signatures.length === 0 ? entry : { ...entry, signatures }
}

/** What inspection said of these very files. Of others nothing is known yet. */
function filledIn(
  before: LockEntry | undefined,
  digest: string,
): Pick<LockEntry, 'capabilities' | 'surface'> {
  if (before?.treeDigest !== digest) return { capabilities: [] }
  const { capabilities, surface } = before
  return { capabilities, ...(surface ? { surface } : {}) }
}

/** What we computed once from the bytes stays computed as long as the source claims the same. */
function keepComputed(file: SourceFile, before: SourceFile | undefined): SourceFile {
  const same = before?.sha256 === file.sha256 && before.origin === 'computed'
  return same ? { ...file, origin: 'computed' } : file
}

function stateNames(
  entries: readonly LockEntry[],
  manifest: Manifest,
  publishers: readonly string[],
  stated: Stated,
): Stated {
  for (const entry of entries) {
    const { asked, files } = entry
    const id = stated.thing(asked.ref)
    stated.state(id, entryFact(entry))
    for (const [file, other] of collisions(files)) {
      stated.state(id, {
        kind: 'lock.collision',
        data: { entry: asked.ref, file, other, by: likeness(file, other) },
      })
    }
  }
  const all = manifest.entries.map(({ asked }) => asked)
  for (const { asked, fact } of lookalikes(all, publishers)) stated.state(stated.thing(asked.ref), fact)
  return stated
}

/** `lock --check`: does the lock say what the manifest asks for? Offline. */
export async function checkLock(
  manifest: Manifest,
  lock: Lock | undefined,
  lockFile: string,
  options: ScanOptions,
): Promise<Report> {
  const judge = await loadJudge(options)
  const stated = new Stated()
  stateDrift(stated, manifest, lock ?? { entries: [] }, lockFile)
  return judge.judge([displayRoot(lockFile)], stated.joinTo(NOTHING))
}

export function stateDrift(stated: Stated, manifest: Manifest, lock: Lock, lockFile: string): void {
  const id = stated.thing(displayRoot(lockFile))
  for (const { ref, how } of drift(manifest, lock))
    stated.state(id, { kind: 'lock.drift', data: { entry: ref, how } })
}
