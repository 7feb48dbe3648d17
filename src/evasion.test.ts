import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVASIONS, type EvasionCase } from '../fixtures/evasion/index.ts'
import { type Report, scan } from './index.ts'

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-evasion-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const families = Map.groupBy(EVASIONS, (evasion) => evasion.family)

/** Writes the files of a case to a folder of its own, the target that is scanned. */
function write(evasion: EvasionCase, index: number): string {
  const folder = path.join(scratch, evasion.family, String(index))
  for (const [name, bytes] of Object.entries(evasion.files())) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), bytes)
  }
  return folder
}

/** What a person needs to see when a case got through. */
function explain(report: Report, folder: string): string {
  const ids = new Map(
    report.artifacts.filter((a) => a.locator.root.startsWith(folder + path.sep)).map((a) => [a.id, a]),
  )
  const formats = [...ids.values()].map((a) => `${a.name}: ${a.formats.join(' ') || 'unknown'}`)
  const findings = report.findings.filter((f) => ids.has(f.artifact)).map((f) => `${f.severity} ${f.rule}`)
  return `${formats.join(', ')}; findings: ${findings.join(', ') || 'none'}`
}

test('the corpus has every family, at least 250 cases, and no name twice', () => {
  expect(EVASIONS.length).toBeGreaterThanOrEqual(250)
  expect(families.size).toBeGreaterThanOrEqual(20)
  expect(new Set(EVASIONS.map((e) => `${e.family}/${e.name}`)).size).toBe(EVASIONS.length)
})

describe.each([...families])('%s', (_family, cases) => {
  const folders = new Map<EvasionCase, string>()
  const reports = new Map<string, Report>()

  beforeAll(async () => {
    cases.forEach((evasion, i) => {
      folders.set(evasion, write(evasion, i))
    })
    for (const [policy, group] of Map.groupBy(cases, (evasion) => evasion.policy ?? 'balanced')) {
      const targets = group.map((evasion) => folders.get(evasion) ?? '')
      reports.set(policy, await scan(targets, { policy, jobs: 0 }))
    }
  }, 120_000)

  test.each(cases.map((evasion) => [evasion.name, evasion] as const))('%s', (_name, evasion) => {
    const report = reports.get(evasion.policy ?? 'balanced')!
    const folder = folders.get(evasion) ?? ''
    const target = report.artifacts.find((a) => a.parent === undefined && a.locator.root === folder)
    const outcome = report.verdict.outcomes.get(target?.id ?? '')
    const said = `${evasion.why} — ${explain(report, folder)}`
    expect(outcome, said).toMatch(/^(fail|incomplete)$/)
    if (evasion.expect) expect(outcome, said).toBe(evasion.expect)
  })
})
