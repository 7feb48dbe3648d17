import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { weighmaster } from '../testing/run.ts'

vi.setConfig({ testTimeout: 120_000 })

const SAMPLES = path.join(import.meta.dirname, '..', '..', '..', 'fixtures', 'samples')
let folder = ''
const at = (name: string) => path.join(folder, name)

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-policy-'))
  const ran = await weighmaster(['scan', 'honest', '-f', 'json', '--show-facts'], { cwd: SAMPLES })
  expect(ran.code).toBe(0)
  writeFileSync(at('honest.json'), ran.stdout)
  writeFileSync(
    at('policy.yaml'),
    'formats: { deny: [npy] }\nwaivers:\n  - { rule: npy/objects, path: "**", reason: known, owner: me, expires: 2099-01-01 }\n',
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('policy test', () => {
  const run = (cases: string) => {
    writeFileSync(at('test.yaml'), `policy: policy.yaml\ncases:\n${cases}`)
    return weighmaster(['policy', 'test', at('test.yaml')])
  }

  it('exits 0 where every report comes out as expected', async () => {
    const ran = await run('  - { report: honest.json, expect: fail, failing: [policy/demand-unmet] }\n')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^✓ .*honest\.json: fail\n$/)
  })

  it('says what came out instead, and exits 1', async () => {
    const ran = await run(
      '  - { report: honest.json, expect: pass }\n  - { report: honest.json, expect: fail, failing: [policy/condition] }\n',
    )
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/expected pass, came out fail: .*embeddings\.npy/)
    expect(ran.stdout).toContain('policy/condition did not decide, policy/demand-unmet decided too')
  })

  it.each([
    ['  - { report: none.json, expect: pass }\n', /none\.json: cannot be read \(ENOENT\)/],
    ['  - { report: honest.json, expect: maybe }\n', /test\.yaml:3:\d+: .*'maybe' is none of pass/],
    ['  - { report: policy.yaml, expect: pass }\n', /policy\.yaml: is not JSON/],
  ])('%j is one line and exit 4', async (cases, message) => {
    const ran = await run(cases)
    expect(ran.code).toBe(4)
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('policy explain', () => {
  it('names the clause that decided', async () => {
    const ran = await weighmaster([
      'policy',
      'explain',
      at('honest.json'),
      '--policy',
      at('policy.yaml'),
      '-f',
      'json',
    ])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const rows: { rule: string; outcome: string; by: string }[] = JSON.parse(ran.stdout)
    expect(rows.find((r) => r.rule === 'policy/demand-unmet')).toMatchObject({ outcome: 'fails' })
  })
})

describe('a broken policy', () => {
  it.each([
    ['formats: { deny: [pikle] }', /p\.yaml:1:10: there is no format pikle; weighmaster formats lists them/],
    [
      'waivers: [{ rule: pickle/sink-caled, path: a, reason: r, owner: o, expires: 2099-01-01 }]',
      /p\.yaml:1:11: is never reached: there is no rule pickle\/sink-caled/,
    ],
    [
      'conditions: [{ name: a, deny: "report.", message: m }]',
      /p\.yaml:1:31: conditions\.a: line 1, column \d+/,
    ],
    ['overrides: [{ path: a, severity: { pickle/x: low } }]', /p\.yaml:1:13: there is no rule pickle\/x/],
  ])('%s is refused with its place before anything is scanned', async (text, message) => {
    writeFileSync(at('p.yaml'), text)
    const ran = await weighmaster(['scan', folder, '--policy', at('p.yaml')])
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(message)
  })
})
