import { createHash } from 'node:crypto'
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import { isSource } from '../../bytes/source.ts'
import { spool } from '../../bytes/spool.ts'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import type { Emission, Inspector } from '../inspector.ts'
import { bzip2 } from './bzip2.ts'
import { gzip } from './gzip.ts'
import { lz4 } from './lz4.ts'
import { lzma } from './lzma.ts'
import { xz } from './xz.ts'
import { zfile } from './zfile.ts'
import { zlib } from './zlib.ts'
import { zstd } from './zstd.ts'

const ALL = [gzip, zlib, zfile, bzip2, xz, lzma, zstd, lz4]

/** Bytes that look random and are the same every time. */
function noise(seed: number, length: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  )
  return Uint8Array.from(Buffer.concat(parts).subarray(0, length))
}

function strength(inspector: Inspector, bytes: Uint8Array): string {
  return inspector.detect.probe?.(bytes, bytes, bytes.length) ?? 'no'
}

async function emissions(inspector: Inspector, name: string, bytes: Uint8Array): Promise<Emission[]> {
  const meter = new Meter(DEFAULT_LIMITS, bytes.length)
  const artifact = { id: 'a', locator: { root: name, members: [] }, name, formats: [], digests: [] }
  const context = { meter, signal: new AbortController().signal, depth: 0, region: false, rows: Infinity }
  const seen: Emission[] = []
  for await (const emission of inspector.inspect!({ artifact, bytes: memorySource(bytes) }, context)) {
    seen.push(emission)
    if (emission.type !== 'child' || isSource(emission.bytes)) continue
    await using _ = await spool(emission.bytes, meter)
  }
  return seen
}

describe('detection', () => {
  it('takes no random bytes for a zlib stream, however often the two bytes of its header fit', () => {
    for (let seed = 0; seed < 4000; seed++) {
      const bytes = noise(seed, 512)
      bytes.set([0x78, [0x01, 0x5e, 0x9c, 0xda][seed % 4]!])
      expect(strength(zlib, bytes), `seed ${seed}`).not.toBe('strong')
    }
  })

  it.each([
    ['zeros', new Uint8Array(4096)],
    ['ones', new Uint8Array(4096).fill(0xff)],
    ['small floats', new Uint8Array(new Float32Array(1024).fill(0.02).buffer)],
    ['small integers', new Uint8Array(Int32Array.from({ length: 1024 }, (_, i) => i).buffer)],
    ['one byte', Uint8Array.of(0x78)],
    ['nothing', new Uint8Array(0)],
  ])('takes no tensor for a stream: %s', (_, bytes) => {
    for (const inspector of ALL) expect(strength(inspector, bytes), inspector.id).toBe('no')
  })

  it('takes a zlib stream that breaks behind its first bytes for one', () => {
    const bytes = Uint8Array.from(deflateSync(noise(1, 4000)))
    bytes.fill(0xff, 2000)
    expect(strength(zlib, bytes)).toBe('strong')
    expect(strength(zlib, deflateSync(Buffer.from('x')))).toBe('strong')
  })
})

describe('names', () => {
  const child = (seen: Emission[]) => seen.find((e) => e.type === 'child')?.name

  it.each([
    ['model.pkl.gz', 'model.pkl'],
    ['data.TGZ', 'data.tar'],
    ['model.joblib', 'model.joblib'],
    ['model', 'model'],
    ['.gz', '.gz'],
  ])('the content of %s is %s', async (outer, inner) => {
    expect(child(await emissions(gzip, outer, gzipSync('x')))).toBe(inner)
  })

  it('without a suffix, the stored name is the name; its folders are a fact', async () => {
    const plain = gzipSync('x')
    const named = Buffer.concat([
      plain.subarray(0, 3),
      Buffer.of(8),
      plain.subarray(4, 10),
      Buffer.from('../a.pkl\0'),
      plain.subarray(10),
    ])
    const seen = await emissions(gzip, '@40', named)
    expect(child(seen)).toBe('a.pkl')
    expect(seen).toContainEqual(
      expect.objectContaining({
        kind: 'entry.name',
        data: { issue: 'traversal', of: 'member' },
        text: '../a.pkl',
      }),
    )
  })
})
