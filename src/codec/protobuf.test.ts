import { describe, expect, it } from 'vitest'
import { concat } from '../../fixtures/assemble/bytes.ts'
import { message, varint } from '../../fixtures/assemble/protobuf.ts'
import { memorySource } from '../bytes/memory.ts'
import { FormatError } from '../model/trouble.ts'
import { type Message, type MessageSpec, ProtoDecoder } from './protobuf.ts'
import { probeMessage } from './protobuf-probe.ts'

const NODE: MessageSpec = {
  name: 'Node',
  visit: true,
  fields: {
    1: ['name', 'text'],
    2: ['numbers', 'ints'],
    3: ['child', { message: () => NODE }],
    4: ['data', 'data'],
    5: ['only', { message: () => NODE, once: true, keep: true }],
  },
}

async function decoded(bytes: Uint8Array) {
  const decoder = new ProtoDecoder(memorySource(bytes), NODE)
  const met: Message[] = []
  let thrown: FormatError | undefined
  try {
    for await (const m of decoder.messages()) met.push(m)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    thrown = error
  }
  return { met, thrown, decoder }
}

describe('decoding', () => {
  it('hands out messages when they are complete, the outermost last', async () => {
    const { met } = await decoded(
      message(
        [1, 'a'],
        [
          3,
          [
            [1, 'b'],
            [3, [[1, 'c']]],
          ],
        ],
      ),
    )
    expect(met.map((m) => m.text('name'))).toEqual(['c', 'b', 'a'])
    expect(met[0]?.within('Node')?.text('name')).toBe('b')
  })

  it('reads packed numbers as well as single ones, and 64 bits of them', async () => {
    const packed = concat(varint(300), varint(-1))
    const { met } = await decoded(message([2, packed], [2, 7], [2, 2n ** 63n]))
    expect(met[0]?.ints('numbers')).toEqual([300n, 2n ** 64n - 1n, 7n, 2n ** 63n])
  })

  it('steps over bulk data, and keeps what the schema asks to keep', async () => {
    const { met, decoder } = await decoded(message([4, new Uint8Array(1000)], [5, [[1, 'kept']]]))
    expect(decoder.bulk).toEqual([{ offset: 3, length: 1000 }])
    expect(
      met
        .at(-1)
        ?.messages('only')
        .map((m) => m.text('name')),
    ).toEqual(['kept'])
  })

  it('tells what the schema does not have', async () => {
    const { decoder } = await decoded(message([9, 'x'], [1, 5], [5, []], [5, []], [1, 'a'], [1, 'b']))
    expect(decoder.oddities.map(({ issue, field }) => [issue, field])).toEqual([
      ['unknown-field', 9],
      ['wire-type', 1],
      ['repeated', 5],
      ['repeated', 0],
    ])
  })

  it('reads across the edges of its window', async () => {
    const many = Array.from({ length: 60_000 }, (_, i) => [3, [[1, `name ${i}`]]] as const)
    const { met } = await decoded(message(...many))
    expect(met.length).toBe(60_001)
    expect(met[59_999]?.text('name')).toBe('name 59999')
  })
})

describe('hostile bytes', () => {
  it.each<[string, Uint8Array, string]>([
    ['a length beyond the message', Uint8Array.of(0x0a, 0x7f, 1), 'truncated'],
    ['a length of 2^63', concat(Uint8Array.of(0x0a), varint(2n ** 63n)), 'truncated'],
    ['a number that does not end', new Uint8Array(12).fill(0xff), 'corrupt'],
    ['a cut number', Uint8Array.of(0x10, 0x80), 'truncated'],
    ['field zero', Uint8Array.of(0x00, 0x00), 'corrupt'],
    ['a group', Uint8Array.of(0x0b, 0x0c), 'corrupt'],
  ])('%s', async (_, bytes, kind) => {
    expect((await decoded(bytes)).thrown?.kind).toBe(kind)
  })

  it('a child that ends beyond its parent', async () => {
    const { thrown } = await decoded(concat(Uint8Array.of(0x1a, 2, 0x0a, 9), new Uint8Array(20)))
    expect(thrown?.kind).toBe('truncated')
  })

  it('messages nested without end', async () => {
    let bytes = message([1, 'x'])
    for (let i = 0; i < 200; i++) bytes = message([3, bytes])
    expect((await decoded(bytes)).thrown?.kind).toBe('limit')
  })
})

describe('probing', () => {
  it('wants every field to fit, at all depths', () => {
    const good = message([1, 'a'], [3, [[1, 'b']]])
    expect(probeMessage(good, good.length, NODE)).toMatchObject({ sound: true, fields: 3 })
    const deep = message([1, 'a'], [3, [[9, 'b']]])
    expect(probeMessage(deep, deep.length, NODE).sound).toBe(false)
    const text = new TextEncoder().encode('\n\ttext that begins with a newline')
    expect(probeMessage(text, text.length, NODE).sound).toBe(false)
  })

  it('takes a head that is cut anywhere', () => {
    const whole = message([1, 'abc'], [3, [[1, 'def']]], [2, 300], [4, new Uint8Array(300)])
    for (let cut = 1; cut < whole.length; cut++) {
      expect(probeMessage(whole.subarray(0, cut), whole.length, NODE).sound, `cut at ${cut}`).toBe(true)
    }
  })
})
