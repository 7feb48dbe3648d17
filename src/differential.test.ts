import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { u32 } from '../fixtures/assemble/bytes.ts'
import { generate } from '../fixtures/differential/generate.ts'
import { mutate } from '../fixtures/differential/mutate.ts'
import { Random } from '../fixtures/differential/random.ts'
import { EVASIONS } from '../fixtures/evasion/index.ts'
import { memorySource } from './bytes/memory.ts'
import { Meter } from './bytes/meter.ts'
import { scan } from './index.ts'
import { pickle } from './inspect/model/pickle.ts'
import { artifactId } from './model/artifact.ts'
import type { FactDraft, JsonObject } from './model/fact.ts'
import { DEFAULT_LIMITS } from './model/limits.ts'

/**
 * What we say a pickle imports, against what CPython asks for. Every global that the C unpickler wants, by `load` or
 * `loads`, must be in our facts; that we see more (other readings, later streams) is by design.
 */

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
const GENERATED = 2500
const MUTATED = 3500
/** Whole scans cost more than the inspector alone, so only some streams go through one. */
const STRIDE = 5
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

type Asked = readonly (readonly [given: string, name: string, mappedModule: string, mappedName: string])[]

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

/** Every `module.name` and callable of these facts. */
function stated(facts: Iterable<{ kind: string; data: JsonObject }>): Set<string> {
  const names = new Set<string>()
  for (const { kind, data } of facts) {
    if (kind === 'pickle.global') names.add(String(data.callable)).add(`${data.module}.${data.name}`)
  }
  return names
}

/** What the inspector states of a stream that is known to be a pickle. */
async function inspected(bytes: Uint8Array, name: string): Promise<Set<string>> {
  const locator = { root: name, members: [] }
  const artifact = { id: artifactId(locator), locator, name, formats: ['pickle'], digests: [] }
  const meter = new Meter(DEFAULT_LIMITS, bytes.length)
  const context = { meter, signal: new AbortController().signal, depth: 0, region: false, rows: Infinity }
  const facts: FactDraft[] = []
  for await (const emission of pickle.inspect?.({ artifact, bytes: memorySource(bytes) }, context) ?? []) {
    if (emission.type === 'fact') facts.push(emission)
  }
  return stated(facts)
}

/** The globals that CPython asked for and we do not state, each with its stream, for the person who mends it. */
function unseen(asked: Asked, ours: ReadonlySet<string>, bytes: Uint8Array): string[] {
  return asked
    .filter(([m, n, mm, mn]) => !ours.has(`${m}.${n}`) && !ours.has(`${mm}.${mn}`))
    .map(([m, n]) => `${m} ${n} in ${Buffer.from(bytes).toString('hex')}`)
}

describe.skipIf(missing)('CPython asks for no global that we do not state', () => {
  const random = new Random(20260722)
  const originals = seeds()
  const pickles = [
    ...originals,
    ...Array.from({ length: GENERATED }, () => generate(random)),
    ...Array.from({ length: MUTATED }, () => mutate(random, originals)),
  ]
  let answers: Asked[] = []
  beforeAll(async () => {
    answers = await askPython(pickles)
  }, 60_000)

  test('the comparison is worth something: thousands of these streams import', () => {
    expect(answers).toHaveLength(pickles.length)
    expect(answers.filter((asked) => asked.length > 0).length).toBeGreaterThan(2000)
  })

  test(`the inspector sees every one (${GENERATED} generated, ${MUTATED} mutated, ${originals.length} as they are)`, async () => {
    const lost: string[] = []
    for (const [i, bytes] of pickles.entries()) {
      const asked = answers[i] ?? []
      if (asked.length > 0) lost.push(...unseen(asked, await inspected(bytes, `${i}.pkl`), bytes))
    }
    expect(lost.slice(0, 20), `${lost.length} globals that CPython asked for are not in our facts`).toEqual(
      [],
    )
  }, 120_000)

  // The same through the whole product: a stream that detection does not take for a pickle has no facts at all.
  test(`a scan of every ${STRIDE}th finds it, whatever it begins with`, async () => {
    const some = [...pickles.keys()].filter((i) => i % STRIDE === 0 && (answers[i] ?? []).length > 0)
    const fileOf = (i: number) => path.join(scratch, `${i}.pkl`)
    for (const i of some) writeFileSync(fileOf(i), pickles[i] ?? new Uint8Array(0))
    const report = await scan([scratch], { jobs: 0, digest: false })
    const rootOf = new Map(report.artifacts.map((artifact) => [artifact.id, artifact.locator.root]))
    const facts = Map.groupBy(report.facts, (fact) => rootOf.get(fact.artifact) ?? '')
    const lost = some.flatMap((i) =>
      unseen(answers[i] ?? [], stated(facts.get(fileOf(i)) ?? []), pickles[i] ?? new Uint8Array(0)),
    )
    expect(lost.slice(0, 20), `${lost.length} globals that CPython asked for are not in our facts`).toEqual(
      [],
    )
  }, 120_000)
})
