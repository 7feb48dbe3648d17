import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf, placeIn, placeOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'external-data.missing': {
    about:
      'Files of data that a model refers to and that are not in the target; `target` is the first of them.',
    fields: { target: 'string', role: 'string' },
  },
  'external-data.short': {
    about:
      'A file of data ends before the bytes that the model refers to: a reader that maps it reads beyond.',
    fields: { target: 'string', role: 'string', needed: 'number', actual: 'number' },
  },
  'external-data.link': {
    about: 'A file of data is a link that leaves the target.',
    fields: { target: 'string', role: 'string' },
  },
}

/**
 * Roles whose targets are beside the file that names them, or in a folder below it. Other roles name things that need not be there (leftovers of training) or are looked for elsewhere.
 */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'onnx-external': [''],
  'onnx-ep-context': [''],
  'tensorflow-shard': [''],
  'tensorflow-asset': ['assets/'],
  'tfjs-weights': [''],
  'openvino-weights': [''],
  'gguf-split': [''],
  'coreml-weights': [''],
  'mlpackage-item': ['Data/'],
  'nemo-artifact': [''],
  'thin-archive': [''],
}

/** The data that models keep in other files, against what is there: absent, too short, or a link. */
export const externalData: Relator = { id: 'external-data', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const edges = facts.filter(
    ({ kind, data }) => kind === 'edge.data' && Object.hasOwn(FOLDERS, String(data.role)),
  )
  if (edges.length === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const byPlace = new Map(artifacts.map((artifact) => [placeOf(artifact), artifact]))
  const links = new Set(
    facts.filter(({ kind, data }) => kind === 'entry.link' && data.leaves === true).map((f) => f.artifact),
  )
  const needs = new Map(
    facts
      .filter(({ kind }) => kind === 'edge.extent')
      .map(({ artifact, data }) => [keyOf(artifact, data), Number(data.end)]),
  )
  const missing = new Map<string, Fact>()
  for (const edge of edges) {
    const source = byId.get(edge.artifact)
    const { target, role, form } = edge.data
    // What leads out of the folder is a finding of its own.
    if (!source || (form !== 'plain' && form !== 'subfolder')) continue
    const found = beside(source, String(target), String(role), byPlace)
    const data = { target: String(target), role: String(role) }
    if (!found) {
      const key = `${edge.artifact} ${String(role)}`
      const held = missing.get(key)
      missing.set(
        key,
        held ? { ...held, count: held.count + 1 } : derived(edge, 'external-data.missing', data),
      )
    } else if (links.has(found.id)) yield derived(edge, 'external-data.link', data)
    else {
      const [needed, actual] = [needs.get(keyOf(edge.artifact, edge.data)), found.size]
      if (needed !== undefined && actual !== undefined && needed > actual)
        yield derived(edge, 'external-data.short', { ...data, needed, actual })
    }
  }
  yield* missing.values()
}

function beside(
  source: Artifact,
  target: string,
  role: string,
  byPlace: ReadonlyMap<string, Artifact>,
): Artifact | undefined {
  const folder = folderOf(source)
  for (const below of FOLDERS[role] ?? []) {
    const found = byPlace.get(placeIn(source, folder + below, target))
    if (found) return found
  }
  return undefined
}

function keyOf(artifact: string, { target, role }: Fact['data']): string {
  return JSON.stringify([artifact, target, role])
}

function derived({ artifact, at, locations }: Fact, kind: string, data: Fact['data']): Fact {
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
