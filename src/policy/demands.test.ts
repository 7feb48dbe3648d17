import { describe, expect, test } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact, JsonObject } from '../model/fact.ts'
import type { Inspection } from '../model/report.ts'
import { unmetDemands } from './demands.ts'
import { readPolicy } from './read.ts'
import type { Policy } from './schema.ts'

const NOW = new Date('2026-11-22T00:00:00Z')
const EMPTY: Policy = {
  name: '',
  digest: '',
  failOn: 'high',
  acceptGlobals: [],
  overrides: [],
  waivers: [],
  demands: [],
  conditions: [],
  signers: [],
}

function artifact(root: string, formats: string[] = [], parent?: Artifact): Artifact {
  const locator = { root, members: [] }
  const up = parent ? { parent: parent.id } : {}
  return { id: artifactId(locator), ...up, locator, name: root, formats, digests: [] }
}

const ENTRY = artifact('models/bert')
const FILE = artifact('models/bert/model.bin', ['torch-zip', 'zip'], ENTRY)

function fact(kind: string, data: JsonObject, at = ENTRY): Fact {
  return { kind, artifact: at.id, count: 1, locations: [], data }
}

const LOCKED = fact('lock.entry', {
  entry: 'hf:acme/bert@main',
  publisher: 'acme',
  licence: 'apache-2.0',
  created: '2026-01-01T00:00:00Z',
  pinned: false,
})

/** The demands that are not met, as `demand: value`. */
function unmet(yaml: string, facts: readonly Fact[] = [LOCKED]): string[] {
  const policy = readPolicy(yaml, 'p', 'p.yaml', () => EMPTY)
  const inspection: Inspection = { artifacts: [ENTRY, FILE], facts, coverage: [] }
  return unmetDemands(policy, inspection, NOW).map(({ fact: { data } }) => `${data.demand}: ${data.value}`)
}

describe('demands', () => {
  test.each([
    ['formats: { deny: [torch-zip] }', ['formats: torch-zip']],
    ['formats: [torch-zip]', ['formats: zip']],
    ['formats: [torch-zip, zip]', []],
    ['formats: { deny: ["t*p"] }', ['formats: torch-zip']],
    ['formats: { deny: ["t*x"] }', []],
    ['publishers: [acme]', []],
    ['publishers: { deny: [ACME] }', ['publishers: acme']],
    ['licences: [Apache-2.0]', []],
    ['licences: [MIT, "BSD-*"]', ['licences: apache-2.0']],
    ['signed: true', ['signed: ']],
    ['signed: false', []],
    ['pinned: true', ['pinned: ']],
    ['max-age: 365d', []],
    ['max-age: 30d', ['max-age: 2026-01-01T00:00:00Z']],
    ['overrides: [{ reference: "hf:acme/*", pinned: true }]', ['pinned: ']],
    ['overrides: [{ reference: "hf:other/*", pinned: true }]', []],
    ['overrides: [{ path: "models/**", formats: [zip] }]', ['formats: torch-zip']],
    ['overrides: [{ path: "other/**", formats: [zip] }]', []],
  ])('%s', (yaml, wanted) => {
    expect(unmet(yaml)).toEqual(wanted)
  })

  test('what is not known meets none', () => {
    expect(unmet('publishers: { deny: [evil] }\nlicences: [MIT]\npinned: true\nmax-age: 30d', [])).toEqual([
      'publishers: ',
      'licences: ',
      'pinned: ',
      'max-age: ',
    ])
  })

  test('a signature that holds is enough for signed', () => {
    expect(unmet('signed: true', [LOCKED, fact('signature.verified', { method: 'key' })])).toEqual([])
  })

  test('capabilities count whoever says them, once each', () => {
    const use = { capability: 'net', scope: 'https://api.example.com' }
    const facts = [
      fact('capability.inferred', use),
      fact('capability.granted', use),
      fact('capability.declared', { capability: 'exec', scope: 'git' }),
    ]
    expect(unmet('capabilities: ["net(https://*.example.com)"]', facts)).toEqual(['capabilities: exec(git)'])
    expect(unmet('capabilities: { deny: ["net*"] }', facts)).toEqual([
      'capabilities: net(https://api.example.com)',
    ])
  })
})
