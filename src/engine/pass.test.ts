import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFile } from '../bytes/file.ts'
import { memorySource } from '../bytes/memory.ts'
import type { Checksum } from '../inspect/inspector.ts'
import { STEP } from './feed.ts'
import { pass } from './pass.ts'

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

  describe('where much of a file is to be checksummed, another core reads ahead', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-pass-'))
    const large = path.join(folder, 'large')
    const size = 300 * 1024 * 1024 + 123
    const expected = { sha256: createHash('sha256'), crc: 0 }

    beforeAll(() => {
      const descriptor = openSync(large, 'w')
      ftruncateSync(descriptor, size)
      writeSync(descriptor, bytes, 0, bytes.length, size - bytes.length)
      closeSync(descriptor)
      const hole = new Uint8Array(STEP)
      for (let left = size - bytes.length; left > 0; left -= hole.length) feed(hole.subarray(0, left))
      feed(bytes)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    function feed(part: Uint8Array): void {
      expected.sha256.update(part)
      expected.crc = crc32(part, expected.crc)
    }

    const all = (member: string, crc: number): Checksum => {
      return { type: 'checksum', offset: 0, length: size, crc32: crc, member }
    }

    test('with the same result', async () => {
      await using file = await openFile(large)
      const checksums = [all('good', expected.crc), all('bad', expected.crc ^ 1)]
      let seen = 0
      const { sha256, failed } = await pass(file, checksums, signal, (n) => {
        seen += n
      })
      expect(sha256).toBe(expected.sha256.digest('hex'))
      expect(failed.map((c) => c.member)).toEqual(['bad'])
      expect(seen).toBe(size)
    })

    test('stops when the scan is aborted', async () => {
      await using file = await openFile(large)
      const abort = new AbortController()
      const stopped = pass(file, [all('all', 0)], abort.signal, () => abort.abort(new Error('enough')))
      await expect(stopped).rejects.toThrow('enough')
    })

    test('a file that shrinks meanwhile is unreadable', async () => {
      await using file = await openFile(large)
      truncateSync(large, size - 1)
      const shrunk = pass(file, [all('all', 0)], signal, quiet)
      await expect(shrunk).rejects.toMatchObject({ kind: 'unreadable', offset: size - 1 })
    })
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
