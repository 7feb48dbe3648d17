import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { concat, latin1 } from '../fixtures/assemble/bytes.ts'
import { gguf } from '../fixtures/assemble/gguf.ts'
import { npy, npyHeader, safetensors } from '../fixtures/assemble/model.ts'
import type * as Files from './bytes/file.ts'
import { scan } from './index.ts'

/** What the formats issue allows beyond the bytes that are hashed. */
const BUDGET = 2 * 1024 * 1024
const HUGE = 4 * 1024 ** 3

/** Every byte that is asked of a file on disk, by whichever way. */
const counted = vi.hoisted(() => ({ bytes: 0 }))

vi.mock('./bytes/file.ts', async (original) => {
  const real = await original<typeof Files>()
  return {
    ...real,
    openFile: async (file: string) => {
      const opened = await real.openFile(file)
      const { fill } = opened
      const count = <T extends Uint8Array | number>(read: T): T => {
        counted.bytes += typeof read === 'number' ? read : read.length
        return read
      }
      return {
        ...opened,
        size: opened.size,
        read: async (...args: Parameters<typeof opened.read>) => count(await opened.read(...args)),
        ...(fill ? { fill: async (...args: Parameters<typeof fill>) => count(await fill(...args)) } : {}),
        async *stream(signal?: AbortSignal) {
          for await (const chunk of opened.stream(signal)) yield count(chunk)
        },
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    },
  }
})

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-header-only-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
beforeEach(() => {
  counted.bytes = 0
})

/** A file that begins with these bytes and has nothing but holes behind them. */
function sparse(name: string, head: Uint8Array, size: number): string {
  const file = path.join(scratch, name)
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, head)
  ftruncateSync(descriptor, size)
  closeSync(descriptor)
  return file
}

const GGUF_HEAD = gguf({ tensors: [{ name: 'a', shape: [HUGE / 4] }], data: new Uint8Array(0) })
const aligned = (length: number) => Math.ceil(length / 32) * 32

const SAFE_HEAD = safetensors(
  `{"a":{"dtype":"F32","shape":[${HUGE / 4}],"data_offsets":[0,${HUGE}]}}`.padEnd(120),
)
const NPY_HEAD = npy(npyHeader("'<f4'", `(${HUGE / 4},)`), new Uint8Array(0))

const FILES: [string, Uint8Array, number][] = [
  ['model.gguf', GGUF_HEAD, aligned(GGUF_HEAD.length) + HUGE],
  ['model.safetensors', SAFE_HEAD, SAFE_HEAD.length + HUGE],
  ['array.npy', NPY_HEAD, NPY_HEAD.length + HUGE],
]

test.each(FILES)('%s of 4 GiB gets its structure verdict from its header', async (name, head, size) => {
  const file = sparse(name, head, size)
  const report = await scan([file], { jobs: 0, digest: false })
  expect(statSync(file).size).toBeGreaterThan(HUGE)
  expect(report.findings.map((f) => f.rule)).toEqual([])
  expect(report.verdict.outcome).toBe('pass')
  expect(counted.bytes).toBeGreaterThan(head.length)
  expect(counted.bytes).toBeLessThanOrEqual(BUDGET)
})

test.each(FILES)('%s that lies about 4 GiB is found out as cheaply', async (name, head) => {
  const file = sparse(`short-${name}`, concat(head, latin1('x'.repeat(100))), 4096)
  const report = await scan([file], { jobs: 0, digest: false })
  expect(report.verdict.outcome).not.toBe('pass')
  expect(counted.bytes).toBeLessThanOrEqual(BUDGET)
})
