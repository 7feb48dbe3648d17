import { hash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { readJson } from '../codec/json.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { SourceFile } from '../model/lock.ts'
import type { OciReference } from '../model/reference.ts'
import { FormatError } from '../model/trouble.ts'
import { boundFetch, type Fetch, readBody, whole } from './fetch.ts'
import type { Source, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** Manifests above 4 MiB are refused by registries themselves (distribution-spec 1.1). */
const MANIFEST_BYTES = 4 * 1024 * 1024
const DIGEST = /^sha256:([0-9a-f]{64})$/

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]

/**
 * An artifact of an OCI registry (ModelPack, ModelKit, Docker model): its manifest and blobs by digest, in the places
 * of an OCI image layout, so that no name that the registry gives becomes a path.
 */
export const oci: Source<OciReference> = {
  async resolve(reference, wanted, settings) {
    const endpoint = registryUrl(reference.registry)
    const fetch = registryFetch(endpoint, reference.repository, settings)
    const repository = `${endpoint}/v2/${reference.repository}`
    const manifest = await manifestOf(
      repository,
      reference.digest ?? reference.tag ?? 'latest',
      fetch,
      settings,
    )
    if (reference.digest !== undefined && manifest.digest !== reference.digest) {
      throw new SourceError(
        'untrusted',
        `${repository}: what it sends for ${reference.digest} is ${manifest.digest}`,
      )
    }
    const files = layoutFiles(manifest, repository)
    const [name = reference.repository] = reference.repository.split('/').reverse()
    const where = {
      repository_url: `${reference.registry}/${reference.repository}`,
      ...(reference.tag ? { tag: reference.tag } : {}),
    }
    return {
      endpoint,
      id: reference.repository,
      pin: manifest.digest,
      purl: new PackageURL('oci', undefined, name, manifest.digest, where, undefined).toString(),
      files: files.filter((file) => wanted(file.path)),
      edges: [],
    }
  },

  async identify(reference, settings) {
    const endpoint = registryUrl(reference.registry)
    const fetch = registryFetch(endpoint, reference.repository, settings)
    const wanted = reference.digest ?? reference.tag ?? 'latest'
    const { digest } = await manifestOf(`${endpoint}/v2/${reference.repository}`, wanted, fetch, settings)
    return { endpoint, id: reference.repository, pin: digest }
  },

  async standing(reference, { resolved }, settings) {
    const endpoint = registryUrl(reference.registry)
    const fetch = registryFetch(endpoint, reference.repository, settings)
    const pin = await pinThere(`${endpoint}/v2/${reference.repository}`, resolved.pin, fetch)
    return {
      pin,
      revision: reference.tag === 'latest' && reference.digest === undefined ? 'moving' : 'fixed',
    }
  },

  async locate(reference, entry, settings) {
    const endpoint = registryUrl(reference.registry)
    const fetch = registryFetch(endpoint, reference.repository, settings)
    return ({ sha256 }) =>
      blobOrManifest(`${endpoint}/v2/${reference.repository}`, sha256, entry.resolved.pin, fetch)
  },
}

/** Does the registry still hold the manifest of this digest? */
async function pinThere(repository: string, digest: string, fetch: Fetch): Promise<'there' | 'gone'> {
  const response = await fetch(`${repository}/manifests/${digest}`, {
    method: 'HEAD',
    headers: { accept: MANIFEST_TYPES.join(', ') },
  })
  return response.status === 404 ? 'gone' : 'there'
}

export function registryUrl(host: string): string {
  const local = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(host)
  return `${local ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`
}

export function blobOrManifest(repository: string, sha256: string, pin: string, fetch: Fetch) {
  const isManifest = pin === `sha256:${sha256}`
  const headers = isManifest ? { headers: { accept: MANIFEST_TYPES.join(', ') } } : {}
  return { url: `${repository}/${isManifest ? 'manifests' : 'blobs'}/sha256:${sha256}`, fetch, ...headers }
}

export interface Manifest {
  readonly digest: string
  readonly size: number
  readonly json: JsonObject
}

/** A manifest by tag or digest. The digest is that of the bytes; what a header says of them is not asked. */
export async function manifestOf(
  repository: string,
  reference: string,
  fetch: Fetch,
  { signal }: SourceSettings,
): Promise<Manifest> {
  const url = `${repository}/manifests/${reference}`
  const bytes = await whole(url, signal, async () => {
    const response = await fetch(url, { headers: { accept: MANIFEST_TYPES.join(', ') } })
    if (response.ok) return readBody(response, MANIFEST_BYTES)
    await response.body?.cancel()
    if (response.status === 404) throw new SourceError('revision-gone', `${url}: there is no such artifact`)
    if (response.status === 401 || response.status === 403)
      throw new SourceError('denied', `${url}: it is private`)
    throw new SourceError('unreachable', `${url}: answers ${response.status}`)
  })
  const json = object(parse(bytes, url))
  if (Array.isArray(json.manifests)) {
    throw new SourceError(
      'unsupported',
      `${url} is an index of several manifests; name one of them by its digest`,
    )
  }
  return { digest: `sha256:${hash('sha256', bytes, 'hex')}`, size: bytes.length, json }
}

function layoutFiles(manifest: Manifest, repository: string): SourceFile[] {
  const own = {
    path: blobPath(manifest.digest),
    size: manifest.size,
    sha256: manifest.digest.slice(7),
    origin: 'computed' as const,
  }
  const blobs = descriptors(manifest, repository).map(({ digest, size }) => ({
    path: blobPath(digest),
    size,
    sha256: digest.slice(7),
    origin: 'claimed' as const,
  }))
  return [...new Map([own, ...blobs].map((file) => [file.path, file])).values()]
}

const blobPath = (digest: string) => `blobs/sha256/${digest.slice(7)}`

export interface Descriptor {
  readonly digest: string
  readonly size: number
  readonly mediaType: string
}

/** The config and layers of a manifest. */
export function descriptors({ json }: Manifest, repository: string): Descriptor[] {
  const list = Array.isArray(json.layers) ? json.layers : []
  return [json.config ?? null, ...list].map((item) => {
    const { digest, size, mediaType } = object(item)
    const fits =
      typeof digest === 'string' &&
      DIGEST.test(digest) &&
      typeof size === 'number' &&
      Number.isSafeInteger(size) &&
      size >= 0
    if (!fits) throw new SourceError('untrusted', `${repository}: a layer without SHA-256 and size`)
    return { digest, size, mediaType: typeof mediaType === 'string' ? mediaType : '' }
  })
}

function parse(bytes: Uint8Array, url: string): Json {
  try {
    const { value, duplicates } = readJson(bytes, DEFAULT_LIMITS)
    if (duplicates.length > 0)
      throw new SourceError('untrusted', `${url}: the key ${duplicates[0]} twice in a manifest`)
    return value
  } catch (error) {
    if (error instanceof FormatError)
      throw new SourceError('untrusted', `${url} is no manifest (${error.message})`)
    throw error
  }
}

/** Pulls anonymously: a challenge is answered with the anonymous token of the realm it names (distribution-spec, token auth). */
export function registryFetch(endpoint: string, repository: string, settings: SourceSettings): Fetch {
  let bound = boundFetch({ ...settings, endpoint })
  let asked = false
  return async (input, init) => {
    const response = await bound(input, init)
    const challenge = response.headers.get('www-authenticate')
    if (response.status !== 401 || asked || challenge === null) return response
    asked = true
    const token = await anonymousToken(endpoint, repository, challenge, settings)
    if (token === undefined) return response
    await response.body?.cancel()
    bound = boundFetch({ ...settings, endpoint, token })
    return bound(input, init)
  }
}

async function anonymousToken(
  endpoint: string,
  repository: string,
  challenge: string,
  settings: SourceSettings,
): Promise<string | undefined> {
  const field = (name: string) => new RegExp(`^bearer\\b.*\\b${name}="([^"]*)"`, 'i').exec(challenge)?.[1]
  const realm = field('realm')
  if (realm === undefined || !URL.canParse(realm)) return undefined
  const url = new URL(realm)
  if (url.protocol !== 'https:' && !endpoint.startsWith('http:')) return undefined
  const service = field('service')
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', `repository:${repository}:pull`)
  const response = await boundFetch({ ...settings, endpoint: url.origin })(url)
  if (!response.ok) return undefined
  const { token, access_token: access } = object(parse(await readBody(response, MANIFEST_BYTES), realm))
  return typeof token === 'string' ? token : typeof access === 'string' ? access : undefined
}

function object(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
}
