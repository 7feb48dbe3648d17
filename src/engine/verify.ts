import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { compare, type Observed } from '../lock/compare.ts'
import type { Manifest } from '../lock/manifest.ts'
import type { Artifact } from '../model/artifact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { ARTIFACTS, type Lock, type LockEntry } from '../model/lock.ts'
import type { Inspection, Report } from '../model/report.ts'
import { displayRoot } from '../source/local.ts'
import type { SourceSettings } from '../source/source.ts'
import { stateSurface } from './baseline.ts'
import { stateListing } from './cache-listing.ts'
import { withComputed } from './computed.ts'
import { innerPath, linkOf, type Placed, placed, Stated, stateEntries } from './entries.ts'
import { gather } from './gather.ts'
import { join } from './join.ts'
import { type Judge, loadJudge } from './judge.ts'
import { stateDrift } from './lock.ts'
import { stateIdentity } from './online.ts'
import { type PoolOptions, poolOptions, type ScanOptions } from './options.ts'
import { inspectAll, warmUp } from './pool.ts'
import type { Concluded, SignatureOptions } from './signature-run.ts'
import { prepareSignatures } from './signatures.ts'
import { signaturesFor, signedTargets, stateLockedSigners } from './signed-places.ts'

export interface VerifyOptions extends ScanOptions {
  /** Fail where manifest and lock disagree, and on files among the artifacts that nothing locks. */
  readonly frozen?: boolean
  /** Ask the sources again who the names belong to. */
  readonly online?: boolean
  /** Entries that somebody judged already as they are, and since when; they are not inspected again. */
  readonly unchanged?: { readonly since: string; has(entry: LockEntry): boolean }
}

/** A project: what its lock says, where its parts lie. */
export interface Project {
  readonly folder: string
  readonly lockFile: string
  readonly lock: Lock
  readonly manifest?: Manifest
  readonly places: readonly Placed[]
}

export interface Verified {
  readonly report: Report
  /** The lock with every digest that was only claimed, and is computed now. */
  readonly lock: Lock
}

/**
 * Inspects what is locked, where it lies, and holds it against the lock: the bytes that are hashed are the bytes that
 * are inspected, on one open descriptor. Offline unless asked otherwise.
 */
export async function verify(
  project: Project,
  options: VerifyOptions,
  settings: SourceSettings,
): Promise<Verified> {
  const { folder, lock, lockFile, manifest, places } = project
  const stated = new Stated()
  const due = places.filter((place) => !isUnchanged(place, options, stated))
  const pool = { ...poolOptions(options, { ...DEFAULT_LIMITS, ...options.limits }), digest: true }
  warmUp(
    pool,
    due.reduce((sum, { entry }) => sum + entry.files.length, 0),
  )
  const judge = await loadJudge(options, entryPolicies(project))
  const present = await presentOnly(due, stated)
  const signing = signaturesFor(project, judge, options)
  const inspected = await inspectPlaces(present, options, pool, signing, judge.names)
  await stateLockedSigners(present, inspected.records, stated)
  const inspection = stateSurface(present, inspected.inspection, stated)
  stateEntries(places, stated)
  const same = await stateDifferences(present, inspection, stated)
  for (const place of present.filter(isSnapshot)) await stateListing(place, stated)
  if (options.frozen) {
    if (manifest) stateDrift(stated, manifest, lock, lockFile)
    await stateUntracked(folder, places, stated)
  }
  if (options.online) await stateIdentity(places, stated, settings)
  const targets = places.map(({ display }) => display)
  return { report: judge.judge(targets, stated.joinTo(inspection)), lock: withComputed(lock, same) }
}

/** Said in the report: nobody should take what was not looked at for inspected. */
function isUnchanged({ entry, display }: Placed, { unchanged }: VerifyOptions, stated: Stated): boolean {
  if (!unchanged?.has(entry)) return false
  const data = { entry: entry.asked.ref, since: unchanged.since, treeDigest: entry.treeDigest }
  stated.state(stated.thing(display), { kind: 'lock.unchanged', data })
  return true
}

/** The policies of entries that have one of their own, by the artifact that the entry is. */
export function entryPolicies({ folder, places }: Project): Map<string, string> {
  const own = places.flatMap(({ entry, id }) =>
    entry.asked.policy === undefined ? [] : [[id, entry.asked.policy] as const],
  )
  const presets = new Set(['strict', 'balanced', 'permissive'])
  return new Map(own.map(([id, policy]) => [id, presets.has(policy) ? policy : path.resolve(folder, policy)]))
}

async function presentOnly(places: readonly Placed[], stated: Stated): Promise<Placed[]> {
  const present: Placed[] = []
  for (const place of places) {
    const { entry, display, target } = place
    const leads = entry.asked.ref.startsWith('file:') ? undefined : await linkOf(target)
    if (leads !== undefined) {
      const data = { entry: entry.asked.ref, file: '.', leads }
      stated.state(stated.thing(display), { kind: 'lock.link', data })
    } else if (await stat(target).catch(() => undefined)) present.push(place)
    else {
      const data = { entry: entry.asked.ref, files: entry.files.length }
      stated.state(stated.thing(display), { kind: 'lock.absent', data })
    }
  }
  return present
}

