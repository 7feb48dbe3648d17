import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { mediaEnd, mediaFormat } from './formats.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures/media')
const real = readdirSync(FIXTURES).flatMap((name) =>
  readdirSync(path.join(FIXTURES, name))
    .filter((file) => file.startsWith('input.'))
    .map((file) => [name, readFileSync(path.join(FIXTURES, name, file))] as const),
)

describe('media made by real libraries', () => {
  it.each(real)('%s ends where it ends, whatever follows', async (name, bytes) => {
    expect(mediaFormat(bytes)).toBe(name)
    const longer = Buffer.concat([bytes, Buffer.from('PK\x03\x04 something else')])
    expect(await mediaEnd(name, memorySource(longer))).toBe(bytes.length)
  })
})

const ogg = (segments: readonly number[]) =>
  Buffer.concat([
    Buffer.from('OggS'),
    Buffer.alloc(22),
    Buffer.from([segments.length, ...segments]),
    Buffer.alloc(segments.reduce((a, b) => a + b, 0)),
  ])
// MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes.
const mp3 = Buffer.concat([Buffer.from('fffb9000', 'hex'), Buffer.alloc(413)])
const box = (type: string, size: number) =>
  Buffer.concat([Buffer.from([0, 0, 0, size]), Buffer.from(type), Buffer.alloc(size - 8)])

describe('media by their layout', () => {
  it.each([
    ['ogg', Buffer.concat([ogg([3, 5]), ogg([255, 1])])],
    ['mp3', Buffer.concat([mp3, mp3, mp3])],
    ['mp4', Buffer.concat([box('ftyp', 24), box('free', 8), box('mdat', 40)])],
  ])('%s', async (name, bytes) => {
    expect(mediaFormat(bytes)).toBe(name)
    const longer = Buffer.concat([bytes, Buffer.from([0x80, 2, 0x63, 0])])
    expect(await mediaEnd(name, memorySource(longer))).toBe(bytes.length)
  })

  it.each(['BM are two letters', 'RIFF but nothing', 'ID3 \xff\xff\xff\xff\xff', '\0\0\0\0ftyq'])(
    'is not taken in by %j',
    (text) => {
      expect(mediaFormat(Buffer.from(text, 'latin1'))).toBeUndefined()
    },
  )
})
