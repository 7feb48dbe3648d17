import { byCodePoint } from './order.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** A place inside an artifact: bytes, text, or a pointer into structured data. Offsets and lengths are in bytes. */
export type At =
  | { readonly offset: number; readonly length?: number }
  | { readonly line: number; readonly column: number }
  | { readonly pointer: string }

/** One occurrence of a fact. `text` is an abbreviated example for people; no rule can ask about it. */
export interface Location {
  readonly at?: At
  readonly text?: string
}

/** What an inspector states. Everything a rule or list may ask about is in `data`; nothing else is compared. */
export interface FactDraft {
  readonly kind: string
  readonly data: JsonObject
  readonly at?: At
  readonly text?: string
  /** How many occurrences this draft stands for, where the inspector has folded already. Default 1. */
  readonly count?: number
  /** The occurrences, where the inspector has folded already; replaces `at` and `text`. At most 8 are kept. */
  readonly locations?: readonly Location[]
}

/** Equal kind and equal data in one artifact are one fact, with a count and its first locations. */
export interface Fact {
  readonly kind: string
  readonly artifact: string
  readonly at?: At
  readonly count: number
  readonly locations: readonly Location[]
  readonly data: JsonObject
}

export type FieldShape = 'string' | 'number' | 'boolean' | 'strings' | 'json'

/** The catalogue entry of a fact kind: rules are checked against it, so a rule cannot ask for a field that is never there. */
export interface FactShape {
  readonly about: string
  readonly fields: Readonly<Record<string, FieldShape>>
}

export type FactCatalogue = Readonly<Record<string, FactShape>>

export const LOCATIONS_KEPT = 8

/** Folds drafts of one artifact into facts while they are produced. Order of first appearance is kept. */
export class FactFold {
  readonly #facts = new Map<
    string,
    { kind: string; data: JsonObject; count: number; locations: Location[] }
  >()

  /** Returns true when the draft was a new fact, false when it joined one already held. */
  add(draft: FactDraft): boolean {
    const key = `${draft.kind} ${canonicalJson(draft.data)}`
    let held = this.#facts.get(key)
    const isNew = held === undefined
    if (!held) {
      held = { kind: draft.kind, data: draft.data, count: 0, locations: [] }
      this.#facts.set(key, held)
    }
    held.count += draft.count ?? 1
    for (const location of draft.locations ?? [locationOf(draft)]) {
      if (held.locations.length < LOCATIONS_KEPT) held.locations.push(location)
    }
    return isNew
  }

  get size(): number {
    return this.#facts.size
  }

  /** The facts so far, as belonging to `artifact`. */
  facts(artifact: string): Fact[] {
    return [...this.#facts.values()].map(({ kind, data, count, locations }) => {
      const at = locations[0]?.at
      return { kind, artifact, ...(at ? { at } : {}), count, locations, data }
    })
  }
}

function locationOf(draft: FactDraft): Location {
  return { ...(draft.at ? { at: draft.at } : {}), ...(draft.text === undefined ? {} : { text: draft.text }) }
}

/** JSON with object keys in one order, by default that of code points, so that equal data is one string. */
export function canonicalJson(value: Json, order: (a: string, b: string) => number = byCodePoint): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item, order)).join(',')}]`
  const object = value as JsonObject
  const keys = Object.keys(object).sort(order)
  return `{${keys.map((k) => `${JSON.stringify(k)}:${canonicalJson(object[k] ?? null, order)}`).join(',')}}`
}
