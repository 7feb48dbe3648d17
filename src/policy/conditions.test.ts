import { describe, expect, test } from 'vitest'
import { artifactId } from '../model/artifact.ts'
import type { Finding } from '../model/finding.ts'
import type { Inspection } from '../model/report.ts'
import { compileConditions } from './conditions.ts'
import type { PolicyCondition } from './schema.ts'

const id = artifactId({ root: 'a.pt', members: [] })
const INSPECTION: Inspection = {
  artifacts: [
    {
      id,
      locator: { root: 'a.pt', members: [] },
      name: 'a.pt',
      size: 5_000_000_000,
      formats: ['zip'],
      digests: [],
    },
  ],
  facts: [
    {
      kind: 'safetensors.header',
      artifact: id,
      count: 1,
      locations: [],
      data: { tensors: 7, dtypes: ['F32'] },
    },
    {
      kind: 'lock.entry',
      artifact: id,
      count: 1,
      locations: [],
      data: { entry: 'hf:acme/a', publisher: 'acme' },
    },
  ],
  coverage: [],
}

function finding(i: number): Finding {
  return {
    rule: 'pickle/sink-called',
    title: 't',
    severity: 'high',
    confidence: 'high',
    artifact: id,
    path: 'a.pt',
    message: `message ${i}`,
    evidence: [],
    count: 1,
    remediation: 'r',
    taxonomies: { cwe: ['CWE-502'], owasp: [], atlas: [], cve: [] },
    fingerprint: String(i),
  }
}

function condition(deny: string, each: PolicyCondition['each'] = 'report'): PolicyCondition {
  return { name: 'demo', each, deny, message: 'not here', place: 'p.yaml:2:9' }
}

function ask(deny: string, each?: PolicyCondition['each'], findings: readonly Finding[] = [finding(1)]) {
  const check = compileConditions([condition(deny, each)])
  return check(INSPECTION, findings).map(({ fact }) => String(fact.data.how))
}

describe('conditions', () => {
  test.each([
    ['report.artifacts.exists(a, a.size > 4000000000)', 'report', ['denied']],
    ['report.artifacts.exists(a, a.size > 6e9)', 'report', []],
    ['size(report.findings) > 1', 'report', []],
    ['report.facts.exists(f, f.kind == "safetensors.header" && f.data.tensors > 5)', 'report', ['denied']],
    ['artifact.formats.exists(f, f == "zip") && artifact.path.endsWith(".pt")', 'artifact', ['denied']],
    ['finding.rule.startsWith("pickle/") && "CWE-502" in finding.cwe', 'finding', ['denied']],
    ['entry.publisher != "acme"', 'entry', []],
  ] as const)('%s', (deny, each, how) => {
    expect(ask(deny, each)).toEqual(how)
  })

  test.each([
    ['artifact.nothing == 1', 'artifact'],
    ['1 / 0 == 1', 'report'],
    ['artifact.size', 'artifact'],
    ['entry.licence == "MIT"', 'entry'],
  ] as const)('what cannot be decided denies: %s', (deny, each) => {
    expect(ask(deny, each)).toEqual(['error'])
  })

  test.each([
    ['report.artifacts.', /p\.yaml:2:9: conditions\.demo: line 1, column \d+ of the expression: /],
    ['reprot.artifacts.size() > 1', /'reprot' is not known here; the variable is 'report'/],
    ['report.artifacts.exists(a, report.findings.exists(f, f.path == a.path))', /one loop inside another/],
    [`report == "${'x'.repeat(5_000)}"`, /longer than 4096 characters/],
  ])('%.60s is refused with its place', (deny, message) => {
    expect(() => compileConditions([condition(deny)])).toThrow(message)
  })

  test('an expression that other engines take ages for is answered like any other', () => {
    const slow = { ...finding(1), message: `${'a'.repeat(5_000)}b` }
    expect(ask('finding.message.matches("(a+)+$")', 'finding', [slow])).toEqual([])
  })

  test('asks about every finding', () => {
    const all = Array.from({ length: 500 }, (_, i) => finding(i))
    expect(ask('finding.message.endsWith("7")', 'finding', all)).toHaveLength(50)
  })
})
