import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../bytes/memory.ts'
import { slice } from '../bytes/source.ts'
import type { Checksum } from '../inspect/inspector.ts'
import { pass, STEP } from './pass.ts'

const { signal } = new AbortController()
const quiet = () => undefined

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0, x = 1; i < length; i++) {
    x = (x * 1103515245 + 12345) & 0x7fffffff
    bytes[i] = x >>> 16
  }
  return bytes
}

function checksum(bytes: Uint8Array, offset: number, length: number, member: string): Checksum {
  return { type: 'checksum', offset, length, member, crc32: crc32(bytes.subarray(offset, offset + length)) }
}

describe('one pass over the bytes', () => {
  const bytes = noise(3 * STEP + 12345)
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  test('gives the SHA-256 of all of them and tells how far it is', async () => {
    let seen = 0
    const result = await pass(memorySource(bytes), [], signal, (n) => {
      seen += n
    })
    expect(result).toEqual({ sha256, failed: [], measured: [] })
    expect(seen).toBe(bytes.length)
  })

  test('an empty source has the hash of nothing', async () => {
    const { sha256: empty } = await pass(memorySource(new Uint8Array(0)), [], signal, quiet)
    expect(empty).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test('verifies checksums across chunk borders, overlapping and out of order', async () => {
    const good = [
      checksum(bytes, STEP - 10, 20, 'border'),
      checksum(bytes, 0, bytes.length, 'all'),
      checksum(bytes, 100, 0, 'empty'),
      checksum(bytes, 5, 2 * STEP, 'long'),
    ]
    const bad = { ...checksum(bytes, 7, 99, 'bad'), crc32: 1 }
    const beyond = checksum(bytes, bytes.length - 5, 50, 'beyond the end')
    const { failed } = await pass(memorySource(bytes), [...good, bad, beyond], signal, quiet)
    expect(failed.map((c) => c.member)).toEqual(['bad', 'beyond the end'])
  })

  test('large amounts are verified on another core with the same result', async () => {
    const small = noise(4096)
    const size = 300 * 1024 * 1024
    const repeated = {
      size,
      read: async (offset: number, length: number) => {
        const out = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
        for (let i = 0; i < out.length; i += 4096)
          out.set(small.subarray(0, Math.min(4096, out.length - i)), i)
        return out
      },
      stream: () => slice(repeated, 0, size).stream(),
    }
    let crc = 0
    for (let i = 0; i < size; i += 4096) crc = crc32(small, crc)
    const good: Checksum = { type: 'checksum', offset: 0, length: size, crc32: crc, member: 'good' }
    const { failed } = await pass(repeated, [good, { ...good, crc32: crc ^ 1, member: 'bad' }], signal, quiet)
    expect(failed.map((c) => c.member)).toEqual(['bad'])
  })

  test('stops when the scan is aborted', async () => {
    const source = {
      ...memorySource(bytes),
      read: async (_o: number, _l: number, s?: AbortSignal) => {
        s?.throwIfAborted()
        return bytes
      },
    }
    await expect(pass(source, [], AbortSignal.abort(new Error('enough')), quiet)).rejects.toThrow('enough')
  })
})
