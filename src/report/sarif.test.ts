import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { artifactUri, GITHUB, type SarifOptions, sarifReport } from './sarif.ts'
import { RAW } from './testing/raw.ts'
import {
  HOSTILE_NAME,
  mixedReport,
  sampleArtifact,
  sampleFinding,
  sampleReport,
} from './testing/sample-reports.ts'

const official = fileURLToPath(new URL('../../../shared/schemas/sarif-schema-2.1.0.json', import.meta.url))
const present = existsSync(official)

function write(report: Report, options: SarifOptions = {}) {
  const text = [...sarifReport(report, options)].join('')
  return { text, run: JSON.parse(text).runs[0] }
}

function manyFindings(count: number, extra: Partial<Finding> = {}): Report {
  const file = sampleArtifact({ root: 'a.pkl', members: [] })
  const findings = Array.from({ length: count }, (_, i) =>
    sampleFinding(file, {
      message: `call ${i}`,
      severity: i % 10 === 0 ? 'critical' : 'low',
      ...extra,
      at: { offset: i },
    }),
  )
  return sampleReport({ artifacts: [file], findings, outcome: 'fail' })
}

describe('sarifReport', () => {
  it.skipIf(!present)(
    present ? 'is valid by the official schema' : 'official schema: SKIPPED, ../shared/schemas is not there',
    () => {
      const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
      addFormats.default(ajv)
      const validate = ajv.compile(JSON.parse(readFileSync(official, 'utf8')))
      const empty = sampleReport({ artifacts: [], targets: ['empty'] })
      const timed = { timestamp: '2026-01-02T03:04:05.000Z' }
      for (const [report, options] of [
        [mixedReport(), {}],
        [empty, timed],
        [manyFindings(30), timed],
      ] as const) {
        validate(JSON.parse(write(report, options).text))
        expect(validate.errors ?? []).toEqual([])
      }
    },
  )

  it('has what code scanning needs of every result and rule', () => {
    const { run } = write(mixedReport())
    expect(run.results).toHaveLength(mixedReport().findings.length + 1)
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(['error', 'warning', 'note']).toContain(result.level)
      expect(result.message.text.length).toBeLessThanOrEqual(GITHUB.message)
      expect(result.locations).toHaveLength(1)
      const { artifactLocation, region } = result.locations[0].physicalLocation
      expect(artifactLocation.uri).toMatch(/^models\/[^/ ]/)
      expect(region.startLine).toBeGreaterThanOrEqual(1)
      expect(result.partialFingerprints.primaryLocationLineHash).toMatch(/:1$/)
    }
    for (const rule of run.tool.driver.rules) {
      expect(rule.help.markdown).not.toBe('')
      expect(rule.properties.tags.length).toBeLessThanOrEqual(20)
      expect(rule.properties.tags).toContain('security')
    }
    const scores = Object.fromEntries(
      run.tool.driver.rules.map((r: { id: string; properties: object }) => [r.id, r.properties]),
    )
    expect(scores['pickle/sink-called']['security-severity']).toBe('9.5')
    expect(scores['content/unknown-binary']['security-severity']).toBeUndefined()
  })

  it('points at the file on disk, and names the member and its offset beside', () => {
    const { run } = write(mixedReport())
    const inside = run.results.find((r: { ruleId: string }) => r.ruleId === 'pickle/unknown-call')
    expect(inside.locations[0].physicalLocation.artifactLocation.uri).toBe('models/resnet50-finetuned.pt')
    expect(inside.locations[0].physicalLocation.region).toEqual({ startLine: 1 })
    expect(inside.locations[0].logicalLocations[0].fullyQualifiedName).toMatch(/!\/archive\/data\.pkl$/)
    expect(inside.message.text).toContain(
      'at byte 1200 (0x4b0), in models/resnet50-finetuned.pt!/archive/data.pkl',
    )
    const outside = run.results.find((r: { ruleId: string }) => r.ruleId === 'pickle/sink-called')
    expect(outside.locations[0].physicalLocation.region).toMatchObject({ startLine: 1, byteOffset: 43 })
  })

  it('reports what was not inspected, but not where a waiver cleared it', () => {
    const results = (report: Report) =>
      write(report).run.results.filter((r: { ruleId: string }) => r.ruleId === 'coverage/incomplete')
    expect(results(mixedReport())[0].message.text).toMatch(
      /optimizer\.bin was not fully inspected: truncated/,
    )
    const file = sampleArtifact({ root: 'a.pkl', members: [] })
    const coverage = [{ artifact: file.id, state: 'partial', why: ['encrypted'] }] as const
    const waived = [{ finding: `coverage:${file.id}`, rule: 'coverage', reason: 'a test', owner: 'me' }]
    expect(results(sampleReport({ artifacts: [file], coverage }))).toHaveLength(1)
    expect(results(sampleReport({ artifacts: [file], coverage, waived }))).toEqual([])
  })

  it('marks waived findings as suppressed', () => {
    const file = sampleArtifact({ root: 'a.pkl', members: [] })
    const finding = sampleFinding(file)
    const waived = [{ finding: finding.fingerprint, rule: finding.rule, reason: 'a test', owner: 'me' }]
    const [result] = write(sampleReport({ artifacts: [file], findings: [finding], waived })).run.results
    expect(result.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'a test (me)' },
    ])
  })

  it('keeps the worst 25,000 results, says how many it left out, and stays under the size limit', () => {
    const { text, run } = write(manyFindings(26_000))
    expect(run.results).toHaveLength(25_000)
    const levels = run.results.map((r: { level: string }) => r.level)
    expect(levels.lastIndexOf('error')).toBe(2_599)
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toMatch(
      /^1000 results are left out/,
    )
    expect(gzipSync(text).length).toBeLessThan(10_000_000)
  })

  it('drops results where the compressed size would be refused', () => {
    const { text, run } = write(manyFindings(2_000), { limits: { results: 25_000, gzipBytes: 40_000 } })
    expect(run.results.length).toBeGreaterThan(100)
    expect(run.results.length).toBeLessThan(1_000)
    expect(gzipSync(text).length).toBeLessThan(44_000)
  })

  it('lets no hostile name forge text, links or paths', () => {
    const { text, run } = write(mixedReport())
    expect(text).not.toMatch(RAW)
    const result = run.results.find((r: { message: { text: string } }) => r.message.text.includes('PASS'))
    expect(result.message.text).not.toContain('](')
    const { uri } = result.locations[0].physicalLocation.artifactLocation
    expect(decodeURIComponent(uri)).toBe(`models/${HOSTILE_NAME}`)
    expect(uri).toMatch(/^[\w/.%~-]+$/)
  })
})

describe('artifactUri', () => {
  it.each([
    ['models/a b#c?.pkl', 'models/a%20b%23c%3F.pkl', '%SRCROOT%'],
    ['javascript:alert(1)', 'javascript%3Aalert%281%29', '%SRCROOT%'],
    ['100%.bin', '100%25.bin', '%SRCROOT%'],
    ['-', '-', '%SRCROOT%'],
    ['/data/m.pkl', 'file:///data/m.pkl', undefined],
  ])('%s is %s', (root, uri, base) => {
    expect(artifactUri(root)).toEqual(base ? { uri, uriBaseId: base } : { uri })
  })
})
