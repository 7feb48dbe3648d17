import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { scan } from './index.ts'

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
/** Folders of fixtures/ that are corpora with tests of their own, or code that makes fixtures. */
const NOT_INSPECTORS = new Set([
  'assemble',
  'benign',
  'corpora',
  'differential',
  'evasion',
  'samples',
  'servers',
])

interface Expected {
  readonly outcome: 'pass' | 'fail' | 'incomplete'
  /** Rule id → number of findings; every finding of medium or above must be named. */
  readonly findings: Readonly<Record<string, number>>
}

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-fixtures-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The path to scan for a case: its committed input, or what its make.ts builds. */
async function materialise(folder: string): Promise<string> {
  const committed = readdirSync(folder).find((name) => name === 'input' || name.startsWith('input.'))
  if (committed) return path.join(folder, committed)
  const made: { default: () => Made | Promise<Made> } = await import(path.join(folder, 'make.ts'))
  const output = await made.default()
  const parts = output instanceof Uint8Array ? { input: output } : output
  const target = mkdtempSync(path.join(scratch, 'case-'))
  for (const [name, bytes] of Object.entries(parts)) {
    mkdirSync(path.dirname(path.join(target, name)), { recursive: true })
    writeFileSync(path.join(target, name), bytes)
  }
  const only = Object.keys(parts)
  return only.length === 1 ? path.join(target, only[0] ?? '') : target
}

type Made = Uint8Array | Record<string, Uint8Array>

const folders = readdirSync(FIXTURES).filter(
  (name) => !NOT_INSPECTORS.has(name) && statSync(path.join(FIXTURES, name)).isDirectory(),
)

describe.each(folders)('fixtures/%s', (inspector) => {
  const cases = readdirSync(path.join(FIXTURES, inspector)).filter((name) =>
    existsSync(path.join(FIXTURES, inspector, name, 'expected.json')),
  )
  test('has cases', () => expect(cases.length).toBeGreaterThan(0))

  test.each(cases)('%s', async (name) => {
    const folder = path.join(FIXTURES, inspector, name)
    const expected: Expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'))
    const report = await scan([await materialise(folder)], { jobs: 0 })
    const counts: Record<string, number> = {}
    for (const finding of report.findings) {
      if (finding.rule in expected.findings || !['info', 'low'].includes(finding.severity)) {
        counts[finding.rule] = (counts[finding.rule] ?? 0) + 1
      }
    }
    expect({ outcome: report.verdict.outcome, findings: counts }).toEqual({
      outcome: expected.outcome,
      findings: expected.findings,
    })
  })
})
