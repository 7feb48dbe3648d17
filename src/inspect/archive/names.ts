import { HashTable, hashString } from '../../codec/hash-table.ts'
import {
  blurName,
  type LinkTarget,
  likeness,
  type NameIssue,
  type NameLikeness,
  nameIssues,
} from '../../codec/names.ts'
import type { At } from '../../model/fact.ts'
import { type FactEmission, fact } from '../inspector.ts'

export type NameOf = 'member' | 'link' | 'alias' | 'local'

/** Longest example that is kept of a name. */
const EXAMPLE = 200

export function example(name: string): string {
  return name.length > EXAMPLE ? `${name.slice(0, EXAMPLE)}…` : name
}

// The target of a link may climb within the archive; `entry.link` says where it ends.
const NOT_OF_LINKS: ReadonlySet<NameIssue> = new Set([
  'traversal',
  'dot-dot',
  'absolute',
  'drive',
  'trailing',
])

export function* nameFacts(name: string, of: NameOf, at: At | undefined): Generator<FactEmission> {
  const issues = nameIssues(name).filter((issue) => of !== 'link' || !NOT_OF_LINKS.has(issue))
  for (const issue of issues) yield fact('entry.name', { issue, of }, at, example(name))
}

/** Remembers the names of millions of members by hash; tells in which way a new one is like one before. */
export class NameLedger {
  readonly #table: HashTable
  readonly #key = { high: 0, low: 0 }

  constructor(expected: number) {
    this.#table = new HashTable(expected)
  }

  /** Keeps `place` for the name; returns the place of the first member that some reader takes for the same. */
  add(name: string, place: number): number | undefined {
    return this.#table.add(hashString(blurName(name), this.#key), place)
  }
}

/** What two names have in common: `undefined` where only their hashes had. */
export function alike(a: string, b: string): NameLikeness | undefined {
  return a === b || blurName(a) === blurName(b) ? likeness(a, b) : undefined
}

const TARGETS: readonly LinkTarget[] = ['inside', 'absolute', 'escapes']

/** Remembers symlinks, so that a member whose path leads through one is seen. */
export class LinkLedger {
  readonly #links = new HashTable()
  readonly #key = { high: 0, low: 0 }

  add(path: string, target: LinkTarget): void {
    this.#links.add(hashString(plain(path), this.#key), TARGETS.indexOf(target))
  }

  /** Is there a symlink of this very name? */
  has(path: string): boolean {
    return this.#links.get(hashString(plain(path), this.#key)) !== undefined
  }

  /** Where the first link on the way to `path` leads. */
  through(path: string): LinkTarget | undefined {
    if (this.#links.size === 0) return undefined
    const parts = plain(path).split('/')
    let folder = ''
    for (const part of parts.slice(0, -1)) {
      folder = folder === '' ? part : `${folder}/${part}`
      const held = this.#links.get(hashString(folder, this.#key))
      if (held !== undefined) return TARGETS[held]
    }
    return undefined
  }
}

function plain(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
