import { describe, expect, test } from 'vitest'
import { concat } from '../../../fixtures/assemble/bytes.ts'
import * as p from '../../../fixtures/assemble/pickle.ts'
import { memorySource } from '../../bytes/memory.ts'
import { scanPickle } from './scan.ts'

type Numbers = readonly p.Value[]

const storage = (elements: p.Value, cls = 'torch FloatStorage', ...more: p.Value[]) =>
  concat(p.tuple('storage', p.ref(cls), '0', 'cpu', elements, ...more), p.BINPERSID())
const tensor = (on: p.Code, offset: p.Value, size: p.Value, stride: p.Value) =>
  p.call(
    'torch._utils _rebuild_tensor_v2',
    on,
    offset,
    size,
    stride,
    false,
    p.call('collections OrderedDict'),
  )
const retyped = (on: p.Code, size: Numbers, stride: Numbers, dtype: string) =>
  p.call('torch._utils _rebuild_tensor_v3', on, 0, size, stride, false, null, p.ref(dtype))

async function views(...parts: p.Code[]): Promise<string[]> {
  const { census, damage } = await scanPickle(memorySource(p.pickle(2, ...parts)))
  expect(damage).toEqual([])
  return [...census.notes()].map(({ about, count }) => `${about} ${count}`)
}

describe('tensors inside their storage', () => {
  test.each<[string, p.Code]>([
    ['all of it', tensor(storage(12), 0, [3, 4], [4, 1])],
    ['its last element', tensor(storage(12), 11, [1], [1])],
    ['no dimension', tensor(storage(1), 0, [], [])],
    ['a broadcast', tensor(storage(1), 0, [1000, 1000], [0, 0])],
    ['nothing, wherever that begins', tensor(storage(0), 5, [0, 1000], [1000, 1])],
    ['an overlap', tensor(storage(10), 0, [5, 6], [1, 1])],
    ['a type of its own', retyped(storage(24, 'torch UntypedStorage'), [3, 4], [4, 1], 'torch uint16')],
    [
      'a part of a legacy storage',
      tensor(storage(12, 'torch FloatStorage', p.tuple('1', 8, 4)), 0, [4], [1]),
    ],
    [
      'a storage of another maker',
      tensor(p.call('torch.storage _load_from_bytes', p.SHORT_BINBYTES('x')), 0, [9], [1]),
    ],
  ])('%s', async (_, code) => expect(await views(code)).toEqual([]))
})

const BIG = 2n ** 63n

describe('tensors that go beyond it', () => {
  test.each<[string, string, p.Code]>([
    ['one element too many', 'beyond', tensor(storage(12), 1, [3, 4], [4, 1])],
    ['a stride too long', 'beyond', tensor(storage(12), 0, [3, 4], [5, 1])],
    ['a size that overflows 64 bits', 'beyond', tensor(storage(12), 0, [BIG, BIG], [1, 1])],
    ['a sum that overflows 64 bits to 0', 'beyond', tensor(storage(12), 1, [BIG], [2])],
    ['a storage of more elements than numbers', 'beyond', tensor(storage(BIG), 0, [BIG], [1])],
    ['a larger type', 'beyond', retyped(storage(12, 'torch UntypedStorage'), [3, 4], [4, 1], 'torch uint16')],
    [
      'a legacy storage cut short',
      'beyond',
      tensor(storage(12, 'torch FloatStorage', p.tuple('1', 8, 4)), 0, [5], [1]),
    ],
    ['a negative offset', 'negative', tensor(storage(12), -1, [3], [1])],
    ['a negative size', 'negative', tensor(storage(12), 0, [-3], [1])],
    ['a negative stride', 'negative', tensor(storage(12), 0, [3], [-1])],
    ['sizes in a list', 'unproven', tensor(storage(12), 0, p.list(3), p.list(1))],
    ['a size that is no number', 'unproven', tensor(storage(12), 0, [p.call('builtins int')], [1])],
    ['fewer strides than sizes', 'unproven', tensor(storage(12), 0, [3, 4], [4])],
    ['a type nobody knows', 'unproven', retyped(storage(12), [3], [1], 'torch mystery')],
  ])('%s', async (_, about, code) => expect(await views(code)).toEqual([`view-${about} 1`]))

  test('through a subclass and as a parameter', async () => {
    const inner = p.tuple(storage(4), 0, p.tuple(5), p.tuple(1), false, null)
    const v2 = p.ref('torch._utils _rebuild_tensor_v2')
    const typed = p.call('torch._tensor _rebuild_from_type_v2', v2, p.ref('torch Tensor'), inner, null)
    const parameter = p.call('torch._utils _rebuild_parameter', tensor(storage(4), 0, [5], [1]), true, null)
    expect(await views(typed, p.POP(), parameter)).toEqual(['view-beyond 2'])
  })

  test('behind a window of data, where the storage was asked for long before', async () => {
    const far = concat(p.BINBYTES(new Uint8Array(2_000_000)), p.POP())
    const kept = concat(storage(4), p.BINPUT(9), p.POP(), far)
    expect(await views(kept, tensor(p.BINGET(9), 0, [5], [1]))).toEqual(['view-beyond 1'])
    expect(await views(kept, tensor(p.BINGET(9), 0, [4], [1]))).toEqual([])
  })
})

test('a storage out of memory leaves the view unproven', async () => {
  const many = Array.from({ length: 5000 }, () => concat(storage(4), p.POP()))
  const code = [storage(4), p.BINPUT(9), p.POP(), ...many, tensor(p.BINGET(9), 0, [4], [1])]
  expect(await views(...code)).toEqual(['view-unproven 1'])
})
