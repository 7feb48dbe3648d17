import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { folderOf } from './places.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'rows.overlap': {
    about:
      'A table for testing has texts that a table for training has, too. `with`: that table. `percent`: an estimate from samples, ' +
      'at least this much where rows were left out.',
    fields: { with: 'string', percent: 'number' },
  },
}

/** Rows of tests that are in the training data: results on them say nothing. */
export const rowOverlap: Relator = { id: 'row-overlap', facts: FACTS, relate }

const TRAINING = /(?:^|[\W_])train(?:ing)?(?:$|[\W_])/i
const TESTING = /(?:^|[\W_])(?:test|eval|evaluation|valid|validation|val|dev|holdout)(?:$|[\W_])/i
/** Hashes that both must have below their common limit, for an estimate to mean anything. */
const LEAST = 16
const PERCENT = 2
/** Pairs compared in one run: shards of the largest sets are some hundreds. */
const PAIRS = 20_000

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const sketches = facts.filter(({ kind }) => kind === 'rows.sketch')
  if (sketches.length < 2) return
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]))
  const splitOf = (fact: Fact, pattern: RegExp) => {
    const artifact = byId.get(fact.artifact)
    const folder = artifact && folderOf(artifact).split('/').at(-2)
    return artifact !== undefined && (pattern.test(artifact.name) || pattern.test(folder ?? ''))
  }
  const training = sketches.filter((fact) => splitOf(fact, TRAINING) && !splitOf(fact, TESTING))
  const testing = sketches.filter((fact) => splitOf(fact, TESTING) && !splitOf(fact, TRAINING))
  if (training.length * testing.length > PAIRS) return
  for (const test of testing) {
    for (const train of training) {
      const percent = overlap(test, train)
      if (percent === undefined || percent < PERCENT) continue
      const name = byId.get(train.artifact)?.name ?? ''
      yield {
        kind: 'rows.overlap',
        artifact: test.artifact,
        count: 1,
        locations: [],
        data: { with: name, percent },
      }
    }
  }
}

/** How much of the first is in the second, of the hashes that both would have kept. */
function overlap(test: Fact, train: Fact): number | undefined {
  const limit = Math.min(Number(test.data.limit), Number(train.data.limit))
  const held = new Set(below(train, limit))
  const asked = below(test, limit)
  if (asked.length < LEAST) return undefined
  return Math.round((asked.filter((hash) => held.has(hash)).length * 100) / asked.length)
}

function below({ data }: Fact, limit: number): number[] {
  const sketch = Array.isArray(data.sketch) ? data.sketch : []
  return sketch.map((hash) => Number.parseInt(String(hash), 36)).filter((hash) => hash < limit)
}
