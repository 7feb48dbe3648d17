import type { Artifact } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import type { Relator } from './relator.ts'

/** A source distribution and its `setup.py`, which installing it runs.  */
export const sdist: Relator = { id: 'sdist', facts: {}, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const layouts = facts.filter((fact) => fact.kind === 'entry.layout' && fact.data.layout === 'sdist')
  const archives = new Set(layouts.map((fact) => fact.artifact))
  if (archives.size === 0) return
  for (const { parent, locator } of artifacts) {
    const target = locator.members.at(-1) ?? ''
    // Only the one at the top is run; packages have others among their tests.
    if (parent === undefined || !archives.has(parent) || !/^(?:\.\/)?[^/]+\/setup\.py$/.test(target)) continue
    const data = { target, role: 'setup', form: 'plain', repository: '' }
    yield { kind: 'edge.code', artifact: parent, count: 1, locations: [], data }
  }
}
