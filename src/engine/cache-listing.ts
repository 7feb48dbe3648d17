import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { readJson } from '../codec/json.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { SourceFile } from '../model/lock.ts'
import { FormatError } from '../model/trouble.ts'
import { displayRoot } from '../source/local.ts'
import type { Placed, Stated } from './entries.ts'

/** A listing of ten thousand files is some MiB. */
const LARGEST = 64 * 1024 * 1024

/**
 * The Hugging Face client from 2.0 on keeps a listing beside its snapshots, `trees/<commit>.json`, and takes it for the
 * repository when it is offline. States where it says something else than the lock; where there is none, nothing.
 */
export async function stateListing({ entry, target, display }: Placed, stated: Stated): Promise<void> {
  const file = path.join(path.dirname(path.dirname(target)), 'trees', `${path.basename(target)}.json`)
  const info = await stat(file).catch(() => undefined)
  if (!info) return
  const id = stated.thing(displayRoot(file), stated.thing(display))
  const state = (name: string, how: string) =>
    stated.state(id, { kind: 'lock.listing', data: { entry: entry.asked.ref, file: name, how } })
  const listed = info.size > LARGEST ? undefined : filesOf(await readFile(file).catch(() => Buffer.alloc(0)))
  if (!listed) return state('', 'cannot be read')
  const locked = new Map(entry.files.map((f) => [f.path, f]))
  for (const [name, said] of Object.entries(listed)) {
    const expected = locked.get(name)
    const how = expected ? contradiction(object(said), expected) : undefined
    if (how !== undefined) state(name, how)
    const all = entry.asked.include.length + entry.asked.exclude.length === 0
    if (!expected && all) state(name, 'a file that is not locked')
  }
}

function filesOf(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value, duplicates } = readJson(bytes, DEFAULT_LIMITS)
    const { files } = object(value)
    const isList = typeof files === 'object' && files !== null && !Array.isArray(files)
    return isList && duplicates.length === 0 ? object(files) : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** What a line of the listing and the lock do not agree about; a field that one of them lacks is no contradiction. */
function contradiction(said: JsonObject, expected: SourceFile): string | undefined {
  const { lfs_sha256: sha256, blob_id: blob, lfs_size: lfsSize, size } = said
  if (typeof sha256 === 'string' && sha256 !== expected.sha256) return 'another SHA-256'
  if (typeof blob === 'string' && expected.gitBlob !== undefined && blob !== expected.gitBlob)
    return 'another Git object'
  const bytes = typeof lfsSize === 'number' ? lfsSize : size
  return typeof bytes === 'number' && bytes !== expected.size ? 'another size' : undefined
}

function object(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
}
