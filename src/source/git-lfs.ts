import { readJson } from '../codec/json.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { type Fetch, readBody } from './fetch.ts'
import { SourceError } from './trouble.ts'

export interface LfsPointer {
  readonly sha256: string
  readonly size: number
}

/** The specification allows no longer pointers. */
export const LFS_POINTER = 1024
const BATCH = 100
const ANSWER_BYTES = 4 * 1024 * 1024
const TYPE = 'application/vnd.git-lfs+json'

/** What a blob says that Git LFS keeps elsewhere (git-lfs/docs/spec.md); undefined for content of its own. */
export function lfsPointer(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.length > LFS_POINTER) return undefined
  const text = Buffer.from(bytes).toString('latin1')
  const [, sha256, size] =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-\d-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n$/.exec(
      text,
    ) ?? []
  return sha256 === undefined ? undefined : { sha256, size: Number(size) }
}

interface Action {
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Where a Git LFS server keeps objects (git-lfs/docs/api/batch.md, `basic` transfers). It is the one beside the
 * repository: a `.lfsconfig` inside may not send us elsewhere.
 */
export class LfsServer {
  readonly #endpoint: string
  readonly #fetch: Fetch
  readonly #objects: readonly LfsPointer[]
  #actions: Promise<Map<string, Action>> | undefined

  constructor(repository: string, objects: readonly LfsPointer[], fetch: Fetch) {
    const base = repository.replace(/\/+$/, '')
    this.#endpoint = `${base.endsWith('.git') ? base : `${base}.git`}/info/lfs`
    this.#fetch = fetch
    this.#objects = objects
  }

  /** A `fetch` of one object, wherever the server says that it is. */
  fetchOf(sha256: string): Fetch {
    return async (_, init) => {
      this.#actions ??= this.#ask()
      const action = (await this.#actions).get(sha256)
      if (!action) throw new SourceError('file-gone', `${this.#endpoint}: has no object ${sha256}`)
      const headers = { ...action.headers, ...Object.fromEntries(new Headers(init?.headers)) }
      return this.#fetch(action.href, { ...init, headers })
    }
  }

  async #ask(): Promise<Map<string, Action>> {
    const actions = new Map<string, Action>()
    for (let from = 0; from < this.#objects.length; from += BATCH) {
      const objects = this.#objects.slice(from, from + BATCH).map(({ sha256: oid, size }) => ({ oid, size }))
      const response = await this.#fetch(`${this.#endpoint}/objects/batch`, {
        method: 'POST',
        headers: { accept: TYPE, 'content-type': TYPE },
        body: JSON.stringify({ operation: 'download', transfers: ['basic'], objects, hash_algo: 'sha256' }),
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw new SourceError('unreachable', `${this.#endpoint}: answers ${response.status}`)
      }
      const { value } = readJson(await readBody(response, ANSWER_BYTES), DEFAULT_LIMITS)
      for (const [oid, action] of this.#actionsOf(value)) actions.set(oid, action)
    }
    return actions
  }

  *#actionsOf(answer: Json): Generator<[string, Action]> {
    const { objects } = object(answer)
    for (const item of Array.isArray(objects) ? objects : []) {
      const { oid, actions } = object(item)
      const { href, header } = object(object(actions).download)
      if (typeof oid !== 'string' || typeof href !== 'string') continue
      const url = URL.canParse(href) ? new URL(href) : undefined
      const secure =
        url?.protocol === 'https:' || (url?.protocol === 'http:' && this.#endpoint.startsWith('http:'))
      if (!url || !secure || url.username || url.password)
        throw new SourceError('untrusted', `${this.#endpoint}: keeps an object at no https address`)
      const headers = Object.entries(object(header)).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string',
      )
      yield [oid, { href: url.href, headers: Object.fromEntries(headers) }]
    }
  }
}

function object(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
}
