import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf, placeIn, placeOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'oci-layout.digest': {
    about: 'A blob does not have the digest that is its name.',
    fields: { blob: 'string' },
  },
  'oci-layout.missing': {
    about: 'A descriptor names a blob that is not in the layout.',
    fields: { digest: 'string' },
  },
  'oci-layout.size': {
    about: 'A blob has another size than a descriptor says.',
    fields: { digest: 'string', declared: 'number', actual: 'number' },
  },
}

const BLOB = /(?:^|\/)blobs\/(sha256)\/([\da-f]{64})$/

/** Blobs of an OCI image layout, folder or tar, against their names and the descriptors that refer to them. */
export const ociLayout: Relator = { id: 'oci-layout', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const documents = facts.filter(({ kind }) => kind === 'oci.document')
  if (documents.length === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const byPlace = new Map(artifacts.map((artifact) => [placeOf(artifact), artifact]))
  const layouts = documents
    .filter(({ data }) => data.part === 'layout')
    .map(({ artifact }) => byId.get(artifact))
    .filter((artifact) => artifact !== undefined)
  if (layouts.length === 0) return
  for (const artifact of artifacts) {
    const name = BLOB.exec(artifact.locator.members.at(-1) ?? artifact.locator.root)
    if (!name || !rootOf(artifact, layouts)) continue
    const computed = artifact.digests.find(({ algorithm }) => algorithm === 'sha256')?.hex
    if (computed === undefined || computed === name[2]) continue
    const data = { blob: `sha256:${name[2]}` }
    yield { kind: 'oci-layout.digest', artifact: artifact.id, count: 1, locations: [], data }
  }
  for (const descriptor of facts.filter(({ kind }) => kind === 'oci.descriptor')) {
    const source = byId.get(descriptor.artifact)
    const layout = source && rootOf(source, layouts)
    const { digest, size, issue } = descriptor.data
    if (!layout || issue !== 'none' || typeof digest !== 'string' || typeof size !== 'number') continue
    const blob = byPlace.get(placeIn(layout, folderOf(layout), `blobs/${digest.replace(':', '/')}`))
    if (!blob) yield derived(descriptor, 'oci-layout.missing', { digest })
    else if (blob.size !== undefined && blob.size !== size) {
      yield derived(descriptor, 'oci-layout.size', { digest, declared: size, actual: blob.size })
    }
  }
}

/** The `oci-layout` file in whose folder an artifact lies, in the same container. */
function rootOf(artifact: Artifact, layouts: readonly Artifact[]): Artifact | undefined {
  const own = artifact.locator.members.at(-1) ?? artifact.locator.root
  const around = JSON.stringify(artifact.locator.members.slice(0, -1))
  return layouts.find(
    (layout) =>
      layout.locator.members.length === artifact.locator.members.length &&
      (artifact.locator.members.length === 0 || layout.locator.root === artifact.locator.root) &&
      JSON.stringify(layout.locator.members.slice(0, -1)) === around &&
      own.startsWith(folderOf(layout)),
  )
}

function derived({ artifact, at, locations }: Fact, kind: string, data: Fact['data']): Fact {
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
