import { readJson } from '../codec/json.ts'
import { isObject, objectOf } from '../codec/json-values.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import { FormatError } from '../model/trouble.ts'
import { NotVerified } from './trouble.ts'

/** An OMS signature names every file: a dataset of a million files makes some 200 MB; a bundle of one blob has a few KiB. */
const LIMITS = { jsonBytes: 256 * 1024 * 1024, jsonDepth: 64, memoryBytes: 1024 * 1024 * 1024 }

/**
 * A JSON object from bytes that somebody else made. Repeated keys are refused: two readers would see two documents.
 * Throws `NotVerified('malformed')`.
 */
export function readDocument(bytes: Uint8Array, what: string): JsonObject {
  try {
    const { value, duplicates } = readJson(bytes, LIMITS)
    const [repeated] = duplicates
    if (repeated !== undefined)
      throw new NotVerified('malformed', `${what}: the key ${repeated} stands there twice`)
    if (!isObject(value)) throw new NotVerified('malformed', `${what} is no JSON object`)
    return value
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new NotVerified('malformed', `${what} is no JSON that can be read (${error.message})`)
  }
}

/** The bytes of a base64 field in its one canonical spelling; absent where the field is. */
export function base64Of(value: Json | undefined, what: string): Buffer | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new NotVerified('malformed', `${what} is no text`)
  const bytes = Buffer.from(value, 'base64')
  if (bytes.toString('base64') !== value) throw new NotVerified('malformed', `${what} is no canonical base64`)
  return bytes
}

/** The object in a field, or an empty one where the field is not there; anything else is refused. */
export function objectIn(value: Json | undefined, what: string): JsonObject {
  if (value === undefined || value === null || isObject(value)) return objectOf(value ?? undefined)
  throw new NotVerified('malformed', `${what} is no object`)
}

export function listIn(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value as readonly Json[]
  throw new NotVerified('malformed', `${what} is no list`)
}

export function textIn(value: Json | undefined, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new NotVerified('malformed', `${what} is no text`)
}
