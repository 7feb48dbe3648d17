import type { Json, JsonObject } from '../../model/fact.ts'
import { isObject, listOf, objectOf, textsOf } from '../json-values.ts'

/** What a tool's schema lets the model send. */
export interface SchemaSurvey {
  /** Names of all properties at any depth, dotted; 500 at most. */
  readonly names: readonly string[]
  readonly required: readonly string[]
  readonly troubles: readonly { readonly trouble: string; readonly target: string }[]
}

const NAMES = 500
const DEPTH = 64

/**
 * Walks a JSON Schema without following any `$ref`: what they name in the same document is visited where it stands, so
 * that loops cost nothing. A loop, a reference to elsewhere and depth are stated.
 */
export function surveySchema(schema: Json | undefined): SchemaSurvey {
  const names = new Set<string>()
  const troubles = new Map<string, { trouble: string; target: string }>()
  const trouble = (what: string, target: string) =>
    troubles.set(`${what} ${target}`, { trouble: what, target: target.slice(0, 200) })
  const open: { value: Json; name: string; depth: number }[] = [{ value: schema ?? null, name: '', depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, name, depth } = next
    if (typeof value !== 'object' || value === null) continue
    if (depth > DEPTH) {
      trouble('depth', '')
      continue
    }
    if (!isObject(value)) {
      for (const item of listOf(value)) open.push({ value: item, name, depth: depth + 1 })
      continue
    }
    const ref = value.$ref ?? value.$dynamicRef
    if (typeof ref === 'string') {
      const what = referenceTrouble(schema ?? null, ref)
      if (what) trouble(what, ref)
    }
    for (const [key, held] of Object.entries(value) as [string, Json][]) {
      if (key === 'properties' || key === '$defs' || key === 'definitions') {
        for (const [property, inner] of Object.entries(objectOf(held)) as [string, Json][]) {
          const full = name === '' ? property : `${name}.${property}`
          if (key === 'properties' && names.size < NAMES) names.add(full)
          open.push({ value: inner, name: full, depth: depth + 1 })
        }
      } else if (!LITERAL.has(key)) open.push({ value: held, name, depth: depth + 1 })
    }
  }
  return {
    names: [...names],
    required: textsOf(objectOf(schema).required).slice(0, NAMES),
    troubles: [...troubles.values()],
  }
}

function referenceTrouble(schema: Json, ref: string): string | undefined {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(ref)) return 'remote-ref'
  if (!/^#/.test(ref)) return undefined
  if (loops(schema, ref)) return 'loop'
  return resolve(schema, ref) === undefined ? 'missing-ref' : undefined
}

/** Keywords whose values are data, not schemas. */
const LITERAL = new Set(['enum', 'const', 'default', 'examples', 'required', '$ref', '$dynamicRef'])

function resolve(document: Json, ref: string): Json | undefined {
  let value: Json | undefined = document
  for (const step of ref.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(step.replace(/%(?![\da-f]{2})/gi, '%25'))
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
    value = isObject(value)
      ? value[key]
      : Array.isArray(value)
        ? (value[Number(key)] as Json | undefined)
        : undefined
    if (value === undefined) return undefined
  }
  return value
}

/** Does a chain of references that are nothing else come back to where it began? Recursion through properties is ordinary. */
function loops(document: Json, ref: string): boolean {
  const seen = new Set<string>()
  let current: string = ref
  for (;;) {
    if (seen.has(current)) return true
    seen.add(current)
    if (seen.size > 100) return true
    const target: JsonObject = objectOf(resolve(document, current))
    const { $ref: next } = target
    if (typeof next !== 'string' || !next.startsWith('#')) return false
    current = next
  }
}
