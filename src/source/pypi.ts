import { hash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { normalName } from '../codec/package-names.ts'
import { pathTrouble } from '../codec/path-trouble.ts'
import type { Edge, Identity, SourceFile } from '../model/lock.ts'
import type { PypiReference } from '../model/reference.ts'
import { boundFetch, type Fetch, inParallel, readBody, whole } from './fetch.ts'
import { distributionOf, type IndexFile, sameVersion, simplePage } from './pypi-index.ts'
import { requiresDist } from './pypi-metadata.ts'
import type { Source, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

const PUBLIC = 'https://pypi.org/simple'
/** The page of the package with the most files on the public index has some 30 MB. */
const PAGE_BYTES = 128 * 1024 * 1024
const METADATA_BYTES = 4 * 1024 * 1024
const ACCEPT =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1'

/**
 * A release on a Python package index (PEP 503 and 691): every wheel and sdist of the version, by the SHA-256 that the
 * index gives. Nothing is built or installed. What is published later under the same version is not locked.
 */
export const pypi: Source<PypiReference> = {
  async resolve(reference, wanted, settings) {
    const { identity, files, fetch } = await release(reference, settings)
    const chosen = files.filter(({ filename }) => wanted(filename))
    const found = await inParallel(chosen, settings.width, (file) => sourceFile(file, fetch, settings))
    const { endpoint } = identity
    const where = endpoint === PUBLIC ? undefined : { repository_url: endpoint }
    return {
      ...identity,
      purl: new PackageURL('pypi', undefined, reference.name, identity.pin, where, undefined).toString(),
      files: found,
      edges: await edges(chosen, fetch, settings),
    }
  },

  async identify(reference, settings) {
    return (await release(reference, settings)).identity
  },

  async standing(reference, { resolved, files: locked }, settings) {
    try {
      const { files } = await release({ ...reference, version: resolved.pin }, settings)
      const now = new Map(files.map(({ filename, sha256 }) => [filename, sha256]))
      const changed = locked.some(({ path, sha256 }) => (now.get(path) ?? sha256) !== sha256)
      const gone = locked.some(({ path }) => !now.has(path))
      return { pin: changed ? 'changed' : gone ? 'gone' : 'there', revision: 'fixed' }
    } catch (error) {
      if (error instanceof SourceError && error.reason === 'revision-gone')
        return { pin: 'gone', revision: 'fixed' }
      throw error
    }
  },

  async locate(reference, { resolved }, settings) {
    const { files, fetch } = await release({ ...reference, version: resolved.pin }, settings)
    const urls = new Map(files.map(({ filename, url }) => [filename, url]))
    return ({ path }) => {
      const url = urls.get(path)
      if (url === undefined)
        throw new SourceError('file-gone', `pypi:${reference.name}: ${path} is not on the index any more`)
      return { url, fetch }
    }
  },
}

interface Release {
  readonly identity: Identity
  readonly files: readonly (IndexFile & { readonly sha256: string })[]
  readonly fetch: Fetch
}

/** The files of a release, as the index lists them now. */
export async function release({ name, version }: PypiReference, settings: SourceSettings): Promise<Release> {
  const endpoint = indexOf(settings)
  const fetch = boundFetch({ ...settings, endpoint })
  const url = `${endpoint}/${name}/`
  const { bytes, type, base } = await page(url, fetch, settings)
  const all = simplePage(bytes, type, base)
  const own = all.flatMap((file) => {
    const about = distributionOf(file.filename)
    return about && normalName(about.name) === name && sameVersion(about.version, version)
      ? [{ file, version: about.version }]
      : []
  })
  const [first] = own
  if (!first) throw new SourceError('revision-gone', `pypi:${name}: ${endpoint} has no version ${version}`)
  const files = own.map(({ file }) => {
    const { filename, sha256 } = file
    if (pathTrouble(filename) || filename.includes('/'))
      throw new SourceError('untrusted', `${url}: names a file '${filename}'`)
    if (sha256 === undefined) throw new SourceError('untrusted', `${url}: gives no SHA-256 for ${filename}`)
    return { ...file, sha256 }
  })
  const names = new Set(files.map(({ filename }) => filename))
  if (names.size < files.length) throw new SourceError('untrusted', `${url}: names a file twice`)
  // A release that its author withdrew (PEP 592) counts as one that its service has disabled.
  const yanked = files.every((file) => file.yanked)
  return {
    identity: { endpoint, id: name, pin: version, ...(yanked ? { disabled: true } : {}) },
    files,
    fetch,
  }
}

async function page(url: string, fetch: Fetch, { signal }: SourceSettings) {
  return whole(url, signal, async () => {
    const response = await fetch(url, { headers: { accept: ACCEPT } })
    if (response.ok) {
      const type = response.headers.get('content-type') ?? ''
      return { bytes: await readBody(response, PAGE_BYTES), type, base: response.url || url }
    }
    await response.body?.cancel()
    if (response.status === 404) throw new SourceError('repository-gone', `${url}: there is no such package`)
    if (response.status === 401 || response.status === 403)
      throw new SourceError('denied', `${url}: the index refuses it (${response.status})`)
    throw new SourceError('unreachable', `${url}: answers ${response.status}`)
  })
}

/** The user's index, or the public one. */
function indexOf({ pypi: named = PUBLIC }: SourceSettings): string {
  const url = URL.canParse(named) ? new URL(named) : undefined
  const local = url !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  const fits = url?.protocol === 'https:' || (local && url.protocol === 'http:')
  if (!fits || url?.username || url?.password)
    throw new SourceError(
      'unsupported',
      'PIP_INDEX_URL: must be an https address without a password (http only for this machine)',
    )
  return named.replace(/\/+$/, '')
}

async function sourceFile(
  { filename, url, size, sha256 }: IndexFile & { readonly sha256: string },
  fetch: Fetch,
  settings: SourceSettings,
): Promise<SourceFile> {
  return { path: filename, size: size ?? (await sizeOf(url, fetch, settings)), sha256, origin: 'claimed' }
}

/** An index may leave sizes out (PEP 700 is newer than 503); the file server knows them. */
async function sizeOf(url: string, fetch: Fetch, _: SourceSettings): Promise<number> {
  const response = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })
  const length = response.headers.get('content-length')
  if (!response.ok || length === null || !/^\d{1,15}$/.test(length))
    throw new SourceError('untrusted', `${url}: neither the index nor the server says how long it is`)
  return Number(length)
}

/** What an installer would fetch besides: from the metadata that the index keeps beside a wheel (PEP 658). */
async function edges(
  files: readonly (IndexFile & { readonly sha256: string })[],
  fetch: Fetch,
  { signal }: SourceSettings,
): Promise<Edge[]> {
  const described = files.find(({ metadata }) => metadata !== undefined)
  if (!described) return []
  const url = `${described.url}.metadata`
  const bytes = await whole(url, signal, async () => {
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    if (!response.ok) throw new SourceError('unreachable', `${url}: answers ${response.status}`)
    return readBody(response, METADATA_BYTES)
  })
  if (described.metadata !== '' && hash('sha256', bytes, 'hex') !== described.metadata)
    throw new SourceError('untrusted', `${url}: does not have the SHA-256 that the index gives`)
  return requiresDist(Buffer.from(bytes).toString('utf8'), described.filename)
}
