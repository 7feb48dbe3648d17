import { expect, it } from 'vitest'
import type { Asked } from '../model/lock.ts'
import { lookalikes } from './lookalike.ts'

const asked = (ref: string): Asked => ({
  kind: 'models',
  ref,
  include: [],
  exclude: [],
  owners: [],
  path: ref,
})
const PUBLISHERS = ['meta-llama', 'mistralai', 'google', 'Qwen']
const found = (...refs: string[]) =>
  lookalikes(refs.map(asked), PUBLISHERS).map(({ fact }) => [fact.data.name, fact.data.like, fact.data.how])

it.each([
  ['hf:meta-lama/x', [['meta-lama', 'meta-llama', 'one edit']]],
  ['hf:meta-1lama/x', [['meta-1lama', 'meta-llama', 'look-alike letters']]],
  ['hf:rnistralai/x', [['rnistralai', 'mistralai', 'look-alike letters']]],
  ['hf:mistrlaai/x', [['mistrlaai', 'mistralai', 'one edit']]],
  ['hf:meta-llama/x', []],
  ['hf:Meta-Llama/x', []],
  ['hf:somebody/x', []],
])('%s', (ref, expected) => {
  expect(found(ref)).toEqual(expected)
})

it('finds two entries that are nearly one, and lets sizes and versions be', () => {
  expect(found('hf:acme/encoder', 'hf:acme/encodr')).toEqual([['acme/encodr', 'acme/encoder', 'one edit']])
  expect(found('hf:acme/model-7b', 'hf:acme/model-8b')).toEqual([])
})
