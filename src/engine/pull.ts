import { readdir, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { likeness } from '../codec/names.ts'
import { collisions } from '../lock/compare.ts'
import type { FactDraft } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { Lock, LockEntry, SourceFile } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import type { Report } from '../model/report.ts'
import { download, type Tampering } from '../source/download.ts'
import { inParallel } from '../source/fetch.ts'
import { type Landings, openLandings } from '../source/landings.ts'
import { locate } from '../source/resolve.ts'
import type { Remote, SourceSettings } from '../source/source.ts'
import { diskTrouble } from '../source/trouble.ts'
import { stateSurface } from './baseline.ts'
import { withComputed } from './computed.ts'
import { linkOf, type Placed, Stated, stateEntries } from './entries.ts'
import type { Progress } from './events.ts'
import { storeInCache } from './hub-cache.ts'
import { join } from './join.ts'
import { type Judge, loadJudge } from './judge.ts'
import type { RootTask } from './node.ts'
import { poolOptions, type ScanOptions } from './options.ts'
import { inspectAll } from './pool.ts'
import { makeWay, openQuarantine, type Quarantine, reuse } from './quarantine.ts'
import type { Concluded, SignatureOptions } from './signature-run.ts'
import { prepareSignatures } from './signatures.ts'
import { signaturesFor, signedTargets, stateLockedSigners } from './signed-places.ts'
import { entryPolicies, type Project } from './verify.ts'

export interface PullOptions extends ScanOptions {
  /** The folder that nothing may be written outside of. */
  readonly base: string
  /** Destinations are snapshots of a Hugging Face cache. */
  readonly cache?: boolean
}

export interface Pulled {
  readonly report: Report
  /** The lock with every digest that was computed now. */
  readonly lock: Lock
  /** The entries that are in place now, by where they lie. */
  readonly moved: readonly string[]
}

/** One entry on its way. */
interface Delivery {
  readonly place: Placed
  readonly quarantine: Quarantine
  readonly tasks: RootTask[]
  whole: boolean
}

/**
 * Fetches what is locked: quarantine → hash while arriving → inspect → judge → move. Only what passes is moved; what is
 * refused, broken or not fully inspected leaves its destination as it was.
 */
export async function pull(
  project: Project,
  options: PullOptions,
  settings: SourceSettings,
): Promise<Pulled> {
  const { lock, places } = project
  const judge = await loadJudge(options, entryPolicies(project))
  const stated = new Stated()
  await using stack = new AsyncDisposableStack()
  const progress = options.onProgress ?? (() => undefined)
  const remote = places.filter(({ entry }) => !entry.asked.ref.startsWith('file:'))
  progress({ kind: 'found', files: count(remote), bytes: bytes(remote) })

  const landings = settings.proxied
    ? undefined
    : stack.use(openLandings(Math.min(settings.width, availableParallelism()), settings.signal))
  const deliveries: Delivery[] = []
  for (const place of remote) {
    if (!(await mayReplace(place, stated)) || stateCollisions(place, stated)) continue
    const quarantine = await onDisk(place.display, async () => {
      await makeWay(place.target, options.base)
      return openQuarantine(place.target, place.entry.treeDigest)
    })
    deliveries.push({ place, quarantine: stack.use(quarantine), tasks: [], whole: true })
  }
  await fetchAll(deliveries, stated, settings, progress, landings)
  // Their memory is wanted by the threads that inspect.
  await landings?.[Symbol.asyncDispose]()
  const held = deliveries.map(({ place }) => place)
  const signing = signaturesFor(project, judge, options)
  const inspected = await inspectDeliveries(deliveries, options, signing, judge.names)
  await stateLockedSigners(held, inspected.records, stated)
  const inspection = stateSurface(held, inspected.inspection, stated)
  stateEntries(places, stated)
  const report = judge.judge(
    places.map(({ display }) => display),
    stated.joinTo(inspection),
  )

  const moved: LockEntry[] = []
  for (const delivery of deliveries) {
    const { place, quarantine, whole } = delivery
    if (whole && report.verdict.outcomes.get(place.id) === 'pass') {
      await onDisk(place.display, () =>
        options.cache ? storeInCache(place, quarantine, options.base) : quarantine.release(),
      )
      moved.push(place.entry)
    } else await quarantine.discard()
  }
  return { report, lock: withComputed(lock, moved), moved: moved.map(({ asked }) => asked.path) }
}

const count = (places: readonly Placed[]) => places.reduce((n, { entry }) => n + entry.files.length, 0)
const bytes = (places: readonly Placed[]) =>
  places.reduce((n, { entry }) => n + entry.files.reduce((m, { size }) => m + size, 0), 0)

/** A destination may be replaced unless it is a link, or holds what the lock does not know: that is somebody's. */
async function mayReplace({ entry, target, display }: Placed, stated: Stated): Promise<boolean> {
  const refuse = (kind: string, data: FactDraft['data']) =>
    stated.state(stated.thing(display), { kind, data: { entry: entry.asked.ref, ...data } })
  const leads = await linkOf(target)
  if (leads !== undefined) {
    refuse('lock.link', { file: '.', leads })
    return false
  }
  const known = new Set(entry.files.map(({ path: file }) => file))
  const there = await readdir(target, { recursive: true, withFileTypes: true }).catch(() => [])
  const names = there
    .filter((e) => !e.isDirectory())
    .map((e) => path.relative(target, path.join(e.parentPath, e.name)))
  const extra = names.map((name) => name.replaceAll(path.sep, '/')).filter((name) => !known.has(name))
  for (const file of extra) refuse('lock.extra', { file })
  return extra.length === 0
}

/** Two locked names that are one on some file systems would be written over each other. */
function stateCollisions({ entry, display }: Placed, stated: Stated): boolean {
  const pairs = collisions(entry.files)
  for (const [file, other] of pairs) {
    const data = { entry: entry.asked.ref, file, other, by: likeness(file, other) }
    stated.state(stated.thing(display), { kind: 'lock.collision', data })
  }
  return pairs.length > 0
}

/** Several files at once, of whatever entries. */
async function fetchAll(
  deliveries: readonly Delivery[],
  stated: Stated,
  settings: SourceSettings,
  progress: Progress,
  landings: Landings | undefined,
): Promise<void> {
  const orders: Order[] = []
  for (const delivery of deliveries) {
    const { entry } = delivery.place
    const where = await locate(parseReference(entry.asked.ref), entry, settings)
    for (const file of entry.files) orders.push({ delivery, file, remote: where(file) })
  }
  const advance = (n: number) => progress({ kind: 'advance', bytes: n })
  const fetched = await inParallel(orders, settings.width, async ({ delivery, file, remote }) => {
    const { place, quarantine } = delivery
    const arrived = await onDisk(place.display, () => quarantine.place(file.path))
    const here = path.join(place.target, file.path)
    const same = await stat(here).catch(() => undefined)
    if (same?.isFile() && same.size === file.size && (await linkOf(here)) === undefined)
      await reuse(here, arrived)
    const how = await download(remote, file, arrived, settings, advance, landings)
    progress({ kind: 'done', path: file.path })
    return { arrived, how }
  })
  for (const [i, { arrived, how }] of fetched.entries()) {
    const order = orders[i]
    if (order) collect(order, arrived, how, stated)
  }
}

interface Order {
  readonly delivery: Delivery
  readonly file: SourceFile
  readonly remote: Remote
}

/** What arrived as locked is to be inspected; what did not is stated, and its entry stays out. */
function collect(
  { delivery, file, remote }: Order,
  arrived: string,
  how: Tampering | undefined,
  stated: Stated,
): void {
  const { entry, display, id } = delivery.place
  const shown = `${display}/${file.path}`
  if (how === undefined) {
    delivery.tasks.push({ path: arrived, display: shown, size: file.size, parent: id, sha256: file.sha256 })
    return
  }
  delivery.whole = false
  const data = { entry: entry.asked.ref, file: file.path, how, origin: new URL(remote.url).origin }
  stated.state(stated.thing(shown, stated.thing(display)), { kind: 'lock.tampered', data })
}

/** Runs what writes; a system's refusal becomes one line about the place. */
async function onDisk<T>(place: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw diskTrouble(place, error)
  }
}

async function inspectDeliveries(
  deliveries: readonly Delivery[],
  options: ScanOptions,
  signing: SignatureOptions,
  names: Judge['names'],
): Promise<Concluded> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const folders = deliveries.map(({ place: { id, display } }) => ({
    id,
    locator: { root: display, members: [] },
    name: path.basename(display),
    formats: ['folder'],
    digests: [],
  }))
  const known = {
    artifacts: folders,
    facts: [],
    coverage: folders.map(({ id }) => ({ artifact: id, state: 'full' as const })),
  }
  const tasks = deliveries.flatMap((delivery) => delivery.tasks)
  const { onProgress: _, ...quiet } = options
  const targets = signedTargets(deliveries.map(({ place }) => place))
  const signatures = await prepareSignatures(tasks, targets, signing)
  const inspected = await inspectAll(signatures.tasks, { ...poolOptions(quiet, limits), digest: true })
  return signatures.conclude(join(known, inspected, names), inspected)
}
