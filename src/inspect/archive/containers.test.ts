import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { concat, DICT } from '../../../fixtures/assemble/bytes.ts'
import { tar as assembleTar, gnuLong, paxHeader } from '../../../fixtures/assemble/tar.ts'
import { zip as assembleZip, FLAG } from '../../../fixtures/assemble/zip.ts'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Emission, Inspector } from '../inspector.ts'
import { tar } from './tar.ts'
import { zip } from './zip.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures')

interface Gathered {
  readonly facts: string[]
  readonly children: Map<string, string>
  readonly emissions: Emission[]
}

/** Runs an inspector as the engine does: every child is read to its end before it goes on. */
async function gather(inspector: Inspector, bytes: Uint8Array): Promise<Gathered> {
  const gathered: Gathered = { facts: [], children: new Map(), emissions: [] }
  const artifact = { id: '', locator: { root: 'a', members: [] }, name: 'a', formats: [], digests: [] }
  const meter = new Meter(DEFAULT_LIMITS, bytes.length)
  const context = { meter, signal: new AbortController().signal, depth: 0, region: false, rows: Infinity }
  const emissions = inspector.inspect?.({ artifact, bytes: memorySource(bytes) }, context) ?? []
  for await (const emission of emissions) {
    gathered.emissions.push(emission)
    if (emission.type === 'fact') gathered.facts.push(`${emission.kind} ${JSON.stringify(emission.data)}`)
    if (emission.type === 'child') gathered.children.set(emission.name, await text(emission.bytes.stream()))
  }
  return gathered
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  try {
    for await (const chunk of stream) parts.push(chunk.slice())
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
  return Buffer.concat(parts).toString('latin1')
}

describe('zip', () => {
  test('hands out what each reader would take of two archives in a row', async () => {
    const first = assembleZip([{ name: 'x.txt', data: 'PyTorch' }])
    const { children } = await gather(zip, concat(first, assembleZip([{ name: 'y.txt', data: 'zipfile' }])))
    expect([...children]).toEqual([
      ['x.txt', 'PyTorch'],
      ['y.txt', 'zipfile'],
    ])
  })

  test('reads a member by the directory and, where it differs, by the local header', async () => {
    const member = { name: 'a', data: 'longer than four', local: { compressed: 4, size: 4 } }
    const { children, facts } = await gather(zip, assembleZip([member]))
    expect([...children]).toEqual([
      ['a', 'longer than four'],
      ['@local:a', 'long'],
    ])
    expect(facts).toContain('entry.mismatch {"field":"compressed"}')
  })

  test('marks tensors of a torch file as opaque and nothing else', async () => {
    const names = ['data.pkl', 'version', 'data/0', 'data/evil.py', 'code/a.py']
    const { emissions } = await gather(zip, assembleZip(names.map((n) => ({ name: `m/${n}`, data: DICT }))))
    const children = emissions.filter((e) => e.type === 'child')
    expect(children.filter((c) => c.opaque).map((c) => c.name)).toEqual(['m/data/0'])
    expect(children.find((c) => c.name === 'm/data.pkl')?.format).toBe('pickle')
  })

  test('accounts for every byte of an honest archive', async () => {
    const bytes = assembleZip(
      [
        { name: 'a.txt', data: 'text '.repeat(50), deflate: true, descriptor: true },
        { name: 'b.txt', data: 'more', zip64: true, descriptor: true },
      ],
      { zip64: true, end: { comment: 'with a comment' } },
    )
    const { emissions, facts } = await gather(zip, bytes)
    const covered = new Uint8Array(bytes.length)
    for (const e of emissions) if (e.type === 'span') covered.fill(1, e.offset, e.offset + e.length)
    expect(covered.indexOf(0)).toBe(-1)
    expect(facts).toEqual([])
  })

  test('inflates what precedes a break', async () => {
    const whole = assembleZip([{ name: 'a', data: 'payload before the break '.repeat(4), deflate: true }])
    const damaged = whole.slice()
    const end = 31 + 20
    damaged.fill(0xff, end, end + 4)
    const { children } = await gather(zip, damaged)
    expect(children.get('a')).toMatch(/^payload be/)
  })

  test('does not take encryption flags at their word', async () => {
    const member = { name: 'a', data: 'plain', flags: FLAG.encrypted }
    const { children, facts } = await gather(zip, assembleZip([member]))
    expect(children.get('a')).toBe('plain')
    expect(facts).toContain('entry.encrypted {"where":"both","plain":true}')
  })

  test('finds members by their local headers where the directory is lost', async () => {
    const bytes = assembleZip([
      { name: 'a', data: 'one', descriptor: true },
      { name: 'b', data: 'two '.repeat(9), deflate: true, descriptor: true },
    ])
    const { children } = await gather(zip, bytes.subarray(0, bytes.indexOf(0x02, bytes.length - 120) - 2))
    expect([...children]).toEqual([
      ['a', 'one'],
      ['b', 'two '.repeat(9)],
    ])
  })

  test('refuses what only starts like a member', async () => {
    await expect(gather(zip, Buffer.from('PK\x03\x04 and then nothing'))).rejects.toThrow(FormatError)
  })
})

describe('tar', () => {
  test('walks both paths where PAX and header disagree about a size', async () => {
    const hidden = assembleTar([{ name: 'hidden', data: 'payload' }], { zeroBlocks: 0 })
    const bytes = assembleTar([{ name: 'a', size: 0, pax: [['size', '1024']], data: hidden }])
    const { children } = await gather(tar, bytes)
    expect([...children.keys()]).toEqual(['a', '@other:hidden'])
    expect(children.get('@other:hidden')).toBe('payload')
  })

  test('a PAX header is for the next file, across a long name', async () => {
    const bytes = assembleTar([
      paxHeader([['size', '3']]),
      gnuLong('L', 'n'.repeat(120)),
      { name: 'n', magic: 'gnu', data: 'abc', size: 0 },
      { name: 'after', data: 'x' },
    ])
    const { children, facts } = await gather(tar, bytes)
    expect(children.get('n'.repeat(120))).toBe('abc')
    expect(children.get('after')).toBe('x')
    expect(facts).toContain('entry.extended {"issue":"before-long-name"}')
  })

  test('npm tar agrees on an honest archive of every kind of name', async () => {
    const { facts } = await gather(
      tar,
      assembleTar([
        { name: 'a/', type: '5' },
        { name: 'b', prefix: 'folder', data: 'x'.repeat(1000) },
        { name: 'c', magic: 'gnu', longName: `${'long/'.repeat(30)}c`, data: 'y' },
        { name: 'd', pax: [['path', 'é'.repeat(80)]], data: 'z' },
        { name: 'e', type: '2', linkname: 'b' },
      ]),
    )
    expect(facts.filter((f) => f.includes('disagrees'))).toEqual([])
  })
})

/** Every fixture that is one file, whatever made it. */
async function inputs(kind: string): Promise<[string, Uint8Array][]> {
  const folder = path.join(FIXTURES, kind)
  const loaded = readdirSync(folder).map(async (name): Promise<[string, Uint8Array]> => {
    const committed = readdirSync(path.join(folder, name)).find((n) => n.startsWith('input'))
    if (committed) return [name, readFileSync(path.join(folder, name, committed))]
    const made: { default: () => Uint8Array } = await import(path.join(folder, name, 'make.ts'))
    return [name, made.default()]
  })
  return Promise.all(loaded)
}

describe.each([
  ['zip', zip],
  ['tar', tar],
] as const)('a damaged %s', (kind, inspector) => {
  test('ends in a FormatError at worst', { timeout: 120_000 }, async () => {
    for (const [name, bytes] of await inputs(kind)) {
      // Larger fixtures repeat themselves; every record of them is cut somewhere.
      const step = Math.max(1, Math.floor(bytes.length / 30))
      for (let length = 0; length < bytes.length; length += step) {
        const flipped = bytes.slice()
        flipped[length] = ~(flipped[length] as number)
        for (const damaged of [bytes.subarray(0, length), flipped]) {
          await gather(inspector, damaged).catch((error: unknown) => {
            expect(error, `${name} at ${length}`).toBeInstanceOf(FormatError)
          })
        }
      }
    }
  })
})
