import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { u32 } from '../fixtures/assemble/bytes.ts'
import { generate } from '../fixtures/differential/generate.ts'
import { mutate } from '../fixtures/differential/mutate.ts'
import { Random } from '../fixtures/differential/random.ts'
import { EVASIONS } from '../fixtures/evasion/index.ts'
import { type Report, scan } from './index.ts'

/**
 * What we say a pickle imports, against what CPython asks for. Every global that the C unpickler wants, by `load` or
 * `loads`, must be in our facts; that we see more (other readings, later streams) is by design.
 */

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
const GENERATED = 2500
const MUTATED = 3500
/** Seeds larger than this cost time and add no opcode that a smaller one has not. */
const SEED_BYTES = 4096

const python = spawnSync('python3', ['--version'], { encoding: 'utf8' })
const missing = python.error !== undefined || python.status !== 0
if (missing) console.warn('differential test skipped: there is no python3 to compare with')

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-differential-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Pickles as honest libraries write them, and ours that are hostile. */
function seeds(): Uint8Array[] {
  const benign = readdirSync(path.join(FIXTURES, 'benign'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pkl|dill|joblib)$/.test(name))
    .sort()
    .map((name) => Uint8Array.from(readFileSync(path.join(FIXTURES, 'benign', name))))
  const hostile = EVASIONS.filter((e) => e.family !== 'padding').flatMap((e) => Object.values(e.files()))
  return [...benign, ...hostile].filter((bytes) => bytes.length > 0 && bytes.length <= SEED_BYTES)
}

type Asked = readonly (readonly [module: string, name: string, mappedModule: string, mappedName: string])[]

/** The globals that CPython asks for, pickle by pickle. */
async function askPython(pickles: readonly Uint8Array[]): Promise<Asked[]> {
  const child = spawn('python3', ['-I', path.join(FIXTURES, 'differential', 'globals.py')])
  for (const bytes of pickles) child.stdin.write(Buffer.concat([u32(bytes.length), bytes]))
  child.stdin.end()
  // CPython grumbles on standard error about some broken streams; only what it asked for counts.
  child.stderr.resume()
  const output = await text(child.stdout)
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const fileOf = (index: number) => path.join(scratch, `${index}.pkl`)

/** Every `module.name` and callable of our facts, by file. */
function statedGlobals(report: Report): Map<string, Set<string>> {
  const rootOf = new Map(report.artifacts.map((artifact) => [artifact.id, artifact.locator.root]))
  const stated = new Map<string, Set<string>>()
  for (const fact of report.facts) {
    if (fact.kind !== 'pickle.global') continue
    const root = rootOf.get(fact.artifact) ?? ''
    const names = stated.get(root) ?? new Set()
    stated.set(root, names.add(String(fact.data.callable)).add(`${fact.data.module}.${fact.data.name}`))
  }
  return stated
}

test.skipIf(missing)(
  `CPython asks for no global that we do not state (${GENERATED} generated, ${MUTATED} mutated pickles)`,
  async () => {
    const random = new Random(20260722)
    const originals = seeds()
    const pickles = [
      ...originals,
      ...Array.from({ length: GENERATED }, () => generate(random)),
      ...Array.from({ length: MUTATED }, () => mutate(random, originals)),
    ]
    for (const [index, bytes] of pickles.entries()) writeFileSync(fileOf(index), bytes)
    const [asked, report] = await Promise.all([askPython(pickles), scan([scratch], { digest: false })])

    expect(asked).toHaveLength(pickles.length)
    // A test that compares nothing would pass: many of these streams must really import.
    expect(asked.filter((globals) => globals.length > 0).length).toBeGreaterThan(2000)

    const stated = statedGlobals(report)
    const unseen = asked.flatMap((globals, index) => {
      const ours = stated.get(fileOf(index)) ?? new Set()
      const lost = globals.filter(([m, n, mm, mn]) => !ours.has(`${m}.${n}`) && !ours.has(`${mm}.${mn}`))
      return lost.map(([m, n]) => `${m} ${n} in ${Buffer.from(pickles[index] ?? []).toString('hex')}`)
    })
    expect(
      unseen.slice(0, 20),
      `${unseen.length} globals that CPython asked for are not in our facts`,
    ).toEqual([])
  },
  120_000,
)
