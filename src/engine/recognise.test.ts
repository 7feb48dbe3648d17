import { expect, test } from 'vitest'
import { memorySource } from '../bytes/memory.ts'
import { brotli } from '../inspect/archive/brotli.ts'
import { text } from '../inspect/data/text.ts'
import { detect } from '../inspect/detect.ts'
import type { Inspector } from '../inspect/inspector.ts'
import { INSPECTORS } from '../inspect/registry.ts'
import type { Node } from './node.ts'
import { recognise } from './recognise.ts'

const node = (name: string, content: string, more: Partial<Node> = {}): Node => ({
  locator: { root: name, members: [] },
  name,
  parent: undefined,
  depth: 0,
  bytes: memorySource(Buffer.from(content)),
  ...more,
})

const ids = async (given: Node) =>
  (await recognise(INSPECTORS, given)).map((m) => `${m.strength} ${m.inspector.id}`)

/** A protocol 0 pickle may begin with a line of prose that is longer than any head. */
const LONG_LINE = `V${'prose '.repeat(20_000)}\n.`

test('what only reading on can tell runs beside what a container says, but not on tensor bytes', async () => {
  expect(await ids(node('a', LONG_LINE))).toEqual(['weak text', 'trial pickle'])
  expect(await ids(node('a', LONG_LINE, { format: 'text' }))).toEqual(['strong text', 'trial pickle'])
  expect(await ids(node('a', LONG_LINE, { format: 'torch-storage', opaque: true }))).toEqual([
    'strong torch-storage',
  ])
})

test('JSON without a telling name is JSON', async () => {
  for (const name of ['data', '.rc', 'weights', 'x.dat'])
    expect(await ids(node(name, '{"a": 1}'))).toEqual(['weak json', 'trial serialised-json'])
  expect(await ids(node('model.safetensors.index.json', '{"metadata": {}}'))).toContain(
    'weak safetensors-index',
  )
  expect(await ids(node('a', '{"weight_map": {}}'))).toContain('strong safetensors-index')
})

test('text under a bare name is no trial for what does not decode', () => {
  const inspectors: Inspector[] = [brotli, text]
  const head = Buffer.from('A page of text in Breton.\n')
  const matches = detect(inspectors, 'pajenn.br', head, head, head.length)
  expect(matches.map((m) => m.inspector.id)).toEqual(['text'])
})
