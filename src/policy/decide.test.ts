import { describe, expect, test } from 'vitest'
import { type Artifact, artifactId, displayPath } from '../model/artifact.ts'
import type { Finding, Severity } from '../model/finding.ts'
import type { Coverage } from '../model/report.ts'
import type { TroubleKind } from '../model/trouble.ts'
import { decide } from './decide.ts'
import type { Override, Policy, Waiver } from './schema.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const SHA = (letter: string) => letter.repeat(64)

function artifactOf(
  parent: Artifact | undefined,
  root: string,
  members: string[] = [],
  sha256?: string,
): Artifact {
  const locator = { root, members }
  const digests = sha256 ? [{ algorithm: 'sha256', hex: sha256, origin: 'computed' } as const] : []
  const up = parent ? { parent: parent.id } : {}
  return { id: artifactId(locator), ...up, locator, name: root, formats: [], digests }
}

const FOLDER = artifactOf(undefined, 'models')
const ZIP = artifactOf(FOLDER, 'models/a.zip', [], SHA('a'))
const PICKLE = artifactOf(ZIP, 'models/a.zip', ['data.pkl'], SHA('b'))
const OTHER = artifactOf(FOLDER, 'models/b.pkl', [], SHA('c'))
const ALL = [FOLDER, ZIP, PICKLE, OTHER]

let serial = 0
function findingOf(artifact: Artifact, severity: Severity, changes: Partial<Finding> = {}): Finding {
  return {
    rule: 'pickle/global-called',
    title: 'A call',
    severity,
    confidence: 'high',
    artifact: artifact.id,
    path: displayPath(artifact.locator),
    message: 'demo.thing is called',
    evidence: [],
    count: 1,
    remediation: 'none',
    taxonomies: { cwe: [], owasp: [], atlas: [], cve: [] },
    fingerprint: `print-${++serial}`,
    ...changes,
  }
}

function policyOf(changes: Partial<Policy> = {}): Policy {
  return {
    name: 'test',
    digest: '',
    failOn: 'high',
    acceptGlobals: [],
    overrides: [],
    waivers: [],
    signers: [],
    demands: [],
    conditions: [],
    ...changes,
  }
}

function override(path: string, changes: Partial<Override>): Override {
  return { scope: { path }, place: 'p.yaml:3:5', severity: {}, acceptGlobals: [], ...changes }
}

function waiverOf(target: Waiver['target'], changes: Partial<Waiver> = {}): Waiver {
  const rule = 'pickle/global-called'
  return {
    rule,
    target,
    reason: 'reviewed',
    owner: 'me',
    expires: '2027-01-01',
    place: 'p.yaml:2:5',
    ...changes,
  }
}

function judge(
  policy: Policy,
  findings: Finding[] = [],
  gaps: Record<string, TroubleKind[]> = {},
  artifacts = ALL,
) {
  const coverage = artifacts.map(({ id }): Coverage => {
    const why = gaps[id]
    return why ? { artifact: id, state: 'partial', why } : { artifact: id, state: 'full' }
  })
  const verdict = decide(policy, { artifacts, facts: [], coverage }, findings, NOW)
  const of = (artifact: Artifact) => verdict.outcomes.get(artifact.id)
  return { ...verdict, of }
}

