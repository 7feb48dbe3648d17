import { hash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { readJson } from '../codec/json.ts'
import { pathTrouble } from '../codec/path-trouble.ts'
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
 * An artifact of an OCI registry: a ModelPack, a KitOps ModelKit, a Docker model, or what ORAS pushed. Manifests and blobs lie
 * by digest; a layer that its annotations name as one file lies under that name, since loaders and inspectors go by
 * names. Of an index all manifests are locked: which of them a client would choose is not ours to guess.
 */
export const oci: Source<OciReference> = {
  async resolve(reference, wanted, settings) {
    const endpoint = registryUrl(reference.registry)
    const fetch = registryFetch(endpoint, reference.repository, settings)
    const repository = `${endpoint}/v2/${reference.repository}`
    const asked = reference.digest ?? reference.tag ?? 'latest'
    const top = await manifestOf(repository, asked, fetch, settings)
    if (reference.digest !== undefined && top.digest !== reference.digest) {
      throw new SourceError(
        'untrusted',
        `${repository}: what it sends for ${reference.digest} is ${top.digest}`,
      )
    }
    const manifests = await withInner(top, repository, fetch, settings)
    const [name = reference.repository] = reference.repository.split('/').reverse()
    const where = {
      repository_url: `${reference.registry}/${reference.repository}`,
      ...(reference.tag ? { tag: reference.tag } : {}),
    }
    return {
      endpoint,
      id: reference.repository,
      pin: top.digest,
      purl: new PackageURL('oci', undefined, name, top.digest, where, undefined).toString(),
      files: layoutFiles(manifests, repository).filter((file) => wanted(file.path)),
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
    const repository = `${endpoint}/v2/${reference.repository}`
    return ({ path, sha256 }) => {
      const isManifest = path.startsWith(MANIFESTS)
      return blobOrManifest(repository, sha256, isManifest ? `sha256:${sha256}` : entry.resolved.pin, fetch)
    }
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
  return { digest: `sha256:${hash('sha256', bytes, 'hex')}`, size: bytes.length, json }
}

/** Manifests of one index: platforms times attestations. More is no model. */
const MOST_MANIFESTS = 64

/** A manifest, or an index with everything it lists (image-spec, image-index), each held against its descriptor. */
async function withInner(
  top: Manifest,
  repository: string,
  fetch: Fetch,
  settings: SourceSettings,
): Promise<Manifest[]> {
  const all = new Map([[top.digest, top]])
  for (const manifest of all.values()) {
    const inner = Array.isArray(manifest.json.manifests) ? manifest.json.manifests : []
    for (const item of inner) {
      const { digest, size } = descriptor(item, repository)
      if (all.has(digest)) continue
      if (all.size > MOST_MANIFESTS)
        throw new SourceError(
          'unsupported',
          `${repository}: an index of more than ${MOST_MANIFESTS} manifests`,
        )
      const found = await manifestOf(repository, digest, fetch, settings)
      if (found.digest !== digest || found.size !== size)
        throw new SourceError('untrusted', `${repository}: what it sends for ${digest} is ${found.digest}`)
      all.set(digest, found)
    }
  }
  return [...all.values()]
}

const MANIFESTS = 'manifests/sha256/'

function layoutFiles(manifests: readonly Manifest[], repository: string): SourceFile[] {
  const files = manifests.flatMap((manifest): SourceFile[] => {
    const { digest, size, json } = manifest
    const own = {
      path: `${MANIFESTS}${digest.slice(7)}`,
      size,
      sha256: digest.slice(7),
      origin: 'computed',
    } as const
    const layers = Array.isArray(json.manifests) ? [] : descriptors(manifest, repository)
    const blobs = layers.map((layer) => ({
      path: layerPath(layer, repository),
      size: layer.size,
      sha256: layer.digest.slice(7),
      origin: 'claimed' as const,
    }))
    return [own, ...blobs]
  })
  const byPath = new Map<string, SourceFile>()
  for (const file of files) {
    const held = byPath.get(file.path)
    if (held && held.sha256 !== file.sha256)
      throw new SourceError('untrusted', `${repository}: two layers are called '${file.path}'; not locked`)
    byPath.set(file.path, file)
  }
  return [...byPath.values()]
}

/** What a layer of one media type is called by everybody who unpacks it. */
const NAMES: Readonly<Record<string, string>> = {
  'application/vnd.docker.ai.chat.template.jinja': 'chat_template.jinja',
  'application/vnd.docker.ai.mmproj': 'mmproj.gguf',
}

/** `files/<name>` for a layer that is one file with a name; a packed one has its names inside. */
function layerPath({ digest, mediaType, annotations }: Descriptor, repository: string): string {
  const isPacked = /[.+]tar(?:[.+]|$)/.test(mediaType)
  const named =
    annotations['org.cncf.model.filepath'] ??
    annotations['org.cnai.model.filepath'] ??
    annotations['org.opencontainers.image.title'] ??
    NAMES[mediaType]
  if (isPacked || typeof named !== 'string') return `blobs/sha256/${digest.slice(7)}`
  const trouble = pathTrouble(named)
  if (trouble)
    throw new SourceError(
      'untrusted',
      `${repository}: names a layer '${named}', which would leave its folder (${trouble}); not locked`,
    )
  return `files/${named}`
}

export interface Descriptor {
  readonly digest: string
  readonly size: number
  readonly mediaType: string
  readonly annotations: JsonObject
}

/** The config and layers of a manifest. */
export function descriptors({ json }: Manifest, repository: string): Descriptor[] {
  const list = Array.isArray(json.layers) ? json.layers : []
  return [json.config ?? null, ...list].map((item) => descriptor(item, repository))
}

function descriptor(item: Json, repository: string): Descriptor {
  const { digest, size, mediaType, annotations } = object(item)
  const fits =
    typeof digest === 'string' &&
    DIGEST.test(digest) &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    size >= 0
  if (!fits) throw new SourceError('untrusted', `${repository}: a layer without SHA-256 and size`)
  const type = typeof mediaType === 'string' ? mediaType : ''
  return { digest, size, mediaType: type, annotations: object(annotations) }
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
