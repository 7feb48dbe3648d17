import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'

/** The names that a shipped or added list holds (`rules/lists/`); none for a list that is not there. */
export type NameLists = (list: string) => readonly string[]

/** Finds what no single file shows, from what all of them stated. Pure: same artifacts and facts, same answer. */
export interface Relator {
  readonly id: string
  /** The catalogue of what it may state. */
  readonly facts: FactCatalogue
  /** It asks for what other relators state, and so comes after them. */
  readonly late?: boolean
  relate(artifacts: readonly Artifact[], facts: readonly Fact[], names: NameLists): Iterable<Fact>
}
