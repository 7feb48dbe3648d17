import { readJson } from '../codec/json.ts'
import { listOf, objectOf, textOf } from '../codec/json-values.ts'
import type { Json } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { LockEntry } from '../model/lock.ts'
import type { NpmReference, OciReference, Reference } from '../model/reference.ts'
import { boundFetch, type Fetch, readBody, urlOf } from './fetch.ts'
import type { SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** A service's answer about attestations; real ones have some ten KiB each. */
const ANSWER_BYTES = 16 * 1024 * 1024
/** Referrers that are looked at; an index is somebody else's list. */
const REFERRERS = 64

const BUNDLE_TYPE = /^application\/vnd\.dev\.sigstore\.bundle/

/**
 * The Sigstore bundles that the service of a reference publishes about what is locked: npm's publish and provenance
 * attestations, and what cosign attaches to OCI artifacts (referrers of the manifest). Bytes only; nothing is verified here.
 */
export async function attestationsFor(
  reference: Reference,
  { resolved }: Pick<LockEntry, 'resolved'>,
  settings: SourceSettings,
): Promise<Uint8Array[]> {
  if (reference.scheme === 'npm') return npmAttestations(reference, resolved.endpoint, resolved.pin, settings)
  return reference.scheme === 'oci' ? referrers(reference, resolved.pin, settings) : []
}

async function npmAttestations(
  { name }: NpmReference,
  registry: string,
  version: string,
  settings: SourceSettings,
): Promise<Uint8Array[]> {
  const fetch = boundFetch({ ...settings, endpoint: registry })
  const url = urlOf(registry, '-', 'npm', 'v1', 'attestations', `${name}@${version}`)
  const answer = objectOf(await jsonAt(url, fetch, {}))
  const bundles = listOf(answer.attestations).map((item) => objectOf(item).bundle)
  return bundles.filter((bundle) => bundle !== undefined).map((bundle) => Buffer.from(JSON.stringify(bundle)))
}

/** OCI distribution 1.1: the manifests that name this one as their subject; a bundle is the one layer of such a manifest. */
async function referrers(
  reference: OciReference,
  pin: string,
  settings: SourceSettings,
): Promise<Uint8Array[]> {
  const { registryFetch, registryUrl } = await import('./oci.ts')
  const endpoint = registryUrl(reference.registry)
  const fetch = registryFetch(endpoint, reference.repository, settings)
  const repository = `${endpoint}/v2/${reference.repository}`
  const accept = { accept: 'application/vnd.oci.image.index.v1+json' }
  const index = objectOf(await jsonAt(`${repository}/referrers/${pin}`, fetch, accept))
  const found: Uint8Array[] = []
  for (const item of listOf(index.manifests).slice(0, REFERRERS).map(objectOf)) {
    if (!BUNDLE_TYPE.test(textOf(item.artifactType)) || !DIGEST.test(textOf(item.digest))) continue
    const manifest = objectOf(
      await jsonAt(`${repository}/manifests/${textOf(item.digest)}`, fetch, { accept: MANIFEST }),
    )
    for (const layer of listOf(manifest.layers).map(objectOf)) {
      if (!BUNDLE_TYPE.test(textOf(layer.mediaType)) || !DIGEST.test(textOf(layer.digest))) continue
      const bytes = await bytesAt(`${repository}/blobs/${textOf(layer.digest)}`, fetch, {})
      if (bytes) found.push(bytes)
    }
  }
  return found
}

const DIGEST = /^sha256:[0-9a-f]{64}$/
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

async function jsonAt(url: string, fetch: Fetch, headers: Record<string, string>): Promise<Json> {
  const bytes = await bytesAt(url, fetch, headers)
  if (!bytes) return null
  const { value, duplicates } = readJson(bytes, DEFAULT_LIMITS)
  if (duplicates.length > 0) throw new SourceError('untrusted', `${url}: the key ${duplicates[0]} twice`)
  return value
}

/** Undefined where there is none, or the service has no such interface: unsigned is an answer, a broken service is not. */
async function bytesAt(
  url: string,
  fetch: Fetch,
  headers: Record<string, string>,
): Promise<Uint8Array | undefined> {
  const response = await fetch(url, { headers })
  if (response.ok) return readBody(response, ANSWER_BYTES)
  await response.body?.cancel()
  if (response.status < 500) return undefined
  throw new SourceError('unreachable', `${url}: answers ${response.status}`)
}
