import { describe, expect, it } from 'vitest'
import { emissions } from '../../../fixtures/assemble/emissions.ts'
import { safetensors as assemble } from '../../../fixtures/assemble/model.ts'
import { safetensors } from './safetensors.ts'

const A = '"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}'

async function rules(header: string | Uint8Array, bytes = 4, length?: number): Promise<unknown[]> {
  const { facts } = await emissions(safetensors, assemble(header, new Uint8Array(bytes), length))
  return facts.filter((fact) => fact.kind === 'safetensors.violation').map((fact) => fact.rule)
}

describe('what the reference reader accepts breaks no rule', () => {
  it.each([
    ['one tensor', `{${A}}`, 4],
    ['no tensors', '{}', 0],
    ['padding by spaces', `{${A}}     `, 4],
    ['metadata', `{"__metadata__":{"format":"pt"},${A}}`, 4],
    ['null for metadata', `{"__metadata__":null,${A}}`, 4],
    ['a scalar and an empty name', '{"":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4],
    ['zero-size tensors', `{${A},"b":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}}`, 4],
    ['half bytes that add up', '{"a":{"dtype":"F4","shape":[8],"data_offsets":[0,4]}}', 4],
    ['an escaped dtype', '{"a":{"dtype":"\\u00558","shape":[4],"data_offsets":[0,4]}}', 4],
    ['tensors in another order', `{"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]},${A}}`, 8],
  ])('%s', async (_, header, bytes) => {
    expect(await rules(header, bytes)).toEqual([])
  })
})

describe('what it accepts but no writer writes is stated', () => {
  it.each([
    ['leading-space', ` {${A}}`],
    ['duplicate-tensor', `{${A},${A}}`],
    ['duplicate-metadata-key', `{"__metadata__":{"k":"1","k":"2"},${A}}`],
    ['unknown-field', '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":[{}]}}'],
    ['long-padding', `{${A}}${' '.repeat(5000)}`],
  ])('%s', async (rule, header) => {
    expect(await rules(header)).toEqual([rule])
    const { facts } = await emissions(safetensors, assemble(header, new Uint8Array(4)))
    expect(facts).toContainEqual({ kind: 'safetensors.violation', rule, accepted: true })
  })
})

const tensor = (fields: string) => `{"a":{${fields}}}`

describe('every rule that it enforces', () => {
  it.each<[string, string, number]>([
    ['duplicate-metadata', `{"__metadata__":{},"__metadata__":{},${A}}`, 4],
    ['metadata-no-map', `{"__metadata__":[],${A}}`, 4],
    ['metadata-no-string', `{"__metadata__":{"k":1},${A}}`, 4],
    ['metadata-no-string', `{"__metadata__":{"k":{"x":[1]}},${A}}`, 4],
    ['lone-surrogate', `{"__metadata__":{"k":"\\ud800"},${A}}`, 4],
    [
      'depth',
      tensor(`"dtype":"U8","shape":[4],"data_offsets":[0,4],"x":${'['.repeat(130)}${']'.repeat(130)}`),
      4,
    ],
    ['duplicate-field', tensor('"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]'), 4],
    ['missing-field', tensor('"dtype":"U8","data_offsets":[0,4]'), 4],
    ['dtype', tensor('"dtype":"U128","shape":[4],"data_offsets":[0,4]'), 4],
    ['dtype', tensor('"dtype":"toString","shape":[4],"data_offsets":[0,4]'), 4],
    ['shape', tensor('"dtype":"U8","shape":[-4],"data_offsets":[0,4]'), 4],
    ['shape', tensor('"dtype":"U8","shape":[4.0],"data_offsets":[0,4]'), 4],
    ['data-offsets', tensor('"dtype":"U8","shape":[4],"data_offsets":[0,4,4]'), 4],
    ['shape-overflow', tensor('"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]'), 4],
    ['shape-overflow', tensor('"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]'), 4],
    ['split-byte', tensor('"dtype":"F4","shape":[7],"data_offsets":[0,4]'), 4],
    ['size', tensor('"dtype":"U8","shape":[5],"data_offsets":[0,4]'), 4],
    ['hole', `{"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}`, 8],
    ['overlap', `{${A},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}`, 6],
    ['overlap', `{${A},"b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}`, 4],
    ['reversed-offsets', tensor('"dtype":"U8","shape":[4],"data_offsets":[4,0]'), 4],
    ['beyond-end', `{${A}}`, 3],
    ['trailing-bytes', `{${A}}`, 9],
    ['tensor-no-object', '{"a":["U8",[4],[0,4]]}', 4],
    ['header-json', `[${A}]`, 4],
    ['header-json', `{/* */${A}}`, 4],
    ['header-json', `{${A}}{}`, 4],
    ['header-json', `{${A}}\0\0`, 4],
    ['header-json', '', 4],
  ])('%s: %s', async (rule, header, bytes) => {
    expect(await rules(header, bytes)).toContain(rule)
  })

  it('header that is no UTF-8', async () => {
    expect(await rules(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toEqual(['header-json'])
  })

  it('headers too small, too large and longer than the file', async () => {
    expect(await rules(`{${A}}`, 4, 100_000_001)).toEqual(['header-too-large', 'header-length'])
    expect(await rules(`{${A}}`, 4, 5000)).toEqual(['header-length'])
    const { facts, thrown } = await emissions(safetensors, new Uint8Array(5))
    expect([facts[0]?.rule, thrown?.kind]).toEqual(['header-too-small', 'truncated'])
  })
})

describe('coverage', () => {
  it('leaves holes and trailing bytes unaccounted', async () => {
    const header = `{${A},"b":{"dtype":"U8","shape":[4],"data_offsets":[10,14]}}`
    const { spans } = await emissions(safetensors, assemble(header, new Uint8Array(20)))
    const start = 8 + header.length
    expect(spans.map(({ offset, length, as }) => [offset, length, as])).toEqual([
      [0, start, 'inspected'],
      [start, 4, 'opaque'],
      [start + 10, 4, 'opaque'],
    ])
  })

  it('accounts for nothing behind a header that it could not read', async () => {
    const { spans, thrown } = await emissions(safetensors, assemble('{"a"', new Uint8Array(20)))
    expect(spans).toEqual([])
    expect(thrown?.kind).toBe('truncated')
  })

  it('hands out what is encoded in metadata', async () => {
    const thumbnail = Buffer.from('\x80\x04cinert\ninert\n)R.', 'latin1').toString('base64')
    const header = JSON.stringify({
      __metadata__: { thumbnail: `data:image/png;base64,${thumbnail}`, name: 'x' },
    })
    const { children } = await emissions(safetensors, assemble(header))
    expect(children.map((child) => child.name)).toEqual(['@__metadata__.thumbnail'])
  })
})
