import { lstat, readlink } from 'node:fs/promises'
import path from 'node:path'
import { entryFact } from '../lock/entry-fact.ts'
import { type Artifact, artifactId } from '../model/artifact.ts'
import { type Fact, type FactDraft, FactFold } from '../model/fact.ts'
import type { LockEntry } from '../model/lock.ts'
import type { Coverage, Inspection } from '../model/report.ts'
import { displayRoot } from '../source/local.ts'
import { baseName } from './failed.ts'

/** An inspection under construction by a producer that is no inspector: facts about things by their display path. */
export class Stated {
  readonly #folds = new Map<string, FactFold>()
  readonly #artifacts = new Map<string, Artifact>()

  /** A thing that is no regular file to read: an entry, a missing file, the lock itself. */
  thing(display: string, parent?: string): string {
    const locator = { root: display, members: [] }
    const id = artifactId(locator)
    const up = parent === undefined ? {} : { parent }
    if (!this.#artifacts.has(id)) {
      this.#artifacts.set(id, { id, ...up, locator, name: baseName(display), formats: [], digests: [] })
    }
    return id
  }

  state(artifact: string, fact: FactDraft): void {
    const fold = this.#folds.get(artifact) ?? new FactFold()
    this.#folds.set(artifact, fold)
    fold.add(fact)
  }

  /** Joined to what was inspected; a thing that was inspected too stays what the inspection says. */
  joinTo(inspection: Inspection): Inspection {
    const known = new Set(inspection.artifacts.map(({ id }) => id))
    const fresh = [...this.#artifacts.values()].filter(({ id }) => !known.has(id))
    const facts: Fact[] = [...this.#folds].flatMap(([id, fold]) => fold.facts(id))
    const coverage: Coverage[] = fresh.map(({ id }) => ({ artifact: id, state: 'full' }))
    return {
      artifacts: [...inspection.artifacts, ...fresh],
      facts: [...inspection.facts, ...facts],
      coverage: [...inspection.coverage, ...coverage],
    }
  }
}

export const NOTHING: Inspection = { artifacts: [], facts: [], coverage: [] }

/** Where an entry lies on this disk, and how reports call the place. */
export interface Placed {
  readonly entry: LockEntry
  readonly target: string
  readonly display: string
  /** The artifact that the entry is. */
  readonly id: string
  /** Other things lie there too (an Ollama store): what the lock does not know is not extra. */
  readonly shared?: boolean
}

export function placed(entry: LockEntry, target: string, shared = false): Placed {
  const display = displayRoot(target)
  return {
    entry,
    target,
    display,
    id: artifactId({ root: display, members: [] }),
    ...(shared ? { shared } : {}),
  }
}

/** What the lock records of each, for policies to ask about. */
export function stateEntries(places: readonly Placed[], stated: Stated): void {
  for (const { entry, display } of places) stated.state(stated.thing(display), entryFact(entry))
}

/** Where a link leads; undefined for what is none. */
export async function linkOf(file: string): Promise<string | undefined> {
  const info = await lstat(file).catch(() => undefined)
  return info?.isSymbolicLink() ? readlink(file) : undefined
}

/** The path inside an entry of something below it. */
export function innerPath(display: string, root: string): string {
  if (root === '.') return display
  return display === root ? path.posix.basename(display) : display.slice(root.replace(/\/$/, '').length + 1)
}
