import { createHash } from 'node:crypto'
import npmFetch from 'npm-registry-fetch'
import { PackageURL } from 'packageurl-js'
import { checkData, parse } from 'ssri'
import { pathTrouble } from '../codec/path-trouble.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import type { Identity } from '../model/lock.ts'
import type { NpmReference } from '../model/reference.ts'
import { edgesOf } from './edges.ts'
import { boundFetch, readBody, whole } from './fetch.ts'
import type { Source, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** A published tarball of a plugin; model weights are not published on npm. */
const TARBALL_BYTES = 512 * 1024 * 1024

/** A package of the npm registry: the tarball as published, held against the registry's own SHA-512. */
export const npm: Source<NpmReference> = {
  async resolve(reference, wanted, settings) {
    const found = await lookup(reference, reference.version ?? 'latest', settings)
    const bytes = await tarball(found, settings)
    settings.onFetched?.(found.file, bytes)
    const file = {
      path: found.file,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      origin: 'computed' as const,
      integrity: found.integrity,
    }
    const [name = reference.name, namespace] = reference.name.split('/').reverse()
    return {
      ...identityOf(reference, found, settings),
      purl: new PackageURL('npm', namespace, name, found.version, undefined, undefined).toString(),
      files: wanted(file.path) ? [file] : [],
      edges: edgesOf('package.json', JSON.stringify(found.manifest)),
    }
  },

  async identify(reference, settings) {
    return identityOf(reference, await lookup(reference, reference.version ?? 'latest', settings), settings)
  },

  async standing(reference, { resolved, files }, settings) {
    // A dist-tag moves by nature; a version may not.
    const revision = reference.version === resolved.pin ? 'fixed' : 'moving'
    try {
      const { integrity } = await lookup(reference, resolved.pin, settings)
      const same = files.every((file) => file.integrity === undefined || file.integrity === integrity)
      return { pin: same ? 'there' : 'changed', revision }
    } catch (error) {
      if (error instanceof SourceError && error.reason === 'revision-gone') return { pin: 'gone', revision }
      throw error
    }
  },

  async locate(reference, { resolved }, settings) {
    const { tarball: url } = await lookup(reference, resolved.pin, settings)
    const fetch = boundFetch({ ...settings, endpoint: new URL(url).origin })
    return () => ({ url, fetch })
  },
}

function identityOf({ name }: NpmReference, found: Published, settings: SourceSettings): Identity {
  const { author, createdAt, licence } = found
  return {
    endpoint: registryOf(settings),
    id: name,
    pin: found.version,
    ...(author === undefined ? {} : { author }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(licence === undefined ? {} : { licence }),
  }
}

interface Published {
  readonly version: string
  readonly tarball: string
  readonly file: string
  readonly integrity: string
  readonly author?: string
  readonly createdAt?: string
  readonly licence?: string
  readonly manifest: JsonObject
}

async function lookup({ name }: NpmReference, wanted: string, settings: SourceSettings): Promise<Published> {
  const packument = await packumentOf(name, settings)
  const tag = object(packument['dist-tags'])[wanted]
  const version = typeof tag === 'string' ? tag : wanted
  const manifest = object(object(packument.versions)[version])
  const dist = object(manifest.dist)
  if (manifest.version !== version) {
    throw new SourceError(
      'revision-gone',
      `npm:${name}: no version or dist-tag '${wanted}' (a range pins nothing; write a version)`,
    )
  }
  const { tarball: url, integrity } = dist
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new SourceError('untrusted', `npm:${name}@${version}: the registry names no tarball`)
  const sri = typeof integrity === 'string' ? parse(integrity, { strict: true }) : null
  if (typeof integrity !== 'string' || !sri?.sha512) {
    throw new SourceError('untrusted', `npm:${name}@${version}: the registry gives no SHA-512 for it`)
  }
  const file = `${name.split('/').at(-1)}-${version}.tgz`
  if (pathTrouble(file) || file.includes('/'))
    throw new SourceError('untrusted', `npm:${name}: the version '${version}' cannot be part of a file name`)
  const time = object(packument.time).created
  const user = object(manifest._npmUser).name
  return {
    version,
    tarball: url,
    file,
    integrity,
    manifest,
    ...(typeof user === 'string' ? { author: user } : {}),
    ...(typeof time === 'string' ? { createdAt: time } : {}),
    ...(typeof manifest.license === 'string' ? { licence: manifest.license } : {}),
  }
}

/** The user's registry, or the one that the client takes by itself. */
function registryOf(settings: SourceSettings): string {
  return settings.npm ?? npmFetch.pickRegistry('any').replace(/\/+$/, '')
}

async function packumentOf(name: string, settings: SourceSettings): Promise<JsonObject> {
  const { signal } = settings
  const registry = registryOf(settings)
  try {
    // All four: one that is absent makes a pause of the client NaN.
    const retry = {
      fetchRetries: 3,
      fetchRetryFactor: 4,
      fetchRetryMintimeout: settings.backoffMs ?? 500,
      fetchRetryMaxtimeout: 30_000,
    }
    const answer: unknown = await npmFetch.json(`/${name.replace('/', '%2f')}`, {
      registry,
      signal,
      ...retry,
    })
    // A border: the registry's JSON, every field of which is checked where it is used.
    return object(answer as Json)
  } catch (error) {
    signal?.throwIfAborted()
    const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    if (status === 404)
      throw new SourceError('repository-gone', `npm:${name}: there is no such package on ${registry}`)
    if (status === 401 || status === 403)
      throw new SourceError('denied', `npm:${name}: ${registry} refuses it (${status})`)
    // The client's own message is several lines of advice.
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const why = String(code ?? (error instanceof Error ? error.message.split('\n')[0] : error))
    throw new SourceError('unreachable', `npm:${name}: ${registry} does not give it (${why})`)
  }
}

async function tarball(
  { tarball: url, integrity, version }: Published,
  settings: SourceSettings,
): Promise<Uint8Array> {
  const fetch = boundFetch({ ...settings, endpoint: new URL(url).origin })
  const bytes = await whole(url, settings.signal, async () => {
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    if (!response.ok) throw new SourceError('unreachable', `${url}: answers ${response.status}`)
    return readBody(response, TARBALL_BYTES)
  })
  if (checkData(Buffer.from(bytes), integrity) === false) {
    throw new SourceError(
      'untrusted',
      `${url}: version ${version} does not have the SHA-512 that the registry gives`,
    )
  }
  return bytes
}

function object(json: Json | undefined): JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
}
