import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { displayPath } from '../model/artifact.ts'
import type { Report } from '../model/report.ts'
import { type JsonOptions, jsonReport } from './json.ts'
import { RAW } from './testing/raw.ts'
import {
  HOSTILE_NAME,
  mixedReport,
  sampleArtifact,
  sampleFinding,
  sampleReport,
} from './testing/sample-reports.ts'

const schema = JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ allErrors: true, strict: true })
addFormats.default(ajv)
const validate = ajv.compile(schema)

function write(report: Report, options: JsonOptions = {}) {
  const text = [...jsonReport(report, options)].join('')
  const value = JSON.parse(text)
  validate(value)
  expect(validate.errors ?? []).toEqual([])
  return { text, value }
}

describe('jsonReport', () => {
  it('is valid by the published schema and holds everything met', () => {
    const report = mixedReport()
    const { value } = write(report)
    expect(value.artifacts.map((a: { id: string }) => a.id)).toEqual(report.artifacts.map((a) => a.id))
    expect(value.findings).toHaveLength(report.findings.length)
    expect(value.findings[0]).toEqual(report.findings[0])
    expect(value.verdict.outcome).toBe('fail')
    expect(value.artifacts[2]).toMatchObject({
      path: 'models/evil.pkl',
      format: 'pickle',
      size: 98,
      outcome: 'fail',
    })
    expect(value.coverage).toEqual([
      { artifact: report.artifacts[1]?.id, state: 'partial', why: ['truncated'] },
    ])
    expect(value.facts).toBeUndefined()
  })

  it('is valid for an empty folder, with facts, with a timestamp, and with waived findings', () => {
    const folder = sampleArtifact({ root: 'empty', members: [] }, { folder: true, formats: ['folder'] })
    expect(write(sampleReport({ artifacts: [folder], targets: ['empty'] })).value.summary.files).toBe(0)
    const options = { showFacts: true, timestamp: '2026-01-02T03:04:05.000Z' }
    const { value } = write(mixedReport(), options)
    expect(value.facts).toHaveLength(1)
    expect(value.timestamp).toBe(options.timestamp)
    const file = sampleArtifact({ root: 'a.pkl', members: [] })
    const finding = sampleFinding(file)
    const waived = [{ finding: finding.fingerprint, rule: finding.rule, reason: 'a test', owner: 'me' }]
    const report = write(sampleReport({ artifacts: [file], findings: [finding], waived })).value
    expect(report.findings[0].waived).toBe(true)
    expect(report.summary).toMatchObject({ waived: 1, findings: { critical: 0 } })
  })

  it('is the same for the same report, and carries no time of its own', () => {
    expect(write(mixedReport()).text).toBe(write(mixedReport()).text)
    expect(write(mixedReport()).text).not.toMatch(/timestamp|elapsed/)
  })

  it('shows nothing raw of hostile names, and gives evidence back as it was', () => {
    const { text, value } = write(mixedReport(), { showFacts: true })
    expect(text).not.toMatch(RAW)
    expect(value.findings[1].evidence[0].text).toBe(`os.system('${HOSTILE_NAME}')`)
    expect(value.findings[1].path).toBe(displayPath({ root: `models/${HOSTILE_NAME}`, members: [] }))
  })

  it('comes in small pieces, however many artifacts there are, and keeps each on one short line', () => {
    const artifacts = Array.from({ length: 50_000 }, (_, i) =>
      sampleArtifact({ root: `data/${i}.bin`, members: [] }),
    )
    let [longest, count] = [0, 0]
    for (const piece of jsonReport(sampleReport({ artifacts }))) {
      longest = Math.max(longest, piece.length)
      count++
    }
    expect(count).toBeGreaterThan(artifacts.length)
    expect(longest).toBeLessThan(2_000)
  })
})
