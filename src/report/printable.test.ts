import { describe, expect, it } from 'vitest'
import { clip, printable, safeJson, safeJsonPretty } from './printable.ts'
import { RAW } from './testing/raw.ts'
import { HOSTILE_NAME } from './testing/sample-reports.ts'

describe('printable', () => {
  it.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u009b2J', '\\x9b2J'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
    ['\u3164', '\\u3164'],
    ['naïve 模型 🚀 é', 'naïve 模型 🚀 é'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('leaves no piled-up combining marks that would run over other lines', () => {
    expect(printable(`a${'\u0301'.repeat(6)}`)).toBe(`a${'\u0301'.repeat(3)}${'\\u0301'.repeat(3)}`)
  })

  it('lets nothing raw through of a hostile name', () => {
    expect(printable(HOSTILE_NAME)).not.toMatch(RAW)
  })
})

describe('safeJson', () => {
  it('gives the same value back, with nothing raw in it', () => {
    const value = { [HOSTILE_NAME]: [HOSTILE_NAME, '\u{e0041}\u2028', 1.5, null, true] }
    expect(JSON.parse(safeJson(value))).toEqual(value)
    expect(safeJson(value)).not.toMatch(RAW)
    expect(JSON.parse(safeJsonPretty(value, '  '))).toEqual(value)
    expect(safeJsonPretty(value).replaceAll('\n', '')).not.toMatch(RAW)
  })
})

describe('clip', () => {
  it('never cuts a character in two', () => {
    expect(clip('ab🚀cd', 4)).toBe('ab…')
    expect(clip('abcd', 4)).toBe('abcd')
    expect(clip('abcde', 4)).toBe('abc…')
  })
})
