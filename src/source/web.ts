import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { fileNameOf, type WebReference } from '../model/reference.ts'
import { boundFetch, whole } from './fetch.ts'
import type { Source } from './source.ts'
import { SourceError } from './trouble.ts'

/** One file behind a web address. The address pins nothing, so the reference carries the digest. */
export const web: Source<WebReference> = {
  async resolve({ url, sha256 }, wanted, settings) {
    const { origin } = new URL(url)
    const fetch = boundFetch({ ...settings, endpoint: origin })
    const name = fileNameOf(url)
    const got = await whole(url, settings.signal, async () => {
      const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
      if (!response.ok) throw new SourceError('unreachable', `${url}: ${origin} answers ${response.status}`)
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of response.body ?? []) {
        hash.update(chunk)
        size += chunk.length
      }
      return { sha256: hash.digest('hex'), size }
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
      files: wanted(name) ? [{ path: name, size: got.size, sha256, origin: 'computed' }] : [],
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
