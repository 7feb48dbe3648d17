import { describe, expect, it } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact, JsonObject } from '../model/fact.ts'
import { sdist } from './sdist.ts'
import { shards } from './shards.ts'
import { torchStorages } from './torch-storages.ts'

function artifact(path: string, size: number, formats: readonly string[] = []): Artifact {
  const [root = '', ...members] = path.split('!/')
  const locator = { root, members }
  const parent = members.length > 0 ? artifactId({ root, members: members.slice(0, -1) }) : undefined
  const name = members.at(-1) ?? root
  return { id: artifactId(locator), ...(parent ? { parent } : {}), locator, name, size, formats, digests: [] }
}

function fact(of: Artifact, kind: string, data: JsonObject): Fact {
  return { kind, artifact: of.id, count: 1, locations: [], data }
}

describe('torch-storages', () => {
  const archive = artifact('m.pt', 999, ['zip'])
  const pickle = artifact('m.pt!/m/data.pkl', 100, ['pickle'])
  const members = [artifact('m.pt!/m/data/0', 16), artifact('m.pt!/m/data/1', 4)]
  const all = [archive, pickle, ...members]
  const ask = (key: string, elements: number, type = 'torch.FloatStorage', location = 'cpu') =>
    fact(pickle, 'pickle.storage', { type, key, location, elements })
  const kinds = (...facts: Fact[]) =>
    [...torchStorages.relate(all, facts, () => [])].map((f) => [f.kind, f.data.key])

  it('is content with storages that are there and long enough', () => {
    expect(kinds(ask('0', 4), ask('1', 1, 'torch.FloatStorage', 'cuda:1'), ask('0', 4))).toEqual([])
  })

  it.each<[string, Fact]>([
    ['size', ask('0', 5)],
    ['size', ask('1', 1, 'torch.DoubleStorage')],
    ['size', ask('1', -1)],
    ['missing', ask('7', 1)],
    ['location', ask('0', 4, 'torch.FloatStorage', 'evil:0')],
  ])('states %s', (kind, asked) => {
    expect(kinds(asked).map(([k]) => k)).toEqual([`torch-storages.${kind}`])
  })

  it('states one storage under two types, and keys that are paths', () => {
    expect(kinds(ask('0', 4), ask('0', 2, 'torch.DoubleStorage'))).toEqual([['torch-storages.conflict', '0']])
    expect(kinds(ask('../0', 0)).map(([kind]) => kind)).toEqual(['torch-storages.key'])
  })

  it('needs no data for tensors without any', () => {
    expect(kinds(ask('8', 0), ask('9', 5, 'torch.FloatStorage', 'meta'))).toEqual([])
  })

  it('says nothing of pickles outside archives', () => {
    const alone = artifact('data.pkl', 10)
    const asked = fact(alone, 'pickle.storage', {
      type: 'torch.FloatStorage',
      key: '0',
      location: 'cpu',
      elements: 9,
    })
    expect([...torchStorages.relate([alone], [asked], () => [])]).toEqual([])
  })
})

describe('shards', () => {
  const index = artifact('m/model.safetensors.index.json', 10)
  const edge = (target: string, form = 'plain') =>
    fact(index, 'edge.shard', { target, form, suffix: '.safetensors', promised: 'safetensors' })

  it('finds shards beside the index, of the right content', () => {
    const shard = artifact('m/a.safetensors', 10, ['safetensors'])
    expect([...shards.relate([index, shard], [edge('a.safetensors')], () => [])]).toEqual([])
  })

  it('states missing shards once, and shards of another content', () => {
    const shard = artifact('m/a.safetensors', 10, ['pickle'])
    const facts = [
      ...shards.relate(
        [index, shard],
        [edge('a.safetensors'), edge('b.safetensors'), edge('c.safetensors')],
        () => [],
      ),
    ]
    expect(facts.map(({ kind, count }) => [kind, count])).toEqual([
      ['shards.format', 1],
      ['shards.missing', 2],
    ])
  })

  it('finds shards inside an archive', () => {
    const inside = artifact('m.zip!/x/model.safetensors.index.json', 10)
    const shard = artifact('m.zip!/x/a.safetensors', 10, ['safetensors'])
    const asked = fact(inside, 'edge.shard', edge('a.safetensors').data)
    expect([...shards.relate([inside, shard], [asked], () => [])]).toEqual([])
  })
})

describe('sdist', () => {
  it('points from a source package to the one file that installing runs', () => {
    const archive = artifact('p.tar.gz!/p.tar', 10, ['tar'])
    const members = ['p-1.0/setup.py', 'p-1.0/tests/setup.py', 'p-1.0/PKG-INFO'].map((name) =>
      artifact(`p.tar.gz!/p.tar!/${name}`, 1),
    )
    const layout = fact(archive, 'entry.layout', { layout: 'sdist' })
    const targets = [...sdist.relate([archive, ...members], [layout], () => [])].map((f) => [
      f.artifact,
      f.data.target,
    ])
    expect(targets).toEqual([[archive.id, 'p-1.0/setup.py']])
    expect([...sdist.relate([archive, ...members], [], () => [])]).toEqual([])
  })
})
