import { expect, test } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact, JsonObject } from '../model/fact.ts'
import { externalData } from './external-data.ts'

function artifact(path: string, size: number): Artifact {
  const [root = '', ...members] = path.split('!/')
  const locator = { root, members }
  return { id: artifactId(locator), locator, name: members.at(-1) ?? root, size, formats: [], digests: [] }
}

const fact = (of: Artifact, kind: string, data: JsonObject): Fact => ({
  kind,
  artifact: of.id,
  count: 1,
  locations: [],
  data,
})
const edge = (of: Artifact, target: string, role = 'onnx-external', form = 'plain') =>
  fact(of, 'edge.data', { target, role, form })
const extent = (of: Artifact, target: string, end: number) =>
  fact(of, 'edge.extent', { target, role: 'onnx-external', end })

const model = artifact('m/model.onnx', 10)
const weights = artifact('m/w.bin', 16)
const kinds = (artifacts: Artifact[], ...facts: Fact[]) =>
  [...externalData.relate(artifacts, facts, () => [])].map((f) => [f.kind, f.data.target, f.count])

test('data that is there and long enough is nothing to tell', () => {
  expect(kinds([model, weights], edge(model, 'w.bin'), extent(model, 'w.bin', 16))).toEqual([])
  expect(kinds([model, weights], edge(model, './w.bin'), extent(model, './w.bin', 16))).toEqual([])
})

test('data that ends early is told with both lengths', () => {
  const [short] = externalData.relate(
    [model, weights],
    [edge(model, 'w.bin'), extent(model, 'w.bin', 17)],
    () => [],
  )
  expect(short?.data).toEqual({ target: 'w.bin', role: 'onnx-external', needed: 17, actual: 16 })
})

test('absent data is one fact for a model, whatever the number of files', () => {
  expect(kinds([model], edge(model, 'a.bin'), edge(model, 'b.bin'))).toEqual([
    ['external-data.missing', 'a.bin', 2],
  ])
})

test('paths that leave the folder and roles that promise nothing are left to others', () => {
  expect(kinds([model], edge(model, '../w.bin', 'onnx-external', 'traversal'))).toEqual([])
  expect(kinds([model], edge(model, 'train.csv', 'training-leftover'))).toEqual([])
  expect(kinds([model], edge(model, 'x', 'constructor'))).toEqual([])
})

test('a link out of the target is told, not its length', () => {
  const leaves = fact(weights, 'entry.link', { leaves: true, kind: 'symlink' })
  expect(kinds([model, weights], leaves, edge(model, 'w.bin'), extent(model, 'w.bin', 99))).toEqual([
    ['external-data.link', 'w.bin', 1],
  ])
})

test('data of a model in an archive is looked for in the archive', () => {
  const inside = artifact('a.zip!/d/model.onnx', 10)
  const outside = artifact('d/w.bin', 10)
  const member = artifact('a.zip!/d/w.bin', 10)
  expect(kinds([inside, member], edge(inside, 'w.bin'))).toEqual([])
  expect(kinds([inside, outside], edge(inside, 'w.bin'))).toHaveLength(1)
})

test('assets of a saved model are in its folder of assets', () => {
  const saved = artifact('s/saved_model.pb', 10)
  const asset = artifact('s/assets/vocabulary.txt', 10)
  expect(kinds([saved, asset], edge(saved, 'vocabulary.txt', 'tensorflow-asset'))).toEqual([])
})
