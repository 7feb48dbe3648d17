import { PackageURL } from 'packageurl-js'
import type { SourceFile } from '../model/lock.ts'
import type { OllamaReference } from '../model/reference.ts'
import { blobOrManifest, descriptors, manifestOf, registryFetch, registryUrl } from './oci.ts'
import type { Source } from './source.ts'

const PUBLIC = 'registry.ollama.ai'

/**
 * A model of an Ollama registry, in the places of an Ollama store, so that `OLLAMA_MODELS` can point at it. Its registry
 * is asked by tag only (ollama#6886), so the manifest's own digest is the pin, and a tag that moved is found by it.
 */
export const ollama: Source<OllamaReference> = {
  async resolve(reference, wanted, settings) {
    const { endpoint, repository, id } = place(reference)
    const fetch = registryFetch(endpoint, id, settings)
    const manifest = await manifestOf(repository, reference.tag, fetch, settings)
    const blobs = new Map<string, SourceFile>()
    for (const { digest, size } of descriptors(manifest, repository)) {
      const path = `blobs/${digest.replace(':', '-')}`
      blobs.set(path, { path, size, sha256: digest.slice(7), origin: 'claimed' })
    }
    const own: SourceFile = {
      path: manifestPath(reference),
      size: manifest.size,
      sha256: manifest.digest.slice(7),
      origin: 'computed',
    }
    const purl = new PackageURL(
      'generic',
      reference.namespace,
      reference.name,
      reference.tag,
      { download_url: `${repository}/manifests/${reference.tag}`, checksum: manifest.digest },
      undefined,
    )
    return {
      endpoint,
      id,
      pin: manifest.digest,
      purl: purl.toString(),
      files: [own, ...blobs.values()].filter((file) => wanted(file.path)),
      edges: [],
    }
  },

  async identify(reference, settings) {
    const { endpoint, repository, id } = place(reference)
    const { digest } = await manifestOf(
      repository,
      reference.tag,
      registryFetch(endpoint, id, settings),
      settings,
    )
    return { endpoint, id, pin: digest }
  },

  async standing({ tag }) {
    // The registry knows tags only: whether the old manifest is still there cannot be asked.
    return { pin: 'there', revision: tag === 'latest' ? 'moving' : 'fixed' }
  },

  async locate(reference, { resolved }, settings) {
    const { endpoint, repository, id } = place(reference)
    const fetch = registryFetch(endpoint, id, settings)
    const own = manifestPath(reference)
    return ({ path, sha256 }) => {
      if (path !== own) return blobOrManifest(repository, sha256, resolved.pin, fetch)
      const accept = 'application/vnd.docker.distribution.manifest.v2+json'
      return { url: `${repository}/manifests/${reference.tag}`, fetch, headers: { accept } }
    }
  },
}

function place({ host, namespace, name }: OllamaReference) {
  const endpoint = registryUrl(host ?? PUBLIC)
  const id = `${namespace}/${name}`
  return { endpoint, id, repository: `${endpoint}/v2/${id}` }
}

/** `manifests/<host>/<namespace>/<name>/<tag>`, as the store has it. */
function manifestPath(reference: OllamaReference): string {
  const { namespace, name, tag } = reference
  return `manifests/${reference.host ?? PUBLIC}/${namespace}/${name}/${tag}`
}
