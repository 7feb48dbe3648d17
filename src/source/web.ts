import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { fileNameOf, type WebReference } from '../model/reference.ts'
import { boundFetch, type Fetch, whole } from './fetch.ts'
import type { Source } from './source.ts'
import { SourceError } from './trouble.ts'

/** One file behind a web address. The address pins nothing, so the reference carries the digest. */
export const web: Source<WebReference> = {
  async resolve({ url, sha256 }, wanted, settings) {
    const { origin } = new URL(url)
    const fetch = boundFetch({ ...settings, endpoint: origin })
    const name = fileNameOf(url)
    const got = settings.onFetched
      ? await claimed(url, sha256, fetch)
      : await whole(url, settings.signal, async () => {
          const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
          if (!response.ok)
            throw new SourceError('unreachable', `${url}: ${origin} answers ${response.status}`)
          const hash = createHash('sha256')
          let size = 0
          for await (const chunk of response.body ?? []) {
            hash.update(chunk)
            size += chunk.length
          }
          return { sha256: hash.digest('hex'), size, origin: 'computed' as const }
        })
    if (got.sha256 !== sha256)
      throw new SourceError(
        'untrusted',
        `${url}: its SHA-256 is ${got.sha256}, not the one the reference gives`,
      )
    const checksum = { download_url: url, checksum: `sha256:${sha256}` }
    return {
      endpoint: origin,
      id: url,
      pin: `sha256:${sha256}`,
      purl: new PackageURL('generic', undefined, name, undefined, checksum, undefined).toString(),
      files: wanted(name) ? [{ path: name, size: got.size, sha256, origin: got.origin }] : [],
      edges: [],
    }
  },

  async identify({ url, sha256 }) {
    return { endpoint: new URL(url).origin, id: url, pin: `sha256:${sha256}` }
  },

  async standing({ url }, _, settings) {
    const fetch = boundFetch({ ...settings, endpoint: new URL(url).origin })
    const response = await fetch(url, { method: 'HEAD' })
    return { pin: response.status === 404 || response.status === 410 ? 'gone' : 'there', revision: 'fixed' }
  },

  async locate({ url }, _, settings) {
    const fetch = boundFetch({ ...settings, endpoint: new URL(url).origin })
    return () => ({ url, fetch })
  },
}

/** For a look by ranges: the digest stays what the reference says. */
async function claimed(url: string, sha256: string, fetch: Fetch) {
  const response = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })
  const length = response.headers.get('content-length')
  if (!response.ok) throw new SourceError('unreachable', `${url}: answers ${response.status}`)
  if (length === null || !/^\d{1,15}$/.test(length))
    throw new SourceError(
      'unsupported',
      `${url}: the server does not say how long it is; scan it with --full`,
    )
  return { sha256, size: Number(length), origin: 'claimed' as const }
}
