import { describe, expect, it } from 'vitest'
import { fill } from '../../../fixtures/assemble/bytes.ts'
import { emissions } from '../../../fixtures/assemble/emissions.ts'
import {
  gguf as assemble,
  boolPair,
  type GgufLies,
  listPair,
  nestedPair,
  TENSOR,
  textPair,
  u32Pair,
  u64Pair,
} from '../../../fixtures/assemble/gguf.ts'
import { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { gguf } from './gguf.ts'

async function rules(lies: GgufLies): Promise<unknown[]> {
  const { facts } = await emissions(gguf, assemble(lies))
  return facts.filter((fact) => fact.kind === 'gguf.violation').map((fact) => fact.rule)
}

const tensor = (fields: object) => ({ tensors: [{ ...TENSOR, ...fields }], data: fill(64) })

describe('what the reference reader accepts breaks no rule', () => {
  it.each<[string, GgufLies]>([
    ['nothing at all', {}],
    ['one tensor', tensor({})],
    ['version 2', { version: 2, ...tensor({}) }],
    ['version 1, with its short lengths', { version: 1, ...tensor({}) }],
    ['a scalar', tensor({ shape: [] })],
    ['an alignment of its own', { pairs: [u32Pair('general.alignment', 64)], alignment: 64, ...tensor({}) }],
    ['quantized rows', { tensors: [{ name: 'q', shape: [64, 2], type: 2 }], data: fill(72) }],
    [
      'no padding token',
      {
        pairs: [
          listPair('tokenizer.ggml.tokens', ['a']),
          u32Pair('tokenizer.ggml.padding_token_id', 0xffffffff),
        ],
      },
    ],
  ])('%s', async (_, lies) => {
    expect(await rules(lies)).toEqual([])
  })
})

describe('every rule', () => {
  const twoTokens = listPair('tokenizer.ggml.tokens', ['a', 'b'])
  it.each<[string, GgufLies]>([
    ['shape-overflow', tensor({ shape: [2n ** 62n, 2n, 0] })],
    ['size-overflow', tensor({ shape: [2n ** 62n] })],
    ['size-overflow', tensor({ shape: [4], offset: 2n ** 64n - 32n })],
    ['string-length', { pairs: [textPair('k', 'x', 2n ** 64n - 1n)] }],
    ['array-length', { pairs: [listPair('k', ['x'], 2n ** 61n)] }],
    ['tensor-count', { tensorCount: 2n ** 60n }],
    ['metadata-count', { pairCount: 2n ** 60n }],
    ['dimensions', tensor({ shape: [1, 1, 1, 1, 1] })],
    ['empty-dimension', tensor({ shape: [0] })],
    ['overlap', { tensors: [TENSOR, { ...TENSOR, name: 'b' }], data: fill(64) }],
    ['beyond-end', tensor({ shape: [1024] })],
    ['misaligned', tensor({ offset: 4 })],
    ['offset', tensor({ offset: 32 })],
    ['block-size', tensor({ shape: [33], type: 2 })],
    ['tensor-type', tensor({ type: 4 })],
    ['alignment', { pairs: [u32Pair('general.alignment', 48)] }],
    ['alignment', { pairs: [u64Pair('general.alignment', 32)] }],
    ['duplicate-key', { pairs: [u32Pair('a', 1), u32Pair('a', 2)] }],
    ['duplicate-tensor', { tensors: [TENSOR, { ...TENSOR, offset: 32 }], data: fill(64) }],
    ['key-length', { pairs: [u32Pair('k'.repeat(70_000), 1)] }],
    ['key-encoding', { pairs: [u32Pair(Uint8Array.of(0xff, 0xfe), 1)] }],
    ['name-length', tensor({ name: 'n'.repeat(64) })],
    ['name-path', tensor({ name: '../../etc/x' })],
    ['bool', { pairs: [boolPair('b', 7)] }],
    ['nested-array', { pairs: [nestedPair('k')] }],
    ['token-lists', { pairs: [twoTokens, listPair('tokenizer.ggml.token_type', [1])] }],
    ['byte-token', { pairs: [twoTokens, listPair('tokenizer.ggml.token_type', [1, 6])] }],
    ['token-id', { pairs: [twoTokens, u32Pair('tokenizer.ggml.eos_token_id', 2)] }],
    ['split', { pairs: [u32Pair('split.no', 3), u32Pair('split.count', 3)] }],
  ])('%s', async (rule, lies) => {
    expect(await rules(lies)).toContain(rule)
  })
})

describe('reading', () => {
  it('hands on every template and keeps their places', async () => {
    const file = assemble({
      pairs: [
        textPair('tokenizer.chat_template', '{{ a }}'),
        textPair('tokenizer.chat_template.tool_use', '{{ b }}'),
      ],
    })
    const { children } = await emissions(gguf, file)
    expect(children.map(({ name, format }) => [name, format])).toEqual([
      ['@tokenizer.chat_template', 'chat-template'],
      ['@tokenizer.chat_template.tool_use', 'chat-template'],
    ])
  })

  it('keeps what it learnt before the bytes end', async () => {
    const whole = assemble({ pairs: [u32Pair('a', 1), u32Pair('a', 2), u32Pair('b', 3)] })
    const { facts, thrown } = await emissions(gguf, whole.subarray(0, whole.length - 2))
    expect(facts).toContainEqual({ kind: 'gguf.violation', rule: 'duplicate-key' })
    expect(thrown?.kind).toBe('truncated')
  })

  it('skims a large vocabulary in bounded memory', async () => {
    const tokens = Array.from({ length: 50_000 }, (_, i) => `token-${i}`)
    const file = assemble({ pairs: [listPair('tokenizer.ggml.tokens', tokens)] })
    const { thrown } = await emissions(gguf, file, 'a.gguf', { memoryBytes: 32 * 1024 })
    expect(thrown).toBeUndefined()
  })

  it('reads no more than the header of a file of 4 GiB', async () => {
    const size = 4 * 1024 ** 3
    const header = assemble({ tensors: [{ name: 'a', shape: [1024 ** 3 - 1024] }] })
    let read = 0
    const bytes: ByteSource = {
      size,
      read: (offset, length) => {
        const part = new Uint8Array(Math.min(length, size - offset))
        part.set(header.subarray(offset, offset + part.length))
        read += part.length
        return Promise.resolve(part)
      },
      stream: () => {
        throw new Error('the whole file is read')
      },
    }
    const locator = { root: 'a.gguf', members: [] }
    const artifact = { id: 'a', locator, name: 'a.gguf', size, formats: [], digests: [] }
    const context = {
      meter: new Meter(DEFAULT_LIMITS, size),
      signal: new AbortController().signal,
      depth: 0,
      region: false,
      rows: Infinity,
    }
    const types = []
    for await (const emission of gguf.inspect?.({ artifact, bytes }, context) ?? []) types.push(emission.type)
    expect(types.filter((type) => type !== 'fact')).toEqual(['span', 'span'])
    expect(read).toBeLessThan(1024 * 1024)
  })
})
