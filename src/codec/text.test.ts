import { describe, expect, it } from 'vitest'
import { memorySource } from '../bytes/memory.ts'
import { CHUNK } from '../bytes/source.ts'
import { type Encoding, textEncoding, textLength } from './text.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

describe('textEncoding', () => {
  it.each<[string, Uint8Array, Encoding | undefined]>([
    ['ASCII', utf8('hello\r\n\tworld\n'), 'utf-8'],
    ['terminal colours', utf8('\x1b[31mred\x1b[0m'), 'utf-8'],
    ['UTF-8', utf8('Wörter 言葉 🙂'), 'utf-8'],
    ['UTF-16 LE', Buffer.from('\ufeffWörter 言葉', 'utf16le'), 'utf-16le'],
    ['UTF-16 BE', Buffer.from('\ufeffWörter', 'utf16le').swap16(), 'utf-16be'],
    ['Latin-1', Buffer.from('nur Wörter hier drin', 'latin1'), 'single-byte'],
    ['NUL', utf8('hello\0world'), undefined],
    ['a binary pickle', Buffer.from('\x80\x04\x95\x05\0\0\0\0\0\0\0', 'latin1'), undefined],
    ['random bytes', Buffer.from('f3a1c95be7d08899aabbccddeeff0011', 'hex'), undefined],
  ])('%s', (_, bytes, encoding) => {
    expect(textEncoding(bytes, false)).toBe(encoding)
  })

  it('allows a character cut by the end of the window', () => {
    const bytes = utf8('aaa言')
    expect(textEncoding(bytes.subarray(0, 5), true)).toBe('utf-8')
    expect(textEncoding(bytes.subarray(0, 5), false)).toBeUndefined()
  })
})

describe('textLength', () => {
  it('reads on over chunk borders that cut characters', async () => {
    const bytes = utf8(`a${'言'.repeat(CHUNK / 3 + 100)}`)
    expect(await textLength(memorySource(bytes), 'utf-8')).toBe(bytes.length)
  })

  it.each([0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 77])(
    'stops at the first byte that is no text: %i',
    async (at) => {
      const bytes = new Uint8Array(CHUNK + 5000).fill(0x61)
      bytes[at] = 0
      expect(await textLength(memorySource(bytes), 'utf-8')).toBe(at)
      bytes[at] = 0xff
      expect(await textLength(memorySource(bytes), 'utf-8')).toBe(at)
    },
  )

  it('does not take an unfinished character at the end for text', async () => {
    expect(await textLength(memorySource(utf8('aaaaaa言').subarray(0, 8)), 'utf-8')).toBe(6)
  })
})
