import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { casesOf, inspectorFolders, materialise } from '../fixtures/assemble/materialise.ts'
import { scan } from './index.ts'

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')

interface Expected {
  readonly outcome: 'pass' | 'fail' | 'incomplete'
  /** Rule id → number of findings; every finding of medium or above must be named. */
  readonly findings: Readonly<Record<string, number>>
}

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-fixtures-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.each(inspectorFolders())('fixtures/%s', (inspector) => {
  const cases = casesOf(inspector)
  test('has cases', () => expect(cases.length).toBeGreaterThan(0))

  test.each(cases)('%s', async (name) => {
    const folder = path.join(FIXTURES, inspector, name)
    const expected: Expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'))
    const report = await scan([await materialise(`${inspector}/${name}`, scratch)], { jobs: 0 })
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
