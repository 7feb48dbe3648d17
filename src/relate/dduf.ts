import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'dduf.member': {
    about:
      'What the DDUF format does not allow: `type` (other than JSON, safetensors, sentencepiece and text), `depth` (folders in ' +
      'folders), `no-index` (no model_index.json).',
    fields: { issue: 'string', name: 'string' },
  },
}

/** The members that DDUF 1.0 allows, and nothing that could be unpickled. */
const ALLOWED = /\.(?:json|safetensors|model|txt)$/

/** Diffusers' single-file format: a zip whose members can only be data. */
export const dduf: Relator = { id: 'dduf', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], _facts: readonly Fact[]): Generator<Fact> {
  for (const archive of artifacts) {
    if (!/\.dduf$/i.test(archive.name) || !archive.formats.includes('zip')) continue
    const names = artifacts
      .filter(({ parent, name }) => parent === archive.id && !name.startsWith('@'))
      .map(({ locator }) => locator.members.at(-1) ?? '')
    if (!names.includes('model_index.json')) yield told(archive, 'no-index', '')
    for (const name of names) {
      if (!ALLOWED.test(name)) yield told(archive, 'type', name)
      if (name.split('/').length > 2) yield told(archive, 'depth', name)
    }
  }
}

function told({ id }: Artifact, issue: string, name: string): Fact {
  return {
    kind: 'dduf.member',
    artifact: id,
    count: 1,
    locations: [],
    data: { issue, name: name.slice(0, 200) },
  }
}
