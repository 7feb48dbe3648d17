import { hash } from 'node:crypto'
import { canonicalJson, type FactDraft, type Json, type JsonObject } from '../../model/fact.ts'

export type PartKind = 'tool' | 'prompt' | 'resource' | 'instructions' | 'launch'

/** A longer text is held by its digest alone. */
const TEXT_KEPT = 8 * 1024
/** Fields of one definition that are told apart. */
const FIELDS_KEPT = 64

/**
 * A definition whole and field by field, as `surface.part` drafts. Digests are over canonical JSON as RFC 8785 has it:
 * keys in the order of UTF-16 units, numbers as ECMAScript writes them, no white space.
 */
export function surfaceParts(
  kind: PartKind,
  server: string,
  name: string,
  definition: Json,
): (FactDraft & { readonly type: 'fact' })[] {
  const part = (field: string, value: Json, text: string) => {
    const sha256 = hash('sha256', canonicalJson(value, byUnit), 'hex')
    const data = { kind, server: server.slice(0, 200), name: name.slice(0, 200), field, sha256, text }
    return { type: 'fact' as const, kind: 'surface.part', data }
  }
  const whole = part('', definition, typeof definition === 'string' ? readable(definition) : '')
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return [whole]
  const fields = Object.entries(definition as JsonObject).slice(0, FIELDS_KEPT)
  return [whole, ...fields.map(([key, value]) => part(key.slice(0, 100), value, readable(value)))]
}

function byUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The text that a person reviews: LF, NFC, nothing taken out of it; JSON with one value to a line. */
function readable(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(sorted(value, 0), null, 1)
  const normal = text.replace(/\r\n?/g, '\n').normalize('NFC')
  return normal.length > TEXT_KEPT ? '' : normal
}

/** Deeper values keep their order: they are held by the digest, which has none. */
const SORTED_DEPTH = 32

function sorted(value: Json, depth: number): Json {
  if (value === null || typeof value !== 'object' || depth > SORTED_DEPTH) return value
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1))
  const entries = Object.entries(value as JsonObject).toSorted(([a], [b]) => byUnit(a, b))
  return Object.fromEntries(entries.map(([key, held]) => [key, sorted(held, depth + 1)]))
}
