import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { UsageError } from '../model/trouble.ts'
import { loadPolicy } from './load.ts'
import { PRESETS } from './schema.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-policy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function load(text: string | Uint8Array) {
  const file = path.join(folder, 'p.yaml')
  writeFileSync(file, text)
  return loadPolicy(file)
}

const DIGEST = `sha256:${'a'.repeat(64)}`
const waiver = (changes: Record<string, string> = {}) => {
  const parts = {
    rule: 'pickle/sink-called',
    path: 'models/*.pkl',
    reason: 'reviewed',
    owner: 'me@example.org',
    expires: '2027-01-31',
    ...changes,
  }
  const lines = Object.entries(parts).filter(([, value]) => value !== '')
  return `waivers:\n${lines.map(([key, value], i) => `${i === 0 ? '  - ' : '    '}${key}: ${value}`).join('\n')}\n`
}

describe('presets', () => {
  test.each([
    ['strict', 'medium'],
    ['balanced', 'high'],
    ['permissive', 'critical'],
  ])('%s fails on %s', async (name, failOn) => {
    expect(await loadPolicy(name)).toMatchObject({
      name,
      failOn,
      acceptGlobals: [],
      overrides: [],
      waivers: [],
    })
  })

  test('are three, with digests of their own', async () => {
    const digests = await Promise.all(PRESETS.map(async (name) => (await loadPolicy(name)).digest))
    expect(new Set(digests).size).toBe(3)
  })

  test('--fail-on wins over the policy', async () => {
    expect(await loadPolicy('balanced', 'low')).toMatchObject({ name: 'balanced', failOn: 'low' })
  })
})

describe('a policy file', () => {
  test('extends a preset, balanced where it does not say', async () => {
    expect((await load('extends: strict')).failOn).toBe('medium')
    expect((await load('extends: strict\nfail-on: critical')).failOn).toBe('critical')
    expect((await load('accept-globals: [a.B]')).failOn).toBe('high')
  })

  test('is read whole', async () => {
    const policy = await load(
      `accept-globals: [a.B]\noverrides:\n  - { path: 'old/**', fail-on: critical, severity: { pickle/x: low }, accept-globals: [c.D] }\n${waiver()}`,
    )
    expect(policy).toMatchObject({
      acceptGlobals: ['a.B'],
      overrides: [
        {
          scope: { path: 'old/**' },
          failOn: 'critical',
          severity: { 'pickle/x': 'low' },
          acceptGlobals: ['c.D'],
        },
      ],
      waivers: [{ rule: 'pickle/sink-called', target: { path: 'models/*.pkl' }, expires: '2027-01-31' }],
    })
    expect(policy.waivers[0]?.place).toMatch(/p\.yaml:5:5$/)
  })

  test.each<[string, string, string]>([
    [
      'unknown key',
      'fail_on: high',
      ":1:10: fail_on: unknown key 'fail_on'; known here: about, extends, fail-on",
    ],
    ['unknown severity', 'fail-on: hihg', ":1:10: fail-on: 'hihg' is none of info, low"],
    ['unknown preset', 'extends: ./other.yaml', "'./other.yaml' is none of strict, balanced, permissive"],
    ['a pattern of globals', 'accept-globals: [torch.*]', 'prefixes and patterns are not accepted'],
    ['globals that are no list', 'accept-globals: torch.X', 'must be a list, is a string'],
    ['an override of nothing', "overrides: [{ path: 'a/**' }]", 'changes nothing'],
    ['an override of nowhere', 'overrides: [{ fail-on: low }]', "'path' or 'reference' is missing"],
    ['an override of no rule', 'overrides: [{ path: a, severity: { sink: low } }]', 'is not a rule id'],
    ['no reason', waiver({ reason: '' }), ":2:5: waivers[0]: 'reason' is missing; add it"],
    ['an empty reason', waiver({ reason: '" "' }), 'waivers[0].reason: must not be empty'],
    ['no owner', waiver({ owner: '' }), "'owner' is missing"],
    ['no expiry', waiver({ expires: '' }), "'expires' is missing"],
    ['never expires', waiver({ expires: 'never' }), "'never' is not a date: YYYY-MM-DD"],
    ['no such day', waiver({ expires: '2027-02-30' }), "'2027-02-30' is not a day of the calendar"],
    ['nothing waived', waiver({ path: '' }), "'digest' or 'path' is missing"],
    ['two things waived', waiver({ digest: DIGEST }), "give 'digest' or 'path', not both"],
    ['a short digest', waiver({ path: '', digest: 'sha256:abc' }), 'is not a digest'],
    ['every rule', waiver({ rule: '"*"' }), "'*' is neither a rule id"],
    ['a broken glob', waiver({ path: '"models/[a"' }), "'models/[a': '[' without ']'"],
    [
      'a waiver never reached',
      `${waiver()}${waiver().replace('waivers:\n', '')}`,
      'waivers[1]: is never reached: ',
    ],
    ['a demand of nothing', 'formats: {}', "formats: give 'allow', 'deny' or both"],
    ['an empty list of names', 'licences: []', 'licences: must not be empty'],
    ['a demand of a wrong type', 'pinned: "yes"', ':1:9: pinned: must be true or false, is a string'],
    ['an age without unit', 'max-age: 30', 'max-age: must be a string'],
    [
      'two scopes',
      'overrides: [{ path: a, reference: b, pinned: true }]',
      "give 'path' or 'reference', not both",
    ],
    ['a condition without message', 'conditions: [{ name: a, deny: "true" }]', "'message' is missing"],
    [
      'two conditions of one name',
      'conditions:\n  - { name: a, deny: "true", message: m }\n  - { name: a, deny: "true", message: m }',
      ":3:13: conditions[1].name: 'a' stands here twice",
    ],
    ['billion laughs', 'a: &a [x]\nb: [*a, *a]', 'anchor &a'],
  ])('%s is one line with its place', async (_, text, message) => {
    await expect(load(text)).rejects.toThrow(UsageError)
    await expect(load(text)).rejects.toThrow(message)
  })

  test('a path that is no policy', async () => {
    await expect(loadPolicy(path.join(folder, 'none.yaml'))).rejects.toThrow(
      /none\.yaml: no such policy; give strict/,
    )
    await expect(load(new Uint8Array([0x80, 0x02, 0xff]))).rejects.toThrow('not UTF-8 text; is it a policy?')
  })
})
