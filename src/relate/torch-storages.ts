import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { storageItemSize } from '../model/torch-storage.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'torch-storages.missing': {
    about: 'The pickle asks for a storage that is no member of the archive.',
    fields: { key: 'string' },
  },
  'torch-storages.size': {
    about:
      'A storage has fewer bytes than the pickle says its elements take: readers that trust it read beyond.',
    fields: { key: 'string', declared: 'number', actual: 'number' },
  },
  'torch-storages.conflict': {
    about: 'Two persistent ids give one storage different types or sizes.',
    fields: { key: 'string' },
  },
  'torch-storages.location': {
    about: 'A device that torch does not know by this name.',
    fields: { location: 'string' },
  },
  'torch-storages.key': {
    about: 'A storage key that is a path.',
    fields: { key: 'string' },
  },
}

/** Devices of torch, with an index where they take one (`torch.serialization`). */
const LOCATION =
  /^(?:cpu|cuda|meta|mps|xpu|hpu|npu|mtia|mlu|ipu|xla|ort|maia|vulkan|hip|privateuseone)(?::\d+)?$/

/** The storages that a torch archive's pickle asks for, against the members that hold them. */
export const torchStorages: Relator = { id: 'torch-storages', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const asked = Map.groupBy(
    facts.filter((fact) => fact.kind === 'pickle.storage'),
    (fact) => fact.artifact,
  )
  if (asked.size === 0) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const parents = new Set([...asked.keys()].map((id) => byId.get(id)?.parent))
  const members = new Map<string, Artifact>()
  for (const artifact of artifacts) {
    if (artifact.parent !== undefined && parents.has(artifact.parent)) {
      members.set(`${artifact.parent} ${lastMember(artifact)}`, artifact)
    }
  }
  for (const [id, storages] of asked) {
    const pickle = byId.get(id)
    const folder = pickle && /^(.*\/)?(data|constants)\.pkl$/i.exec(lastMember(pickle))
    // A pickle outside an archive keeps its storages elsewhere: in its own stream, or in a file beside it.
    if (!folder || pickle.parent === undefined) continue
    const place = `${pickle.parent} ${folder[1] ?? ''}`
    yield* compare(
      storages,
      (key) => members.get(`${place}data/${key}`) ?? members.get(`${place}constants/${key}`),
    )
  }
}

function* compare(storages: readonly Fact[], find: (key: string) => Artifact | undefined): Generator<Fact> {
  const seen = new Map<string, string>()
  for (const storage of storages) {
    const { type, key, location, elements } = storage.data
    if (typeof key !== 'string' || typeof type !== 'string' || typeof elements !== 'number') continue
    const before = seen.get(key)
    if (before !== undefined && before !== `${type} ${elements}`) {
      yield stated(storage, 'torch-storages.conflict', { key })
    }
    seen.set(key, `${type} ${elements}`)
    if (typeof location === 'string' && !LOCATION.test(location)) {
      yield stated(storage, 'torch-storages.location', { location: location.slice(0, 200) })
    }
    if (/[/\\]|^\.\.?$/.test(key)) yield stated(storage, 'torch-storages.key', { key })
    const member = find(key)
    const size = storageItemSize(type)
    // The `meta` device has no data at all.
    if (!member) {
      if (elements > 0 && location !== 'meta') yield stated(storage, 'torch-storages.missing', { key })
    } else if (size !== undefined && (elements < 0 || elements * size > (member.size ?? 0))) {
      const declared = elements * size
      yield stated(storage, 'torch-storages.size', { key, declared, actual: member.size ?? 0 })
    }
  }
}

function lastMember({ locator }: Artifact): string {
  return locator.members.at(-1) ?? ''
}

function stated({ artifact, at, locations }: Fact, kind: string, data: Fact['data']): Fact {
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
