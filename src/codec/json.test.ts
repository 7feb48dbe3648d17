import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { JsonScanner, readJson } from './json.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const read = (text: string) => readJson(encode(text), DEFAULT_LIMITS)

describe('readJson', () => {
  it.each([
    '{}',
    '[]',
    ' {"a" : [1, -2.5e3, true, false, null, "x\\u00e9\\n\\ud83d\\ude00"], "b":{"c":{}}}\n',
    '"é"',
    '0',
    '{"a":[[],{},[{}]]}',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(JSON.parse(JSON.stringify(read(text).value))).toEqual(JSON.parse(text))
  })

  it.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '{,}',
    '[1 2]',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '"\\x"',
    '"\\u12"',
    '"a',
    '"\n"',
    '{} {}',
    '[}',
    '{]',
    'nul',
    'NaN',
    '// comment\n{}',
    '\ufeff{}',
    '{}\0',
  ])('refuses %j', (text) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(() => read(text)).toThrow()
  })

  it('sees every repeated key and keeps the last value', () => {
    const document = read('{"a":1,"a":{"b":1,"c":2,"b":3},"d/e":0,"d/e":1}')
    expect(document.duplicates).toEqual(['/a', '/a/b', '/d~1e'])
    expect(document.value).toEqual({ a: { b: 3, c: 2 }, 'd/e': 1 })
  })

  it('keeps __proto__ as a key', () => {
    expect(Object.keys(read('{"__proto__":{"x":1}}').value as object)).toEqual(['__proto__'])
  })

  it('refuses what is no UTF-8', () => {
    expect(() => readJson(Uint8Array.of(0x22, 0xff, 0x22), DEFAULT_LIMITS)).toThrow('UTF-8')
  })

  it('stops at its depth and at its memory', () => {
    expect(() => read('['.repeat(600) + ']'.repeat(600))).toThrow('jsonDepth')
    const small = { ...DEFAULT_LIMITS, memoryBytes: 3200 }
    expect(() => readJson(encode(`[${'[],'.repeat(100)}1]`), small)).toThrow('memoryBytes')
  })

  it('takes what Python takes when asked to', () => {
    expect(readJson(encode('[NaN,-Infinity,1]'), DEFAULT_LIMITS, true).value).toEqual(['NaN', '-Infinity', 1])
  })
})

describe('JsonScanner', () => {
  it('tells where tokens are and keeps large integers', () => {
    const scanner = new JsonScanner(encode('{"k": 18446744073709551615}'), { depth: 4 })
    expect([scanner.next(), scanner.next()]).toEqual(['{', 'key'])
    expect([scanner.offset, scanner.end, scanner.text()]).toEqual([1, 4, 'k'])
    scanner.next()
    expect([scanner.offset, scanner.number()]).toEqual([6, 18446744073709551615n])
    expect([scanner.next(), scanner.next()]).toEqual(['}', 'end'])
  })

  it('passes over a value', () => {
    const scanner = new JsonScanner(encode('{"a":{"b":[1,{"c":2}]},"d":3}'), { depth: 9 })
    scanner.next()
    scanner.next()
    scanner.skip()
    expect([scanner.next(), scanner.text(), scanner.deepest]).toEqual(['key', 'd', 4])
  })

  it('notices half a surrogate pair', () => {
    const scanner = new JsonScanner(encode('"\\ud800"'), { depth: 1 })
    scanner.next()
    expect(scanner.loneSurrogate).toBe(true)
  })
})