describe('outcomes', () => {
  test('nothing found and everything inspected is a pass', () => {
    expect(judge(policyOf())).toMatchObject({
      outcome: 'pass',
      reasons: [],
      failing: [],
      waived: [],
      warnings: [],
    })
  })

  test('a finding that reaches fail-on fails its artifact and what contains it, and nothing else', () => {
    const finding = findingOf(PICKLE, 'high')
    const verdict = judge(policyOf(), [finding])
    expect(ALL.map(verdict.of)).toEqual(['fail', 'fail', 'fail', 'pass'])
    expect(verdict).toMatchObject({ outcome: 'fail', failing: [finding.fingerprint] })
    expect(verdict.reasons).toEqual([
      'models/a.zip!/data.pkl: demo.thing is called (high, pickle/global-called)',
    ])
    expect(judge(policyOf(), [findingOf(PICKLE, 'medium')]).outcome).toBe('pass')
  })

  test('what was not inspected is incomplete under every policy, and fail is worse', () => {
    for (const failOn of ['medium', 'high', 'critical'] as const) {
      expect(judge(policyOf({ failOn }), [], { [PICKLE.id]: ['encrypted'] }).outcome).toBe('incomplete')
    }
    const verdict = judge(policyOf(), [findingOf(OTHER, 'critical')], { [PICKLE.id]: ['encrypted', 'limit'] })
    expect(ALL.map(verdict.of)).toEqual(['fail', 'incomplete', 'incomplete', 'fail'])
    expect(verdict.reasons).toEqual([
      'models/b.pkl: demo.thing is called (critical, pickle/global-called)',
      'models/a.zip!/data.pkl: inspected in part only: encrypted, limit',
    ])
  })

  test('an artifact that nobody vouches for is incomplete', () => {
    const verdict = decide(policyOf(), { artifacts: ALL, facts: [], coverage: [] }, [], NOW)
    expect(verdict.outcome).toBe('incomplete')
  })

  test('the order of artifacts does not matter', () => {
    const verdict = judge(policyOf(), [findingOf(PICKLE, 'high')], {}, ALL.toReversed())
    expect(verdict.of(FOLDER)).toBe('fail')
  })

  test('reasons are worst first, and many are summed up', () => {
    const findings = Array.from({ length: 30 }, (_, i) => findingOf(OTHER, i === 29 ? 'critical' : 'high'))
    const { reasons } = judge(policyOf(), findings)
    expect(reasons).toHaveLength(21)
    expect(reasons[0]).toContain('critical')
    expect(reasons[20]).toBe('and 10 more findings that fail')
  })

  test('a chain of a hundred thousand members is judged without walking it for each', () => {
    const chain: Artifact[] = [FOLDER]
    for (let i = 0; i < 100_000; i++) chain.push(artifactOf(chain[i], `f${i}`))
    const verdict = judge(
      policyOf(),
      chain.map((artifact) => findingOf(artifact, 'high')),
      {},
      chain,
    )
    expect([...verdict.outcomes.values()].every((outcome) => outcome === 'fail')).toBe(true)
  })
})

describe('accepted globals', () => {
  const finding = () => findingOf(PICKLE, 'high', { subject: 'demo.Thing' })

  test('waive findings about exactly that name', () => {
    const one = finding()
    const verdict = judge(policyOf({ acceptGlobals: ['demo.Thing'] }), [one])
    expect(verdict.outcome).toBe('pass')
    expect(verdict.waived).toEqual([
      { finding: one.fingerprint, rule: one.rule, reason: 'accepted by policy', owner: 'test' },
    ])
    expect(
      judge(policyOf({ acceptGlobals: ['demo.Thing.x', 'demo', 'demo.thing'] }), [finding()]).outcome,
    ).toBe('fail')
  })

  test('never waive a finding without a subject, as those about known sinks are', () => {
    const sink = findingOf(PICKLE, 'critical', { message: 'os.system is run' })
    expect(judge(policyOf({ acceptGlobals: ['os.system'] }), [sink]).outcome).toBe('fail')
  })

  test('hold only where an override says so', () => {
    const overrides = [override('models/**', { acceptGlobals: ['demo.Thing'] })]
    expect(judge(policyOf({ overrides }), [finding()]).outcome).toBe('pass')
    const elsewhere = [override('old/**', { acceptGlobals: ['demo.Thing'] })]
    expect(judge(policyOf({ overrides: elsewhere }), [finding()]).outcome).toBe('fail')
  })
})

describe('overrides', () => {
  test('change fail-on and severities by path; the later wins', () => {
    const overrides = [
      override('models/**', { failOn: 'low' }),
      override('models/b.pkl', { failOn: 'critical' }),
    ]
    const findings = [findingOf(PICKLE, 'low'), findingOf(OTHER, 'high')]
    const verdict = judge(policyOf({ overrides }), findings)
    expect([verdict.of(PICKLE), verdict.of(OTHER)]).toEqual(['fail', 'pass'])
  })

  test('change the severity of one rule', () => {
    const overrides = [override('**', { severity: { 'pickle/global-called': 'info' } })]
    expect(judge(policyOf({ overrides }), [findingOf(PICKLE, 'critical')]).outcome).toBe('pass')
    const others = findingOf(PICKLE, 'critical', { rule: 'pickle/other' })
    expect(judge(policyOf({ overrides }), [others]).outcome).toBe('fail')
  })
})

