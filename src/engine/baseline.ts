import path from 'node:path'
import { compareSurface, hasBaseline, isSurfaceText, type Observed, observedOf } from '../lock/surface.ts'
import { artifactId } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { LockEntry, TextFile } from '../model/lock.ts'
import type { Inspection } from '../model/report.ts'
import type { SourceSettings } from '../source/source.ts'
import type { Placed, Stated } from './entries.ts'
import { fetchEntry } from './fetched.ts'
import { gather } from './gather.ts'
import { join } from './join.ts'
import type { Judge } from './judge.ts'
import { poolOptions, type ScanOptions } from './options.ts'
import { capabilitySet, pluginsOf } from './permissions.ts'
import { inspectAll } from './pool.ts'

/** Entries whose surface is held: what an agent is given. */
export function isHeld({ asked: { kind } }: Pick<LockEntry, 'asked'>): boolean {
  return kind === 'plugins' || kind === 'prompts'
}

/** What one inspection says of an entry, by the artifact that the entry is. */
export function observed(inspection: Inspection, id: string): Observed {
  const own = new Set([id])
  // Parents come before their children.
  for (const artifact of inspection.artifacts)
    if (artifact.parent !== undefined && own.has(artifact.parent)) own.add(artifact.id)
  const facts = inspection.facts.filter(({ artifact }) => own.has(artifact))
  return observedOf(facts, capabilitySet(pluginsOf({ artifacts: inspection.artifacts, facts })))
}

/** The entry with what was observed as its baseline; texts of files stay as they are. */
export function withBaseline(entry: LockEntry, { surface, texts, capabilities }: Observed): LockEntry {
  const prompts: TextFile[] = [...(entry.prompts ?? []).filter((text) => !isSurfaceText(text)), ...texts]
  return { ...entry, surface, capabilities, ...(prompts.length === 0 ? {} : { prompts }) }
}

/** States how plugins and prompts differ from their baselines. One without any is incomplete: nothing about it is held. */
export function stateSurface(places: readonly Placed[], inspection: Inspection, stated: Stated): Inspection {
  const bare = new Map<string, Fact>()
  for (const place of places.filter(({ entry }) => isHeld(entry))) {
    const { entry, id, display } = place
    if (hasBaseline(entry)) {
      for (const fact of compareSurface(entry, observed(inspection, id)))
        stated.state(stated.thing(display), fact)
    } else if (entry.asked.kind === 'plugins') bare.set(id, noBaseline(place))
  }
  const coverage = inspection.coverage.map((held) =>
    bare.has(held.artifact)
      ? {
          ...held,
          state: 'partial' as const,
          why: [...new Set([...(held.why ?? []), 'unsupported' as const])],
        }
      : held,
  )
  return { ...inspection, facts: [...inspection.facts, ...bare.values()], coverage }
}

function noBaseline({ entry, id }: Placed): Fact {
  const message = `${entry.asked.ref} was locked without its tools and capabilities; weighmaster lock --update records them`
  return {
    kind: 'parse.unsupported',
    artifact: id,
    count: 1,
    locations: [],
    data: { message, format: 'baseline' },
  }
}

/** Inspects plugins and prompts that are being locked, so that the lock holds what they offer and may do. */
export async function recordBaselines(
  entries: readonly LockEntry[],
  { folder, names }: { readonly folder: string; readonly names: Judge['names'] },
  options: ScanOptions,
  settings: SourceSettings,
): Promise<Map<LockEntry, LockEntry>> {
  const based = new Map<LockEntry, LockEntry>()
  for (const entry of entries.filter(isHeld)) {
    const inspection = await inspectEntry(entry, folder, names, options, settings)
    const [top] = inspection.artifacts
    if (top) based.set(entry, withBaseline(entry, observed(inspection, top.id)))
  }
  return based
}

async function inspectEntry(
  entry: LockEntry,
  folder: string,
  names: Judge['names'],
  options: ScanOptions,
  settings: SourceSettings,
): Promise<Inspection> {
  const pool = poolOptions(options, { ...DEFAULT_LIMITS, ...options.limits })
  const { asked } = entry
  if (asked.ref.startsWith('file:')) {
    const { include, exclude } = asked
    await using gathered = await gather([path.resolve(folder, asked.path)], { ...options, include, exclude })
    return join(gathered, await inspectAll(gathered.tasks, pool), names)
  }
  await using fetched = await fetchEntry(entry, settings)
  const locator = { root: fetched.display, members: [] }
  const id = artifactId(locator)
  const top = { id, locator, name: path.basename(fetched.display), formats: ['folder'], digests: [] }
  const known = { artifacts: [top], facts: [], coverage: [{ artifact: id, state: 'full' as const }] }
  const tasks = fetched.tasks.map((task) => ({ ...task, parent: id }))
  return join(known, await inspectAll(tasks, pool), names)
}
