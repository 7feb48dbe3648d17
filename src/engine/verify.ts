import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { compare, type Observed } from '../lock/compare.ts'
import type { Manifest } from '../lock/manifest.ts'
import { selects } from '../lock/place.ts'
import type { Artifact } from '../model/artifact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { ARTIFACTS, type Lock } from '../model/lock.ts'
import type { Inspection, Report } from '../model/report.ts'
import { displayRoot } from '../source/local.ts'
import type { SourceSettings } from '../source/source.ts'
import { innerPath, linkOf, type Placed, placed, Stated } from './entries.ts'
import { gather } from './gather.ts'
import { join } from './join.ts'
import { type Judge, loadJudge } from './judge.ts'
import { stateDrift } from './lock.ts'
import { stateIdentity } from './online.ts'
import { poolOptions, type ScanOptions } from './options.ts'
import { inspectAll } from './pool.ts'
import type { Concluded, Records, SignatureOptions, SignedTarget } from './signature-run.ts'
import { prepareSignatures } from './signatures.ts'

export interface VerifyOptions extends ScanOptions {
  /** Fail where manifest and lock disagree, and on files among the artifacts that nothing locks. */
  readonly frozen?: boolean
  /** Ask the sources again who the names belong to. */
  readonly online?: boolean
}

/** A project: what its lock says, where its parts lie. */
export interface Project {
  readonly folder: string
  readonly lockFile: string
  readonly lock: Lock
  readonly manifest?: Manifest
  readonly places: readonly Placed[]
}

/**
 * Inspects what is locked, where it lies, and holds it against the lock: the bytes that are hashed are the bytes that
 * are inspected, on one open descriptor. Offline unless asked otherwise.
 */
export async function verify(
  project: Project,
  options: VerifyOptions,
  settings: SourceSettings,
): Promise<Report> {
  const { folder, lock, lockFile, manifest, places } = project
  const judge = await loadJudge(options, entryPolicies(project))
  const stated = new Stated()
  const present = await presentOnly(places, stated)
  const { inspection, records } = await inspectPlaces(
    present,
    options,
    signaturesFor(project, judge, options),
  )
  await stateDifferences(present, inspection, stated)
  await stateLockedSigners(present, records, stated)
  if (options.frozen) {
    if (manifest) stateDrift(stated, manifest, lock, lockFile)
    await stateUntracked(folder, places, stated)
  }
  if (options.online) await stateIdentity(places, stated, settings)
  const targets = places.map(({ display }) => display)
  return judge.judge(targets, stated.joinTo(inspection))
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

/** What signatures are held against: the policy's signers, and those that the entries name. */
export function signaturesFor(
  { folder, places }: Pick<Project, 'folder' | 'places'>,
  { signers }: Pick<Judge, 'signers'>,
  { signatures }: ScanOptions,
): SignatureOptions {
  const own = places.flatMap(({ entry: { asked } }) =>
    asked.signer ? [{ folder, rules: [{ match: asked.ref, anyOf: asked.signer }] }] : [],
  )
  return { ...signatures, signers: [...signers, ...own] }
}

/** The places of a project as what signatures may be over. */
export function signedTargets(places: readonly Placed[]): SignedTarget[] {
  return places.map(({ display, entry: { asked, signatures } }) => ({
    display,
    names: [asked.ref],
    selects: (file) => selects(asked, file),
    recorded: (signatures ?? []).filter(({ from }) => from === 'service'),
  }))
}

/** A signature that is recorded and lay among the files must still be there, by the same signer. */
export async function stateLockedSigners(
  places: readonly Placed[],
  records: Records,
  stated: Stated,
): Promise<void> {
  for (const { entry, display } of places) {
    const was = (entry.signatures ?? []).filter(({ from }) => from === undefined)
    if (was.length === 0) continue
    const { stateSigners } = await import('./entry-signatures.ts')
    const inside = (at: string) => at === display || display === '.' || at.startsWith(`${display}/`)
    const is = [...records].filter(([at]) => inside(at)).flatMap(([, list]) => list)
    stateSigners(entry, was, is, display, stated)
  }
}

async function inspectPlaces(
  places: readonly Placed[],
  options: ScanOptions,
  signing: SignatureOptions,
): Promise<Concluded> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  await using gathered = await gather(
    places.map(({ target }) => target),
    { ...options, include: [], exclude: [] },
  )
  const tasks = gathered.tasks.filter((task) => isWanted(task.display, task.parent, places))
  const signatures = await prepareSignatures(tasks, signedTargets(places), signing)
  const inspected = await inspectAll(signatures.tasks, { ...poolOptions(options, limits), digest: true })
  return signatures.conclude(join(gathered, inspected), inspected)
}

/** In a store that is shared with others, only what the lock names is read. */
function isWanted(display: string, parent: string | undefined, places: readonly Placed[]): boolean {
  const place = places.find(({ id }) => id === parent)
  if (!place?.shared) return true
  return place.entry.files.some((file) => file.path === innerPath(display, place.display))
}

async function stateDifferences(
  places: readonly Placed[],
  inspection: Inspection,
  stated: Stated,
): Promise<void> {
  const own = inspection.artifacts.filter(
    ({ locator, formats }) => locator.members.length === 0 && !formats.includes('folder'),
  )
  const byParent = Map.groupBy(own, ({ id, parent }) => parent ?? id)
  for (const place of places) {
    const observed = await Promise.all(
      (byParent.get(place.id) ?? []).map((artifact) => observe(artifact, place)),
    )
    for (const { path: inner, fact } of compare(place.entry, observed, place.shared)) {
      const display = displayOf(place, inner)
      const parent = display === place.display ? undefined : stated.thing(place.display)
      stated.state(stated.thing(display, parent), fact)
    }
  }
}

async function observe({ locator, size, digests }: Artifact, place: Placed): Promise<Observed> {
  const inner = innerPath(locator.root, place.display)
  const sha256 = digests.find(({ origin }) => origin === 'computed')?.hex
  const link = await unexplainedLink(place, inner)
  return { path: inner, size: size ?? -1, sha256, ...(link === undefined ? {} : { link }) }
}

/** A cache snapshot is made of links; each must lead to the blob that is called by the locked digest. */
async function unexplainedLink({ entry, target }: Placed, inner: string): Promise<string | undefined> {
  const leads = await linkOf(path.join(target, inner))
  if (leads === undefined) return undefined
  const file = entry.files.find((f) => f.path === inner)
  const inCache = path.basename(path.dirname(target)) === 'snapshots'
  const blob = path.basename(leads)
  const explained =
    inCache &&
    path.basename(path.dirname(leads)) === 'blobs' &&
    (blob === file?.sha256 || blob === file?.gitBlob)
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
