import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { marked } from 'marked'
import { describe, expect, it } from 'vitest'
import type { Report } from '../model/report.ts'
import { csvReport } from './csv.ts'
import { gitlabReport } from './gitlab.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { RAW } from './testing/raw.ts'
import {
  HOSTILE_NAME,
  mixedReport,
  sampleArtifact,
  sampleFinding,
  sampleReport,
} from './testing/sample-reports.ts'

const text = (pieces: Iterable<string>) => [...pieces].join('')

/** RFC 4180, written apart from the writer. */
function readCsv(csv: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

function passing(): Report {
  return sampleReport({ artifacts: [sampleArtifact({ root: 'a.pkl', members: [] })] })
}

describe('CSV', () => {
  it('has a line for every finding and gap, the worst first, that a reader of RFC 4180 takes apart', () => {
    const report = mixedReport()
    const [head, ...lines] = readCsv(text(csvReport(report)))
    expect(head).toContain('fingerprint')
    expect(lines.length).toBe(report.findings.length + 1)
    expect(new Set(lines.map((l) => l.length))).toEqual(new Set([head?.length]))
    expect(lines[0]?.[0]).toBe('critical')
    expect(lines.at(-1)?.[2]).toBe('coverage/incomplete')
  })

  it.each(['=cmd|x', '+1', '-2', '@SUM(A1)', ' =1'])(
    'a cell that starts like the formula %j is text',
    (message) => {
      const file = sampleArtifact({ root: 'a.pkl', members: [] })
      const report = sampleReport({ artifacts: [file], findings: [sampleFinding(file, { message })] })
      const [head = [], line = []] = readCsv(text(csvReport(report)))
      expect(line[head.indexOf('message')]).toBe(`'${message}`)
    },
  )
})

describe('JUnit', () => {
  it('is well-formed XML that counts files as a CI server does', () => {
    const xml = text(junitReport(mixedReport()))
    expect(XMLValidator.validate(xml)).toBe(true)
    const options = { ignoreAttributes: false, attributeNamePrefix: '' }
    const { testsuites } = new XMLParser(options).parse(xml)
    const cases = testsuites.testsuite.testcase as { name: string; failure?: object; error?: object }[]
    expect(testsuites).toMatchObject({ tests: '6', failures: '3', errors: '1' })
    expect(cases.length).toBe(6)
    expect(cases.filter((c) => c.failure).length).toBe(3)
    expect(cases.filter((c) => c.error).map((c) => c.name)).toEqual(['models/checkpoint-1000/optimizer.bin'])
    const evil = cases.find((c) => c.name === 'models/evil.pkl')
    expect(evil?.failure).toMatchObject({ type: 'pickle/sink-called' })
  })
})

describe('GitLab code quality', () => {
  it('has what GitLab asks of an issue, and unique fingerprints', () => {
    const issues = JSON.parse(text(gitlabReport(mixedReport()))) as Record<string, unknown>[]
    expect(issues.length).toBe(mixedReport().findings.length + 1)
    for (const issue of issues) {
      expect(Object.keys(issue).toSorted((a, b) => a.localeCompare(b))).toEqual([
        'check_name',
        'description',
        'fingerprint',
        'location',
        'severity',
      ])
      expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(issue.severity)
    }
    expect(new Set(issues.map((i) => i.fingerprint)).size).toBe(issues.length)
  })

  it('is an empty array where nothing was found', () => {
    expect(JSON.parse(text(gitlabReport(passing())))).toEqual([])
  })
})

describe('Markdown', () => {
  it('says the verdict first and folds away what is below the threshold', () => {
    const markdown = text(markdownReport(mixedReport()))
    expect(markdown).toMatch(/^### ❌ weighmaster: fail\n/)
    expect(markdown).toContain("`os.system('echo inert')`")
    expect(markdown).toContain('<details><summary>')
    expect(text(markdownReport(passing()))).toMatch(/^### ✅ weighmaster: pass\n\n1 file \(98 B\), by policy/)
  })

  it('fits a comment of GitHub, however much was found', () => {
    const file = sampleArtifact({ root: 'a.pkl', members: [] })
    const findings = Array.from({ length: 5_000 }, (_, i) =>
      sampleFinding(file, { message: `${i} ${'x'.repeat(900)}`, at: { offset: i } }),
    )
    const markdown = text(markdownReport(sampleReport({ artifacts: [file], findings, outcome: 'fail' })))
    expect(markdown.length).toBeLessThan(65_536)
  })

  it('renders to no markup that a name brought along', () => {
    const file = sampleArtifact({ root: HOSTILE_NAME, members: [] })
    const message = `![x](https://evil.example/p.png) <script>1</script> [a](javascript:1) @somebody https://evil.example | ${HOSTILE_NAME}`
    const finding = sampleFinding(file, {
      message,
      remediation: message,
      evidence: [{ text: '`|`` </td><img src=x>' }],
    })
    const report = sampleReport({
      artifacts: [file],
      findings: [finding],
      outcome: 'fail',
      targets: [HOSTILE_NAME],
    })
    const page = marked.parse(text(markdownReport(report)), { async: false })
    expect(page).not.toMatch(/<(?:img|script|a)\b/)
    expect(page.match(/<td/g)?.length).toBe(3)
    expect(page).not.toMatch(/@somebody/)
  })
})

describe('no format lets a name forge output', () => {
  const formats = { csvReport, gitlabReport, junitReport, markdownReport }

  it.each(Object.entries(formats))('%s', (_, write) => {
    const out = text(write(mixedReport())).replaceAll('@\u200b', '@')
    expect(out.replaceAll('\r\n', '\n').replaceAll('\n', '')).not.toMatch(RAW)
  })
})
