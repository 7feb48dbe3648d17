import type { Json, JsonObject } from '../model/fact.ts'

/** Reading of JSON whose shape nobody promised: what is not of the kind asked for is empty. */

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The strings in a value: itself, or the elements of a list. */
export function textsOf(value: Json | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
}

export interface Placed {
  readonly key: string
  readonly value: Json
  readonly pointer: string
  /** The object that has the key. */
  readonly owner: JsonObject
}

/** Every key of every object in a document, parents first. Does not recurse: documents nest as deep as the limit allows. */
export function* everyKey(document: Json): Generator<Placed> {
  const open: { value: Json; pointer: string }[] = [{ value: document, pointer: '' }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, pointer } = next
    if (typeof value !== 'object' || value === null) continue
    const inner: { value: Json; pointer: string }[] = []
    for (const [key, item] of Object.entries(value) as [string, Json][]) {
      const place = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (isObject(value)) yield { key, value: item, pointer: place, owner: value }
      inner.push({ value: item, pointer: place })
    }
    open.push(...inner.reverse())
  }
}

/** Does a document begin like an object? A look at the first bytes only, before anything dearer is asked. */
export function opensObject(head: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString('latin1'))
}
