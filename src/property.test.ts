import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { concat } from '../fixtures/assemble/bytes.ts'
import { Random } from '../fixtures/differential/random.ts'
import { EVASIONS, type EvasionCase } from '../fixtures/evasion/index.ts'
import { type Report, scan } from './index.ts'
import { INSPECTORS } from './inspect/registry.ts'

/**
 * Truncates and flips the bytes of every fixture. What must hold for any bytes at all: no exception, no internal error,
 * bounded memory, an outcome for every file, and `pass` only where every byte was accounted for. What must hold for a
 * hostile file: nothing that is done behind its payload can turn it into a `pass`. (A flip inside the payload may really
 * disarm it, so nothing is claimed about that; the differential test asks CPython about such streams.)
 */

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
const TRUNCATIONS = 1
const FLIPS = 2
/** Larger fixtures are mutated only up to here, to keep the run short. */
const BYTES = 128 * 1024
const MEMORY = 512 * 1024 * 1024
const MINUTES = 60_000

/** Formats that say how long they are: cut short, but long enough to be recognised, such a file is not whole. */
const RECOGNISABLE = 64

function knowsItsEnd(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 9)).toString('latin1')
  return head.startsWith('\x93NUMPY') || /^.{2}\0{6}\{$/s.test(head)
}

interface Subject {
  /** File name of the mutant, which is the original's: some formats are known by it. */
  readonly name: string
  readonly bytes: Uint8Array
  /** Must it not come out `pass`? */
  readonly guilty: boolean
}

/** The inspectors that a mutant got to. */
const met = new Set<string>()

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-property-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function isCode(name: string): boolean {
  // Inputs are inputs, whatever they are called.
  return /\.(ts|py|json|md)$/.test(name) && !/\/(?:hub\/|input[/.])/.test(name)
}

/** Every committed fixture file under a folder of fixtures/, and what its make.ts files build. */
async function originals(folder: string): Promise<[string, Uint8Array][]> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const committed = names
    .filter((name) => statSync(path.join(folder, name)).isFile() && !isCode(name))
    .map((name): [string, Uint8Array] => [name, Uint8Array.from(readFileSync(path.join(folder, name)))])
  const made: [string, Uint8Array][] = []
  for (const name of names.filter((n) => path.basename(n) === 'make.ts')) {
    const module: { default: () => unknown } = await import(path.join(folder, name))
    const output = await module.default()
    if (output instanceof Uint8Array) made.push([`${path.dirname(name)}/input`, output])
    else made.push(...Object.entries(output as Record<string, Uint8Array>))
  }
  return [...committed, ...made].filter(([, bytes]) => bytes.length > 1 && bytes.length <= BYTES)
}

function flip(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  }
  return copy
}

const cut = (bytes: Uint8Array, random: Random) => bytes.slice(0, 1 + random.below(bytes.length - 1))

function truncated(name: string, bytes: Uint8Array, random: Random): Subject {
  const kept = cut(bytes, random)
  const guilty = knowsItsEnd(bytes) && kept.length >= RECOGNISABLE
  return { name: path.basename(name), bytes: kept, guilty }
}

function flipped(name: string, bytes: Uint8Array, random: Random): Subject {
  return { name: path.basename(name), bytes: flip(bytes, random), guilty: false }
}

function mutants(name: string, bytes: Uint8Array, random: Random): Subject[] {
  return [
    ...Array.from({ length: TRUNCATIONS }, () => truncated(name, bytes, random)),
    ...Array.from({ length: FLIPS }, () => flipped(name, bytes, random)),
  ]
}

/** Scans all subjects at once, each in a folder of its own, and checks what must hold for any bytes. */
async function check(label: string, subjects: readonly Subject[]): Promise<void> {
  // A family may have no case whose outcome is certain.
  if (subjects.length === 0) return
  const root = path.join(scratch, label)
  const paths = subjects.map((subject, i) => path.join(root, String(i), subject.name))
  for (const [i, subject] of subjects.entries()) {
    mkdirSync(path.dirname(paths[i] ?? ''), { recursive: true })
    writeFileSync(paths[i] ?? '', subject.bytes)
  }
  const before = process.memoryUsage().rss
  const report = await scan([root], { jobs: 0 })
  expect(process.memoryUsage().rss - before, 'memory grew').toBeLessThan(MEMORY)
  rmSync(root, { recursive: true, force: true })

  for (const { formats } of report.artifacts) for (const format of formats) met.add(format)
  const whole = wholeFiles(report)
  const wrong = subjects.flatMap((subject, i) => {
    const file = paths[i] ?? ''
    const artifact = report.artifacts.find((a) => a.locator.root === file && a.locator.members.length === 0)
    const outcome = artifact && report.verdict.outcomes.get(artifact.id)
    const complaint = complain(subject, outcome, whole.get(file))
    return complaint
      ? [`${subject.name}: ${complaint}: ${Buffer.from(subject.bytes).toString('hex', 0, 2000)}`]
      : []
  })
  expect(wrong.slice(0, 10), `${wrong.length} of ${subjects.length}`).toEqual([])
}

