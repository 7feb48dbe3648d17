import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf, placeIn, placeOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'croissant.digest': {
    about: 'A file that is there has another digest than its Croissant description says.',
    fields: { target: 'string', sha256: 'string', actual: 'string' },
  },
}

/** Digests that a description gives, against those of the files beside it. */
export const croissant: Relator = {
  id: 'croissant',
  facts: FACTS,
  *relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
    const files = facts.filter(({ kind, data }) => kind === 'croissant.file' && data.hash === 'sha256')
    if (files.length === 0) return
    const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
    const byPlace = new Map(artifacts.map((artifact) => [placeOf(artifact), artifact]))
    for (const { artifact, data } of files) {
      const description = byId.get(artifact)
      if (!description || (data.form !== 'plain' && data.form !== 'subfolder')) continue
      const target = String(data.target)
      const found = byPlace.get(placeIn(description, folderOf(description), target))
      const actual = found?.digests.find(({ algorithm }) => algorithm === 'sha256')?.hex
      if (actual === undefined || actual === data.sha256) continue
      const facts = { target, sha256: data.sha256 ?? '', actual }
      yield { kind: 'croissant.digest', artifact, count: 1, locations: [], data: facts }
    }
  },
}
