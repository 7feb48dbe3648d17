import { describe, expect, it } from 'vitest'
import { displayPath, locatorOf } from '../model/artifact.ts'
import { csvReport } from './csv.ts'
import { jsonReport } from './json.ts'
import { readReport } from './read.ts'
import { sarifReport } from './sarif.ts'
import { HOSTILE_NAME, mixedReport } from './testing/sample-reports.ts'
import { textReport } from './text.ts'

const saved = () => [...jsonReport(mixedReport(), { showFacts: true })].join('')

describe('readReport', () => {
  it('shows a saved report in every format as the scan would have', () => {
    const [before, after] = [mixedReport(), readReport(saved(), 'r.json')]
    const screen = { width: 100, colours: false }
    expect([...textReport(after, screen)]).toEqual([...textReport(before, screen)])
    expect([...sarifReport(after)]).toEqual([...sarifReport(before)])
    expect([...csvReport(after)]).toEqual([...csvReport(before)])
    expect([...jsonReport(after, { showFacts: true })].join('')).toBe(saved())
  })

  it.each([
    ['no JSON', /r\.json: is not JSON/],
    ['[]', /the report is not an object/],
    ['{"schemaVersion": 99}', /schemaVersion is 99; this version reads 1/],
    [
      saved().replace('"severity": "critical"', '"severity": "dire"'),
      /findings\[\d+\]\.severity is none of info/,
    ],
    [saved().replace('"outcome": "fail"', '"outcome": "maybe"'), /verdict\.outcome is none of/],
    [saved().replace('"cwe": [', '"cwe": 1, "was": ['), /taxonomies\.cwe is not an array/],
  ])('refuses %.40s in one line', (text, message) => {
    expect(() => readReport(text, 'r.json')).toThrow(message)
  })
})

describe('locatorOf', () => {
  it.each([
    [{ root: 'a/b.zip', members: ['c/d.pkl', '@1f'] }],
    [{ root: HOSTILE_NAME, members: [`%41 ${HOSTILE_NAME}`, '!/'] }],
    [{ root: '100%', members: ['ü%25'] }],
  ])('undoes displayPath: %j', (locator) => {
    expect(locatorOf(displayPath(locator))).toEqual(locator)
  })
})