async function inspectPlaces(
  places: readonly Placed[],
  options: ScanOptions,
  pool: PoolOptions,
  signing: SignatureOptions,
  names: Judge['names'],
): Promise<Concluded> {
  await using gathered = await gather(
    places.map(({ target }) => target),
    { ...options, include: [], exclude: [] },
  )
  const tasks = gathered.tasks.filter((task) => isWanted(task.display, task.parent, places))
  const signatures = await prepareSignatures(tasks, signedTargets(places), signing)
  const inspected = await inspectAll(signatures.tasks, pool)
  return signatures.conclude(join(gathered, inspected, names), inspected)
}

/** In a store that is shared with others, only what the lock names is read. */
function isWanted(display: string, parent: string | undefined, places: readonly Placed[]): boolean {
  const place = places.find(({ id }) => id === parent)
  if (!place?.shared) return true
  return place.entry.files.some((file) => file.path === innerPath(display, place.display))
}

/** States every difference; returns the entries all of whose files were hashed and are what is locked. */
async function stateDifferences(
  places: readonly Placed[],
  inspection: Inspection,
  stated: Stated,
): Promise<LockEntry[]> {
  const same: LockEntry[] = []
  const own = inspection.artifacts.filter(
    ({ locator, formats }) => locator.members.length === 0 && !formats.includes('folder'),
  )
  const byParent = Map.groupBy(own, ({ id, parent }) => parent ?? id)
  for (const place of places) {
    const observed = await Promise.all(
      (byParent.get(place.id) ?? []).map((artifact) => observe(artifact, place)),
    )
    const differences = compare(place.entry, observed, place.shared)
    if (differences.length === 0 && observed.every(({ sha256 }) => sha256 !== undefined))
      same.push(place.entry)
    for (const { path: inner, fact } of differences) {
      const display = displayOf(place, inner)
      const parent = display === place.display ? undefined : stated.thing(place.display)
      stated.state(stated.thing(display, parent), fact)
    }
  }
  return same
}

async function observe({ locator, size, digests }: Artifact, place: Placed): Promise<Observed> {
  const inner = innerPath(locator.root, place.display)
  const sha256 = digests.find(({ origin }) => origin === 'computed')?.hex
  const link = await unexplainedLink(place, inner, sha256)
  return { path: inner, size, sha256, ...(link === undefined ? {} : { link }) }
}

/** `models--org--name/snapshots/<commit>` of a Hugging Face cache. */
function isSnapshot({ target }: Placed): boolean {
  return path.basename(path.dirname(target)) === 'snapshots'
}

/**
 * A cache snapshot is made of links; each must lead to the blob that is called by the locked digest, or by one that we do
 * not know (chunk storage has its own) if the locked bytes are in it.
 */
async function unexplainedLink(
  place: Placed,
  inner: string,
  sha256: string | undefined,
): Promise<string | undefined> {
  const { entry, target } = place
  const leads = await linkOf(path.join(target, inner))
  if (leads === undefined) return undefined
  const file = entry.files.find((f) => f.path === inner)
  const blob = path.basename(leads)
  const other = entry.files.some((f) => f.path !== inner && (blob === f.sha256 || blob === f.gitBlob))
  const named = blob === file?.sha256 || blob === file?.gitBlob
  const explained =
    isSnapshot(place) &&
    path.basename(path.dirname(leads)) === 'blobs' &&
    (named || (!other && /^[0-9a-f]{64}$/.test(blob) && sha256 === file?.sha256))
  return explained ? undefined : leads
}

function displayOf({ display, entry }: Placed, inner: string): string {
  const isFile =
    entry.asked.ref.startsWith('file:') && entry.files.length === 1 && path.posix.basename(display) === inner
  if (isFile) return display
  return display === '.' ? inner : `${display.replace(/\/$/, '')}/${inner}`
}

/** Everything below the artifacts folder that no entry accounts for. */
async function stateUntracked(folder: string, places: readonly Placed[], stated: Stated): Promise<void> {
  const top = path.resolve(folder, ARTIFACTS)
  const owned = new Set(places.map(({ target }) => path.resolve(target)))
  const visit = async (at: string): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const full = path.join(at, entry.name)
      if (owned.has(full)) continue
      if (entry.isDirectory()) await visit(full)
      else {
        const display = displayRoot(full)
        stated.state(stated.thing(display), { kind: 'lock.untracked', data: { file: display } })
      }
    }
  }
  await visit(top)
}

/** Where every entry of a lock lies in its project. */
export function projectPlaces(lock: Lock, folder: string): Placed[] {
  return lock.entries.map((entry) => placed(entry, path.resolve(folder, entry.asked.path)))
}