/** By root file: was every byte of it and of its members accounted for, and did nothing go wrong inside us? */
function wholeFiles(report: Report): Map<string, 'whole' | 'partial' | 'internal'> {
  const rootOf = new Map(report.artifacts.map((a) => [a.id, a.locator.root]))
  const whole = new Map<string, 'whole' | 'partial' | 'internal'>()
  for (const { artifact, state, why } of report.coverage) {
    const root = rootOf.get(artifact) ?? ''
    if (why?.includes('internal')) whole.set(root, 'internal')
    else if (state !== 'full' && whole.get(root) !== 'internal') whole.set(root, 'partial')
    else if (!whole.has(root)) whole.set(root, 'whole')
  }
  return whole
}

function complain(
  subject: Subject,
  outcome?: string,
  whole?: 'whole' | 'partial' | 'internal',
): string | undefined {
  if (outcome === undefined) return 'no outcome'
  if (whole === 'internal') return 'an internal error'
  if (outcome !== 'pass') return undefined
  if (whole === 'partial') return 'passes although not all bytes are accounted for'
  return subject.guilty ? 'passes' : undefined
}

const corpora = readdirSync(FIXTURES).filter(
  (name) =>
    !['assemble', 'differential', 'evasion', 'servers'].includes(name) &&
    statSync(path.join(FIXTURES, name)).isDirectory(),
)

describe.each(corpora)('fixtures/%s', (name) => {
  test(
    'stands truncation and flipped bits',
    async () => {
      const random = new Random(7)
      const files = await originals(path.join(FIXTURES, name))
      await check(
        name,
        files.flatMap(([file, bytes]) => mutants(file, bytes, random)),
      )
    },
    2 * MINUTES,
  )
})

const hostile = EVASIONS.filter((e) => e.family !== 'padding')
const tails = (await originals(path.join(FIXTURES, 'benign'))).filter(([, bytes]) => bytes.length < 4096)

/** The file of a case that has only one: of several, most are honest. */
function only(evasion: EvasionCase): [string, Uint8Array][] {
  const files = Object.entries(evasion.files())
  return files.length === 1 ? files : []
}

describe.each([...Map.groupBy(hostile, (evasion) => evasion.family)])('evasion/%s', (family, cases) => {
  test(
    'stands truncation and flipped bits',
    async () => {
      const random = new Random(11)
      const subjects = cases
        .flatMap(only)
        .filter(([, bytes]) => bytes.length > 1 && bytes.length <= BYTES)
        .map(([file, bytes], i) => (i % 2 ? truncated : flipped)(file, bytes, random))
      await check(
        `${family}-mutants`,
        subjects.map((subject) => ({ ...subject, guilty: false })),
      )
    },
    2 * MINUTES,
  )

  test(
    'is not cleaned by what is put behind it',
    async () => {
      const random = new Random(13)
      const subjects = cases
        .filter((evasion) => evasion.expect === 'fail' && evasion.policy === undefined)
        .flatMap(only)
        .filter(([, bytes]) => bytes.length <= BYTES)
        .map(([file, bytes], i) => {
          const [, tail] = random.pick(tails)
          const broken = i % 2 ? cut(tail, random) : flip(tail, random)
          return { name: path.basename(file), bytes: concat(bytes, broken), guilty: true }
        })
      await check(`${family}-tails`, subjects)
    },
    2 * MINUTES,
  )
})

test('every inspector has had a mutant', () => {
  // A searcher runs on what nobody claims, and is no format.
  const all = INSPECTORS.filter((inspector) => !inspector.searches).map((inspector) => inspector.id)
  expect(all.filter((id) => !met.has(id))).toEqual([])
})
