import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf, placeIn } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'dataset-script.found': {
    about:
      'Python beside the card of a dataset that imports `datasets`, which before 4.0 ran the script of a repository to load it. `named`: it ' +
      'has the name of its folder, by which it was found.',
    fields: { target: 'string', named: 'boolean' },
  },
}

/** Loading scripts of datasets: code in the top of a repository with the card of a dataset. What it does, the code engine says. */
export const datasetScript: Relator = {
  id: 'dataset-script',
  facts: FACTS,
  *relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
    const cards = facts.filter(({ kind, data }) => kind === 'card.document' && data.of === 'dataset')
    if (cards.length === 0) return
    const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
    const importing = new Set(
      facts
        .filter(({ kind, data }) => kind === 'code.import' && /^datasets(?:\.|$)/.test(String(data.module)))
        .map(({ artifact }) => artifact),
    )
    const scripts = new Map<string, Artifact[]>()
    for (const id of importing) {
      const script = byId.get(id)
      if (!script?.name.endsWith('.py')) continue
      const place = placeIn(script, folderOf(script), '')
      scripts.set(place, [...(scripts.get(place) ?? []), script])
    }
    for (const card of cards) {
      const source = byId.get(card.artifact)
      if (!source) continue
      const folder = folderOf(source)
      for (const script of scripts.get(placeIn(source, folder, '')) ?? []) {
        const name = script.name.slice(script.name.lastIndexOf('/') + 1)
        const named = folder.endsWith(`/${name.replace(/\.py$/, '')}/`)
        const data = { target: name, named }
        yield { kind: 'dataset-script.found', artifact: card.artifact, count: 1, locations: [], data }
      }
    }
  },
}
