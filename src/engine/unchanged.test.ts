import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openFile } from '../bytes/file.ts'
import type { Inspector } from '../inspect/inspector.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import { inspectRoot } from './inspect.ts'

let file: string

beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-unchanged-'))
  file = path.join(folder, 'a.bin')
  writeFileSync(file, 'AAAA inert')
  utimesSync(file, 1, 1)
  return () => rmSync(folder, { recursive: true, force: true })
})

test('a file that was written to since it was opened is told, whatever its size', async () => {
  for (const change of [() => appendFileSync(file, 'x'), () => writeFileSync(file, 'BBBB inertx')]) {
    await using source = await openFile(file)
    source.checkUnchanged()
    change()
    expect(() => source.checkUnchanged()).toThrow(/changed while it was read/)
  }
})

test('a file that changes between its inspection and its hash is incomplete', async () => {
  const swaps: Inspector = {
    id: 'swaps',
    detect: { magic: [{ offset: 0, hex: '41414141' }] },
    facts: {},
    async *inspect({ bytes }) {
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
      writeFileSync(file, 'BBBB inert')
    },
  }
  const options = { limits: DEFAULT_LIMITS, digest: true, memberDigests: false, rows: 1000 }
  const { signal } = new AbortController()
  const around = { inspectors: [swaps], options, signal, advance: () => undefined }
  const { coverage } = await inspectRoot({ path: file, display: 'a.bin', size: 10 }, around)
  expect(coverage[0]).toMatchObject({ state: 'partial', why: ['unreadable'] })
})
