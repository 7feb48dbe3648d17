import { readJson } from '../../codec/json.ts'
import { isObject, listOf, objectOf, opensObject, textOf, textsOf } from '../../codec/json-values.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'oci.document': {
    about: 'A part of a container image. `part`: layout, index, manifest or config.',
    fields: { part: 'string' },
  },
  'oci.descriptor': {
    about:
      'A reference to a blob by digest and size. `issue`: none, `digest` (no digest of a known algorithm: a path), `size` ' +
      '(negative or no number), or `urls` (fetched from elsewhere).',
    fields: { digest: 'string', size: 'number', issue: 'string' },
  },
  'oci.duplicate': {
    about: 'A key that is there twice: clients differ in which blob they take.',
    fields: {},
  },
}

/**
 * `oci-layout`, indices, manifests and configurations of container images (OCI image specification 1.1, Docker's schema
 * 2). Blobs are named by digest only, so that the content must tell. Whether blobs are what they are called is a relation.
 */
export const oci: Inspector = {
  id: 'oci',
  detect: { probe, name: ['oci-layout'], suffix: ['.json'] },
  facts: FACTS,
  inspect,
}

const SIGNS =
  /"imageLayoutVersion"\s*:|"(?:mediaType)"\s*:\s*"application\/vnd\.(?:oci\.image|docker\.(?:distribution\.manifest|container\.image))|"rootfs"\s*:\s*\{\s*"(?:type|diff_ids)"/

function probe(head: Uint8Array): 'strong' | 'no' {
  return opensObject(head) && SIGNS.test(Buffer.from(head).toString('latin1')) ? 'strong' : 'no'
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const pointer of duplicates) yield fact('oci.duplicate', {}, { pointer })
    const root = objectOf(value)
    yield fact('oci.document', { part: partOf(root) })
    for (const list of ['manifests', 'layers', 'blobs']) {
      for (const [index, item] of listOf(root[list]).entries()) yield* descriptor(item, `/${list}/${index}`)
    }
    for (const key of ['config', 'subject'])
      if ('digest' in objectOf(root[key])) yield* descriptor(root[key], `/${key}`)
  } finally {
    meter.release(bytes.size)
  }
}

function partOf(root: { readonly [key: string]: Json }): string {
  if ('imageLayoutVersion' in root) return 'layout'
  if (Array.isArray(root.manifests)) return 'index'
  return Array.isArray(root.layers) || Array.isArray(root.blobs) ? 'manifest' : 'config'
}

const DIGEST = /^(?:sha256:[\da-f]{64}|sha384:[\da-f]{96}|sha512:[\da-f]{128})$/

function* descriptor(value: Json | undefined, pointer: string): Generator<Emission> {
  if (!isObject(value)) return
  const digest = textOf(value.digest)
  const size = typeof value.size === 'number' ? value.size : -1
  const issues: string[] = []
  if (!DIGEST.test(digest)) issues.push('digest')
  if (!Number.isSafeInteger(size) || size < 0) issues.push('size')
  if (textsOf(value.urls).length > 0) issues.push('urls')
  const text = [textOf(value.mediaType), ...textsOf(value.urls)].join(' ').slice(0, 200)
  for (const issue of issues.length > 0 ? issues : ['none'])
    yield fact('oci.descriptor', { digest: digest.slice(0, 200), size, issue }, { pointer }, text)
}
