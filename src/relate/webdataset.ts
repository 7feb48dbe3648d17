import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'webdataset.shard': {
    about:
      'A tar in the layout of WebDataset: members of one stem are a sample. `decoded`: suffixes whose members its decoders unpickle or ' +
      'load as a module (`webdataset.autodecode`).',
    fields: { samples: 'number', suffixes: 'strings', decoded: 'strings' },
  },
}

/** Suffixes that the default decoders unpickle, give to `torch.load`, or take for a pickle although they name a module. */
const DECODED = new Set(['pyd', 'pickle', 'pkl', 'pth', 'pt'])
/** Fewer samples are an archive that happens to have two files of one name. */
const LEAST = 2

/** Shards of WebDataset, by the names of their members. */
export const webdataset: Relator = {
  id: 'webdataset',
  facts: FACTS,
  *relate(artifacts: readonly Artifact[]): Generator<Fact> {
    const members = new Map<string, { stems: Map<string, number>; suffixes: Set<string> }>()
    const tars = new Set(artifacts.filter(({ formats }) => formats.includes('tar')).map(({ id }) => id))
    for (const { parent, name } of artifacts) {
      if (parent === undefined || !tars.has(parent)) continue
      // The stem ends at the first dot of the file name: `000.seg.png` is the part `seg.png` of the sample `000`.
      const [, stem, suffix] = /^((?:.*\/)?[^./]+)\.([^/]+)$/.exec(name) ?? []
      if (stem === undefined || suffix === undefined) continue
      const held = members.get(parent) ?? { stems: new Map(), suffixes: new Set() }
      members.set(parent, held)
      held.stems.set(stem, (held.stems.get(stem) ?? 0) + 1)
      if (held.suffixes.size < 64) held.suffixes.add(suffix.toLowerCase())
    }
    for (const [artifact, { stems, suffixes }] of members) {
      const samples = [...stems.values()].filter((parts) => parts > 1).length
      if (samples < LEAST || samples * 2 < stems.size) continue
      const names = [...suffixes].toSorted(byCodePoint)
      const decoded = names.filter((name) => DECODED.has(name.split('.').at(-1) ?? ''))
      yield {
        kind: 'webdataset.shard',
        artifact,
        count: 1,
        locations: [],
        data: { samples, suffixes: names, decoded },
      }
    }
  },
}
