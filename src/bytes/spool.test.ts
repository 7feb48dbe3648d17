import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_LIMITS, type Limits } from '../model/limits.ts'
import { FormatError } from '../model/trouble.ts'
import { Meter } from './meter.ts'
import type { ByteStream } from './source.ts'
import { spool } from './spool.ts'

const KIB = 1024
const MIB = 1024 * KIB

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-test-'))
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('TEMP', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

/** Bytes that name their place, so that a misplaced block is seen. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 7 + (i >>> 16)) & 0xff)
}

/** A stream that reuses one buffer for all its chunks, as the contract allows. */
function streamOf(bytes: Uint8Array, chunk: number, then?: unknown, size?: number): ByteStream {
  return {
    size,
    async *stream() {
      const buffer = new Uint8Array(chunk)
      for (let at = 0; at < bytes.length; at += chunk) {
        const part = bytes.subarray(at, at + chunk)
        buffer.set(part)
        yield buffer.subarray(0, part.length)
        buffer.fill(0xee)
      }
      if (then !== undefined) throw then
    },
  }
}

function meterWith(limits: Partial<Limits> = {}): Meter {
  return new Meter({ ...DEFAULT_LIMITS, ...limits }, 1000)
}

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('spool', () => {
  it.each([
    ['empty', 0, 7],
    ['one byte', 1, 7],
    ['in memory', 100 * KIB, 999],
    ['exactly the memory limit', 256 * KIB, 4096],
    ['one byte above it', 256 * KIB + 1, 4096],
    ['in a file of several chunks', 3 * MIB + 17, 65_521],
    ['chunks larger than the memory limit', 2 * MIB, MIB],
  ])('gives back the bytes: %s', async (_, length, chunk) => {
    const bytes = pattern(length)
    const meter = meterWith({ spoolMemoryBytes: 256 * KIB })
    await using spooled = await spool(streamOf(bytes, chunk), meter, { digest: true })
    expect(spooled.size).toBe(length)
    expect(spooled.broken).toBeUndefined()
    expect(spooled.sha256).toBe(hex(bytes))
    const parts: Uint8Array[] = []
    for await (const part of spooled.stream()) parts.push(Uint8Array.from(part))
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
    const middle = Math.floor(length / 2)
    expect([...(await spooled.read(middle, 5))]).toEqual([...bytes.subarray(middle, middle + 5)])
    expect(await spooled.read(length, 10)).toHaveLength(0)
    expect(await spooled.read(Math.max(0, length - 1), 10)).toHaveLength(Math.min(1, length))
  })

  it.each([10 * KIB, 900 * KIB])('keeps what came before the break (%i bytes)', async (length) => {
    const bytes = pattern(length)
    const error = new FormatError('truncated', 'the stream ends early', 42)
    const meter = meterWith({ spoolMemoryBytes: 64 * KIB })
    await using spooled = await spool(streamOf(bytes, 1000, error), meter, { digest: true })
    expect(spooled.broken).toBe(error)
    expect(spooled.sha256).toBeUndefined()
    expect(Buffer.from(await spooled.read(0, length)).equals(bytes)).toBe(true)
  })

  it('stops at the limit of expanded bytes and keeps the rest', async () => {
    const meter = meterWith({ expandedBytes: 100 * KIB, expansionRatio: 1 })
    await using spooled = await spool(streamOf(pattern(MIB), 10 * KIB), meter)
    expect(spooled.broken).toMatchObject({ kind: 'limit' })
    expect(spooled.size).toBe(100 * KIB)
  })

  it('believes no declared size', async () => {
    for (const declared of [0, 3, Number.MAX_SAFE_INTEGER, -1, Number.NaN]) {
      await using spooled = await spool(streamOf(pattern(5000), 512, undefined, declared), meterWith())
      expect(spooled.size).toBe(5000)
    }
  })

  it('leaves memory for a file when what a worker may hold is spent, and gives all of it back', async () => {
    const meter = meterWith({ memoryBytes: 2 * MIB })
    meter.hold(900 * KIB)
    const spooled = await spool(streamOf(pattern(3 * MIB), 64 * KIB), meter)
    expect(spooled.broken).toBeUndefined()
    expect(spooled.size).toBe(3 * MIB)
    meter.hold(2 * MIB - 900 * KIB)
    meter.release(2 * MIB)
    await spooled[Symbol.asyncDispose]()
    await spooled[Symbol.asyncDispose]()
    meter.hold(2 * MIB)
  })

  it('throws what is no trouble of the bytes, and holds nothing afterwards', async () => {
    const meter = meterWith({ memoryBytes: 4 * MIB })
    await expect(spool(streamOf(pattern(MIB), 999, new TypeError('a bug')), meter)).rejects.toThrow('a bug')
    meter.hold(4 * MIB)
  })

  it('obeys an abort', async () => {
    const abort = new AbortController()
    abort.abort()
    const spooling = spool(streamOf(pattern(10), 1), meterWith(), { signal: abort.signal })
    await expect(spooling).rejects.toThrow(/abort/)
  })

  it('says so when there is no place for a temporary file', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'missing'))
    vi.stubEnv('TEMP', join(folder, 'missing'))
    await using spooled = await spool(streamOf(pattern(MIB), 999), meterWith({ spoolMemoryBytes: 1024 }))
    expect(spooled.broken).toMatchObject({ kind: 'unreadable', message: expect.stringContaining('ENOENT') })
    expect(spooled.size).toBeGreaterThan(0)
  })

  it('shows no file while it is used and leaves none when killed', async () => {
    await using spooled = await spool(streamOf(pattern(MIB), 9999), meterWith({ spoolMemoryBytes: 1024 }))
    if (process.platform !== 'win32') expect(readdirSync(folder)).toEqual([])
    expect((await spooled.read(MIB - 1, 1))[0]).toBe(pattern(MIB)[MIB - 1])

    const script = `
      const { spool } = await import(${JSON.stringify(new URL('./spool.ts', import.meta.url).href)})
      const { Meter } = await import(${JSON.stringify(new URL('./meter.ts', import.meta.url).href)})
      const { DEFAULT_LIMITS } = await import(${JSON.stringify(new URL('../model/limits.ts', import.meta.url).href)})
      const meter = new Meter({ ...DEFAULT_LIMITS, spoolMemoryBytes: 10 }, 0)
      const stream = async function* () { for (;;) { yield new Uint8Array(2 ** 20); console.log('more') } }
      await spool({ size: undefined, stream }, meter)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.once('data', () => child.kill('SIGINT'))
    await new Promise((resolve) => child.once('exit', resolve))
    if (process.platform !== 'win32') expect(await readdir(folder)).toEqual([])
  })
})
