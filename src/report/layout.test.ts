import { describe, expect, it } from 'vitest'
import { bytesText, columns, countText, durationText, hang, plural, shorten, wrap } from './layout.ts'

describe('wrap', () => {
  it('breaks at spaces, and loses nothing', () => {
    const text = 'Compare its size and digest with the source and copy it again'
    const lines = wrap(text, 20)
    expect(lines.join(' ')).toBe(text)
    expect(lines.every((line) => columns(line) <= 20)).toBe(true)
  })

  it('cuts words that are wider than the line, at slashes where there are any', () => {
    expect(wrap('models/checkpoint-1000/optimizer.bin', 24)).toEqual([
      'models/checkpoint-1000/',
      'optimizer.bin',
    ])
    expect(wrap('a'.repeat(25), 10)).toEqual(['a'.repeat(10), 'a'.repeat(10), 'a'.repeat(5)])
  })

  it('counts wide characters as two columns', () => {
    expect(wrap('模型文件', 4)).toEqual(['模型', '文件'])
    expect(wrap('模', 1)).toEqual(['模', ''])
  })

  it('hangs text behind its label', () => {
    expect(hang('  Fix  ', 'one two three four five six', 28, (l) => l)).toEqual([
      '  Fix  one two three four',
      '       five six',
    ])
  })
})

describe('shorten', () => {
  it('keeps the start and more of the end', () => {
    const short = shorten(`models/${'deep/'.repeat(20)}weights.safetensors`, 40)
    expect(short).toMatch(/^models\/.*….*weights\.safetensors$/)
    expect(columns(short)).toBeLessThanOrEqual(40)
    expect(shorten('short.pt', 40)).toBe('short.pt')
    expect(columns(shorten('模'.repeat(50), 21))).toBeLessThanOrEqual(21)
  })
})

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [999_949, '1.0 MB'],
    [102_534_221, '103 MB'],
    [2_147_483_648, '2.1 GB'],
    [5e15, '5.0 PB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text)
  })

  it.each([
    [12, '12 ms'],
    [1_234, '1.2 s'],
    [59_960, '1 min 0 s'],
    [3_725_000, '1 h 2 min'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })

  it('counts with separators and plurals', () => {
    expect(countText(1_234_567)).toBe('1,234,567')
    expect(plural(1, 'file')).toBe('1 file')
    expect(plural(2_000, 'entry', 'entries')).toBe('2,000 entries')
  })
})
