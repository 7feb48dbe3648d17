import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf, placeIn, placeOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'shards.missing': {
    about:
      'An index names a shard that is not there; loaders fail, or fetch it or another format from elsewhere.',
    fields: { target: 'string', siblings: 'number' },
  },
  'shards.format': {
    about: 'A shard is there, but its content is not what the index promises.',
    fields: { target: 'string', promised: 'string', formats: 'strings' },
  },
}

/** An index of shards beside the shards themselves. */
export const shards: Relator = { id: 'shards', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const edges = facts.filter((fact) => fact.kind === 'edge.shard')
  if (edges.length === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const byPlace = new Map(artifacts.map((artifact) => [placeOf(artifact), artifact]))
  const missing = new Map<string, number>()
  const absent: { edge: Fact; target: string }[] = []
  for (const edge of edges) {
    const index = byId.get(edge.artifact)
    const { target, form, promised } = edge.data
    if (!index || typeof target !== 'string' || (form !== 'plain' && form !== 'subfolder')) continue
    const shard = byPlace.get(placeIn(index, folderOf(index), target))
    if (!shard) {
      absent.push({ edge, target })
      missing.set(edge.artifact, (missing.get(edge.artifact) ?? 0) + 1)
    } else if (promised === 'safetensors' && !shard.formats.includes('safetensors')) {
      yield derived(edge, 'shards.format', { target, promised, formats: shard.formats })
    }
  }
  // One fact for each index: an index scanned without its shards is ordinary.
  for (const [artifact, count] of missing) {
    const first = absent.find(({ edge }) => edge.artifact === artifact)
    if (!first) continue
    const siblings = edges.filter((edge) => edge.artifact === artifact).length - count
    yield { ...derived(first.edge, 'shards.missing', { target: first.target, siblings }), count }
  }
}

function derived(edge: Fact, kind: string, data: Fact['data']): Fact {
  const { artifact, at, locations } = edge
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
