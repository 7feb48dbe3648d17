import { describe, expect, it } from 'vitest'
import { hasObject, itemSize, parseNpyHeader } from './npy.ts'
import { parseLiteral } from './python-literal.ts'

const encode = (text: string) => new TextEncoder().encode(text)

/** A version 1 file with this header text. */
function v1(header: string): Uint8Array {
  const length = encode(header).length
  return Uint8Array.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    length & 255,
    length >> 8,
    ...encode(header),
  ])
}

describe('dtype', () => {
  // Sizes printed by numpy.dtype(…).itemsize, object flags by .hasobject (numpy 2.4).
  it.each<[string, number | undefined, boolean]>([
    ["'<f8'", 8, false],
    ["'|b1'", 1, false],
    ["'<U7'", 28, false],
    ["'|S0'", 0, false],
    ["'<M8[25s]'", 8, false],
    ["'|O'", 8, true],
    ["'O8'", 8, true],
    ["'object'", 8, true],
    ["'i4,O'", 12, true],
    ["'(2,3)f8, 2i2'", 52, false],
    ["[('a', '<i4'), ('b', '<f8', (2, 3)), (('title', 'c'), '|S5')]", 57, false],
    ["[('Object', '<i4'), ('O', '|V3')]", 7, false],
    ["[('a', [('b', [('c', '|O')])])]", 8, true],
    ["[('a', '|O', (2,))]", 16, true],
    ["('<f4', (3,))", 12, false],
    ["('S', 12)", 12, false],
    ["{'names': ['a', 'b'], 'formats': ['<i4', '<f8'], 'offsets': [0, 8], 'itemsize': 24}", 24, false],
    ["{'names': ['a'], 'formats': ['O']}", 8, true],
    ["{'a': ('<i4', 0), 'b': ('O', 8)}", 16, true],
    ["'float8_e4m3fn'", undefined, false],
    ["'i3'", undefined, false],
  ])('%s', (text, size, object) => {
    const descr = parseLiteral(text)
    expect(hasObject(descr)).toBe(object)
    expect(itemSize(descr)).toBe(size)
  })
})

describe('parseNpyHeader', () => {
  it('reads what numpy.save writes', () => {
    const header = parseNpyHeader(v1("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }      \n"))
    expect(header).toMatchObject({ version: '1.0', fortranOrder: true, shape: [3n, 4n], oddities: [] })
    expect(header.dataLength).toBe(48n)
  })

  it('reads the long integers of Python 2', () => {
    expect(parseNpyHeader(v1("{'descr': '|i1', 'fortran_order': False, 'shape': (3L,)}")).shape).toEqual([3n])
  })

  it('multiplies shapes beyond 64 bits', () => {
    const header = parseNpyHeader(
      v1("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
    )
    expect(header.dataLength).toBe(2n ** 67n)
  })

  it('names what a strict reader refuses', () => {
    const header = v1("{'descr': '<f8', 'shape': (-1,), 'shape': (-2,), 'evil': None}")
    expect(parseNpyHeader(header).oddities).toEqual([
      'duplicate key shape',
      'no fortran_order',
      'unknown key',
      'negative dimension',
      'fortran_order is no bool',
    ])
  })

  it.each([
    "__import__('os').system('echo inert')",
    "{'a': f()}",
    '{',
    '{1: 2}',
    `${'('.repeat(200)}`,
    '{} {}',
  ])('refuses %s', (header) => {
    expect(() => parseNpyHeader(v1(header))).toThrow()
  })
})

describe('parseLiteral', () => {
  it('decodes strings as Python does', () => {
    expect(parseLiteral(String.raw`'a\x41\u0042\103\n' "b"`)).toBe('aABC\nb')
  })

  it('tells a bracketed value from a tuple', () => {
    expect(parseLiteral('(1)')).toBe(1)
    expect(parseLiteral('(1,)')).toEqual({ tuple: [1] })
    expect(parseLiteral('()')).toEqual({ tuple: [] })
  })
})
