import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import { isSource } from '../../bytes/source.ts'
import { spool } from '../../bytes/spool.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Emission } from '../inspector.ts'
import { sevenzip } from './sevenzip.ts'

const FOLDER = new URL('../../codec/sevenzip/testdata/', import.meta.url)
const archive = (name: string) => readFileSync(new URL(`${name}.7z`, FOLDER))
const ALL = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.7z') ? [name.slice(0, -3)] : []))

interface Seen {
  readonly members: Map<string, { bytes: Buffer; broken: FormatError | undefined }>
  readonly facts: { kind: string; data: unknown; text?: string | undefined }[]
  readonly spans: (readonly [number, number])[]
  readonly damage: string[]
  error?: unknown
}

/** Runs the inspector as the engine does: each child is read before the next emission is asked for. */
async function inspect(bytes: Uint8Array, meter = new Meter(DEFAULT_LIMITS, bytes.length)): Promise<Seen> {
  const seen: Seen = { members: new Map(), facts: [], spans: [], damage: [] }
  const artifact = { id: 'a', locator: { root: 'a.7z', members: [] }, name: 'a.7z', formats: [], digests: [] }
  const context = { meter, signal: new AbortController().signal, depth: 0, region: false, rows: Infinity }
  try {
    for await (const e of sevenzip.inspect!({ artifact, bytes: memorySource(bytes) }, context)) {
      await note(e, seen, meter)
    }
  } catch (error) {
    seen.error = error
  }
  return seen
}

async function note(e: Emission, seen: Seen, meter: Meter): Promise<void> {
  if (e.type === 'fact') seen.facts.push({ kind: e.kind, data: e.data, text: e.text })
  else if (e.type === 'span') seen.spans.push([e.offset, e.length])
  else if (e.type === 'damage') seen.damage.push(e.kind)
  else if (e.type === 'child' && isSource(e.bytes)) {
    seen.members.set(e.name, { bytes: Buffer.from(await e.bytes.read(0, e.bytes.size)), broken: undefined })
  } else if (e.type === 'child') {
    await using spooled = await spool(e.bytes, meter)
    const bytes = Buffer.from(await spooled.read(0, spooled.size))
    seen.members.set(e.name, { bytes, broken: spooled.broken })
  }
}

/** How many of the archive's bytes no span covers. */
function uncovered(size: number, spans: Seen['spans']): number {
  const covered = new Uint8Array(size)
  for (const [offset, length] of spans) covered.fill(1, offset, offset + length)
  return covered.filter((c) => c === 0).length
}

describe('7z archives of 7-Zip', () => {
  const readable = ALL.filter((name) => !['aes', 'aes-header', 'ppmd', 'deflate64', 'link'].includes(name))

  it.each(readable)('%s: every member, every byte accounted for', async (name) => {
    const bytes = archive(name)
    const seen = await inspect(bytes)
    expect(seen.error).toBeUndefined()
    for (const [member, { broken }] of seen.members) expect(broken, member).toBeUndefined()
    expect(seen.members.get('b/one')?.bytes.toString()).toBe('x')
    expect(seen.members.get('empty')?.bytes).toHaveLength(0)
    expect(seen.members.get('a/words.txt')?.bytes.subarray(0, 40).toString()).toContain('bias')
    expect(uncovered(bytes.length, seen.spans)).toBe(0)
    expect(seen.facts.filter((f) => f.kind !== 'sevenzip.method')).toEqual([])
  })

  it('unpacks large members whole', async () => {
    for (const name of ['lzma', 'lzma2']) {
      const { members } = await inspect(archive(name))
      const big = members.get('a/big.bin')!.bytes
      expect(big).toHaveLength(5_000_000)
      expect(big.subarray(0, 20_000).equals(big.subarray(-20_000))).toBe(true)
      expect(members.get('ünï/ñame.json')?.bytes.toString()).toBe('{"a": 1}')
    }
  })

  it.each([
    ['aes', 'encrypted'],
    ['ppmd', 'unsupported'],
    ['deflate64', 'unsupported'],
  ])('%s: every member says that it is %s', async (name, kind) => {
    const { members, error } = await inspect(archive(name))
    expect(error).toBeUndefined()
    expect(members.get('a/words.txt')?.broken).toMatchObject({ kind })
    expect(members.get('b/one')?.broken).toMatchObject({ kind })
  })

  it('an encrypted header is encrypted', async () => {
    expect((await inspect(archive('aes-header'))).error).toMatchObject({ kind: 'encrypted' })
  })

  it('says where links lead', async () => {
    const { facts, members } = await inspect(archive('link'))
    expect(facts.filter((f) => f.kind === 'entry.link')).toEqual([
      {
        kind: 'entry.link',
        data: { link: 'symbolic', target: 'escapes', system: false },
        text: expect.any(String),
      },
      {
        kind: 'entry.link',
        data: { link: 'symbolic', target: 'inside', system: false },
        text: 'evil2 → b/one',
      },
    ])
    expect([...members.keys()]).toEqual(['b/one'])
  })
})

describe('7z archives that are not sound', () => {
  const bytes = archive('lzma2')

  it.each(ALL)('%s: truncation and flipped bits give FormatErrors only', async (name) => {
    const whole = archive(name)
    for (let i = 0; i < 24; i++) {
      const place = Math.floor((whole.length * i) / 24)
      const flipped = Uint8Array.from(whole)
      flipped[place]! ^= 1 << (i % 8)
      for (const hostile of [whole.subarray(0, place), flipped]) {
        const { error, members } = await inspect(hostile)
        if (error) expect(error, `${place}`).toBeInstanceOf(FormatError)
        for (const { broken } of members.values()) if (broken) expect(broken).toBeInstanceOf(FormatError)
      }
    }
  })

  it('survives every flipped byte of a plain header', async () => {
    const whole = archive('plain-header')
    for (let place = whole.length - 160; place < whole.length; place++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const flipped = Uint8Array.from(whole)
        flipped[place] = value
        const { error } = await inspect(flipped)
        if (error) expect(error, `${place}=${value}`).toBeInstanceOf(FormatError)
      }
    }
  })

  it('keeps what was unpacked before the damage, and says where it ends', async () => {
    const damaged = Uint8Array.from(bytes)
    damaged[12_000]! ^= 0xff
    const { members } = await inspect(damaged)
    const [first] = [...members.values()]
    expect(first?.broken ?? members.get('a/words.txt')?.broken).toBeInstanceOf(FormatError)
    expect([...members.values()].some((m) => m.bytes.length > 1000)).toBe(true)
  })

  it('leaves what follows the archive to the engine', async () => {
    const { spans } = await inspect(Buffer.concat([bytes, Buffer.from('trailing')]))
    expect(uncovered(bytes.length + 8, spans)).toBe(8)
  })

  it('stops at the limit of expanded bytes', async () => {
    const meter = new Meter({ ...DEFAULT_LIMITS, expandedBytes: 1_000_000, expansionRatio: 1 }, 0)
    const { members } = await inspect(bytes, meter)
    expect(members.get('a/big.bin')?.broken).toMatchObject({ kind: 'limit' })
  })

  it('gives all memory back', async () => {
    const meter = new Meter(DEFAULT_LIMITS, 0)
    await inspect(bytes, meter)
    meter.hold(DEFAULT_LIMITS.memoryBytes)
  })
})
