import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { join } from './engine/join.ts'
import { type Judge, loadJudge } from './engine/judge.ts'
import { poolOptions } from './engine/options.ts'
import { inspectAll } from './engine/pool.ts'
import type * as Remote from './engine/remote-files.ts'
import type { RemoteFiles } from './engine/remote-files.ts'
import { DEFAULT_LIMITS } from './model/limits.ts'
import type { Report } from './model/report.ts'

// Small files are fetched whole: here none is small, so that every fixture is read as a large one would be.
vi.mock('./engine/remote-files.ts', async (original) => ({
  ...(await original<typeof Remote>()),
  REMOTE_WHOLE: 0,
  REMOTE_HEAD: 512,
  REMOTE_TAIL: 512,
}))

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
// Signatures are verified by `engine/signatures.ts`, not by an inspector.
const SKIPPED = new Set([
  'assemble',
  'benign',
  'differential',
  'evasion',
  'samples',
  'servers',
  'signature-bundle',
])

interface Case {
  readonly name: string
  readonly folder: string
}

const cases: Case[] = readdirSync(FIXTURES)
  .filter((name) => !SKIPPED.has(name) && statSync(path.join(FIXTURES, name)).isDirectory())
  .flatMap((group) =>
    readdirSync(path.join(FIXTURES, group)).map((name) => ({
      name: `${group}/${name}`,
      folder: path.join(FIXTURES, group, name),
    })),
  )
  .filter(({ folder }) => existsSync(path.join(folder, 'expected.json')))

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const input = readdirSync(folder).find((name) => name === 'input' || name.startsWith('input.'))
  if (input === undefined) {
    const made: { default: () => unknown } = await import(path.join(folder, 'make.ts'))
    const output = (await made.default()) as Uint8Array | Record<string, Uint8Array>
    return output instanceof Uint8Array ? { input: output } : output
  }
  const at = path.join(folder, input)
  if (statSync(at).isFile()) return { [input]: readFileSync(at) }
  const names = readdirSync(at, { recursive: true }).map(String)
  const files = names.filter((name) => statSync(path.join(at, name)).isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(at, name))]))
}

let judge: Judge | undefined

async function look(files: Record<string, Uint8Array>): Promise<Report> {
  judge ??= await loadJudge({})
  const all = Object.entries(files)
  const remote = {
    read: async (n: number, offset: number, length: number) =>
      all[n]?.[1].subarray(offset, offset + length) ?? new Uint8Array(0),
    close: () => undefined,
  } as unknown as RemoteFiles
  const tasks = all.map(([name, bytes], n) => ({
    path: name,
    display: `x/${name}`,
    size: bytes.length,
    remote: n,
  }))
  const options = { ...poolOptions({ jobs: 0 }, DEFAULT_LIMITS), remote }
  const nothing = { artifacts: [], facts: [], coverage: [] }
  return judge.judge(['x'], join(nothing, await inspectAll(tasks, options), judge.names))
}

describe('every fixture, by ranges', () => {
  it.each(cases)('$name', async ({ folder }) => {
    const { outcome }: { outcome: string } = JSON.parse(
      readFileSync(path.join(folder, 'expected.json'), 'utf8'),
    )
    const report = await look(await filesOf(folder))
    expect(report.verdict.outcome).toBe(outcome)
  })
})
