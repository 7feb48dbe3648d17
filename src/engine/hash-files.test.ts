import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashFiles } from './hash-files.ts'

const MIB = 1024 * 1024
// Sparse: as much to hash as needs threads, and hardly any disk.
const SIZES = [3, 70 * MIB, 0, 90 * MIB + 1]
const { signal } = new AbortController()
let folder: string
let files: { path: string; size: number }[]

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-hash-'))
  files = SIZES.map((size, i) => {
    const file = path.join(folder, String(i))
    writeFileSync(file, `${i}`)
    truncateSync(file, size)
    return { path: file, size }
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

function digest(index: number): string {
  const bytes = Buffer.alloc(SIZES[index] ?? 0)
  bytes.write(SIZES[index] ? String(index) : '')
  return hash('sha256', bytes, 'hex')
}

describe.each([1, 3])('on %i threads', (threads) => {
  test('every file has its own digest, in the order that was given', async () => {
    const hashed = await hashFiles(files, { algorithm: 'sha256' }, signal, threads)
    expect(hashed).toEqual(SIZES.map((size, i) => ({ size, digests: [digest(i)] })))
  })

  test('shards are hashed as they are asked for, and an empty file has none', async () => {
    const hashed = await hashFiles(files, { algorithm: 'blake2b', shardSize: 32 * MIB }, signal, threads)
    expect(hashed.map(({ digests }) => digests.length)).toEqual([1, 3, 0, 3])
  })

  test('a file that is not there ends it', async () => {
    const gone = [...files, { path: path.join(folder, 'gone'), size: 1 }]
    await expect(hashFiles(gone, { algorithm: 'sha256' }, signal, threads)).rejects.toMatchObject({
      name: 'FormatError',
    })
  })

  test('an abort ends it with its reason', async () => {
    const reason = new Error('stopped')
    await expect(hashFiles(files, { algorithm: 'sha256' }, AbortSignal.abort(reason), threads)).rejects.toBe(
      reason,
    )
  })
})