describe('waivers', () => {
  const hit = () => [findingOf(PICKLE, 'high')]

  test.each<[string, Waiver['target'], string]>([
    ['its path', { path: 'models/a.zip!/data.pkl' }, 'pass'],
    ['a glob', { path: 'models/**' }, 'pass'],
    ['its digest', { digest: SHA('b') }, 'pass'],
    ['the digest of its container', { digest: SHA('a') }, 'pass'],
    ['the path of its container only', { path: 'models/a.zip' }, 'fail'],
    ['the digest of another file', { digest: SHA('c') }, 'fail'],
  ])('cover by %s', (_, target, outcome) => {
    const verdict = judge(policyOf({ waivers: [waiverOf(target)] }), hit())
    expect(verdict.outcome).toBe(outcome)
    expect(verdict.warnings).toHaveLength(outcome === 'pass' ? 0 : 1)
  })

  test('cover one rule', () => {
    const waivers = [waiverOf({ path: '**' }, { rule: 'pickle/other' })]
    const { outcome, warnings } = judge(policyOf({ waivers }), hit())
    expect(outcome).toBe('fail')
    expect(warnings).toEqual([
      'p.yaml:2:5: the waiver for pickle/other (me) was not used: nothing matches **; remove it or correct it',
    ])
  })

  test('hold through their last day, then the finding fires again and a warning says so', () => {
    const target = { path: 'models/**' }
    expect(judge(policyOf({ waivers: [waiverOf(target, { expires: '2026-11-22' })] }), hit()).outcome).toBe(
      'pass',
    )
    const late = judge(policyOf({ waivers: [waiverOf(target, { expires: '2026-11-21' })] }), hit())
    expect(late).toMatchObject({ outcome: 'fail', waived: [] })
    expect(late.warnings).toEqual([
      'p.yaml:2:5: the waiver for pickle/global-called (me) expired on 2026-11-21: what it covered counts again; fix it or renew it',
    ])
    const unused = judge(policyOf({ waivers: [waiverOf({ path: 'x' }, { expires: '2020-01-01' })] }))
    expect(unused.warnings[0]).toContain('covers nothing here; remove it')
  })

  test('a digest that somebody only claims proves nothing', () => {
    const digests = [{ algorithm: 'sha256', hex: SHA('b'), origin: 'claimed' } as const]
    const claimed = { ...PICKLE, digests }
    const waivers = [waiverOf({ digest: SHA('b') })]
    expect(judge(policyOf({ waivers }), hit(), {}, [FOLDER, ZIP, claimed]).outcome).toBe('fail')
  })

  test.each<[string, string[], TroubleKind[], string]>([
    ['coverage clears any reason', ['coverage'], ['limit', 'corrupt'], 'pass'],
    ['parse/limit clears that', ['parse/limit'], ['limit'], 'pass'],
    ['every reason needs one', ['parse/limit'], ['limit', 'corrupt'], 'incomplete'],
    ['two clear two', ['parse/limit', 'parse/corrupt'], ['limit', 'corrupt'], 'pass'],
    ['a reason not given needs coverage', ['parse/limit'], [], 'incomplete'],
    ['a waiver of findings clears nothing', ['pickle/global-called'], ['limit'], 'incomplete'],
  ])('of incompleteness: %s', (_, rules, why, outcome) => {
    const waivers = rules.map((rule) => waiverOf({ path: 'models/a.zip!/**' }, { rule }))
    expect(judge(policyOf({ waivers }), [], { [PICKLE.id]: why }).outcome).toBe(outcome)
  })

  test('coverage does not waive findings', () => {
    const waivers = [waiverOf({ path: '**' }, { rule: 'coverage' })]
    const verdict = judge(policyOf({ waivers }), hit(), { [PICKLE.id]: ['limit'] })
    expect(verdict).toMatchObject({
      outcome: 'fail',
      waived: [{ finding: `coverage:${PICKLE.id}`, rule: 'coverage' }],
    })
  })
})
