import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RAW } from '../../report/testing/raw.ts'
import { HOSTILE_NAME } from '../../report/testing/sample-reports.ts'
import { type RunOptions, weighmaster } from '../testing/run.ts'

/** A pickle that would call `os.system('echo inert')`: harmless by construction, and never loaded here. */
const HOSTILE_PICKLE = "cos\nsystem\n(S'echo inert'\ntR."

// Each case starts processes that read the whole program from source.
vi.setConfig({ testTimeout: 120_000 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-scan-'))
  for (const name of ['honest', 'hostile', 'unknown', 'empty', 'tmp']) mkdirSync(path.join(folder, name))
  write('honest/config.json', '{"hidden_size": 768}')
  write('hostile/model.pkl', HOSTILE_PICKLE)
  write('unknown/weights.pt', Buffer.from('8f1e00c7d2a3b4958f1e00c7d2a3b495ffeeddccbbaa', 'hex'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, content: string | Uint8Array) => writeFileSync(path.join(folder, name), content)

const scan = (args: readonly string[], options: RunOptions = {}) =>
  weighmaster(['scan', '--jobs', '1', ...args], {
    cwd: folder,
    ...options,
    env: { TMPDIR: path.join(folder, 'tmp'), ...options.env },
  })

describe('weighmaster scan', () => {
  it.each([
    ['pass', 'honest', 0, / PASS /],
    ['fail', 'hostile', 1, / FAIL /],
    ['incomplete', 'unknown', 2, / INCOMPLETE /],
    ['nothing', 'empty', 3, / NO FILES /],
  ])('%s has its own exit code', async (_, target, code, text) => {
    const ran = await scan([target])
    expect(ran).toMatchObject({ code, stderr: '' })
    expect(ran.stdout).toMatch(text)
  })

  it('takes the worst of several targets', async () => {
    expect((await scan(['empty', 'honest'])).code).toBe(0)
    expect((await scan(['honest', 'unknown'])).code).toBe(2)
    expect((await scan(['unknown', 'hostile', 'honest'])).code).toBe(1)
  })

  it('shows the call that would run, and how to accept or fix it', async () => {
    const { stdout } = await scan(['hostile'])
    expect(stdout).toContain("os.system('echo inert')")
    expect(stdout).toMatch(/CRITICAL.*pickle\//)
    expect(stdout).toMatch(/Fix {5}/)
  })

  it.each(['hostile', 'unknown'])('offers policy lines that do accept what is %s', async (target) => {
    const { stdout } = await scan([target])
    const stub = stdout.slice(stdout.indexOf('  extends: balanced'), stdout.indexOf('\n  Outcome'))
    write('policy.yaml', stub.replaceAll('YYYY-MM-DD', '2099-12-31'))
    const accepted = await scan([target, '--policy', 'policy.yaml'])
    expect(accepted).toMatchObject({ code: 0, stderr: '' })
    expect(accepted.stdout).toMatch(/1 waived or accepted/)
  })

  it('names a target that is not there, and judges nothing', async () => {
    const ran = await scan(['honest', 'not-here'])
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(/^weighmaster: not-here: no such file or folder[^\n]*\n$/)
  })

  it('names a policy that is not there', async () => {
    const ran = await scan(['honest', '--policy', 'nope.yaml'])
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(/^weighmaster: [^\n]*nope\.yaml[^\n]*\n$/)
  })

  it('heeds --fail-on', async () => {
    expect((await scan(['hostile', '--fail-on', 'critical'])).code).toBe(1)
    const { policy } = JSON.parse((await scan(['honest', '--fail-on', 'low', '-f', 'json'])).stdout)
    expect(policy.failOn).toBe('low')
  })

  it('reads standard input', async () => {
    expect(await scan(['-'], { input: HOSTILE_PICKLE })).toMatchObject({ code: 1 })
    const ran = await scan(['-', '-f', 'json'], { input: '{"hidden_size": 768}' })
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.stdout).artifacts).toMatchObject([{ path: '-', size: 20, outcome: 'pass' }])
  })
})

describe('outputs', () => {
  it('keep standard output pure', async () => {
    const json = await scan(['hostile', '-f', 'json'])
    expect(json).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(json.stdout).verdict.outcome).toBe('fail')
    const sarif = await scan(['hostile', '-f', 'sarif'])
    expect(JSON.parse(sarif.stdout).runs[0].results[0].level).toBe('error')
  })

  it('go to files as well, whole, and over what was there', async () => {
    write('r.json', 'old')
    const ran = await scan(['hostile', '-q', '-o', 'json=r.json', '-o', 'sarif=r.sarif', '-o', 'text=r.txt'])
    expect(ran.stdout.split('\n').length).toBeLessThan(6)
    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
    expect(JSON.parse(read('r.json')).verdict.outcome).toBe('fail')
    expect(JSON.parse(read('r.sarif')).version).toBe('2.1.0')
    expect(read('r.txt')).toContain("os.system('echo inert')")
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('are the same at any number of jobs, and carry no time unless asked', async () => {
    const all = ['honest', 'hostile', 'unknown', '-f', 'json', '--show-facts']
    const one = await scan(all)
    expect((await scan([...all, '--jobs', '4'])).stdout).toBe(one.stdout)
    const timed = await scan([...all, '--timestamp'], { env: { SOURCE_DATE_EPOCH: '1700000000' } })
    expect(JSON.parse(timed.stdout).timestamp).toBe('2023-11-14T22:13:20.000Z')
  })

  it('have no colours in a pipe, and none where NO_COLOR is set', async () => {
    expect((await scan(['hostile'])).stdout).not.toContain('\u001b')
    expect((await scan(['hostile', '--no-color'], { env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b')
  })

  it('end quietly when their reader has gone', async () => {
    const ran = await scan(['hostile', '-f', 'json'], { onStart: (child) => child.stdout?.destroy() })
    expect(ran).toMatchObject({ code: 1, stderr: '' })
  })
})

describe('hostile file names', () => {
  it('are shown safely in every format', async () => {
    const name = HOSTILE_NAME.replaceAll('/', '')
    mkdirSync(path.join(folder, 'names'))
    write(`names/${name}`, HOSTILE_PICKLE)
    for (const format of ['text', 'json', 'sarif']) {
      const ran = await scan(['names', '-f', format])
      expect(ran).toMatchObject({ code: 1, stderr: '' })
      expect(stripVTControlCharacters(ran.stdout)).toBe(ran.stdout)
      expect(ran.stdout).not.toMatch(RAW)
    }
    const { stdout } = await scan(['names', '-f', 'sarif'])
    const { uri } = JSON.parse(stdout).runs[0].results[0].locations[0].physicalLocation.artifactLocation
    expect(decodeURIComponent(uri)).toBe(`names/${name}`)
  })

  it('of targets that are not there cannot forge an error message', async () => {
    const { stderr, code } = await scan([`no\u001b[2J\nweighmaster: fine`])
    expect(code).toBe(4)
    expect(stderr.split('\n')).toHaveLength(2)
    expect(stderr).not.toMatch(RAW)
  })
})

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends with the shell’s code and leaves no temporary files', async (signal, code) => {
    const ran = await scan(['-', '-o', 'json=r.json'], {
      keepInputOpen: true,
      input: 'x'.repeat(1_000_000),
      onInputRead: (child) => child.kill(signal),
    })
    expect(ran).toMatchObject({ code, stdout: '', stderr: `weighmaster: interrupted by ${signal}\n` })
    expect(existsSync(path.join(folder, 'r.json'))).toBe(false)
    expect(readdirSync(path.join(folder, 'tmp'))).toEqual([])
  })
})

describe('audit log', () => {
  const verify = (...args: string[]) => weighmaster(['audit', 'verify', ...args], { cwd: folder })

  it('gets a line for each verdict, and its chain can be checked', async () => {
    expect((await scan(['honest', '-q', '--audit-log', 'log.jsonl'])).code).toBe(0)
    expect((await scan(['empty', '-q', '--audit-log', 'log.jsonl'])).code).toBe(3)
    const checked = await verify('log.jsonl')
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(checked.stdout).toMatch(/^log\.jsonl: the chain holds, 2 entries\nhead [0-9a-f]{64}\n$/)
    const lines = readFileSync(path.join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).exitCode)).toEqual([0, 3])
  })

  it('that was changed or cut is told, and exits 1', async () => {
    for (let i = 0; i < 2; i++) await scan(['honest', '-q', '--audit-log', 'log.jsonl'])
    const head = (await verify('log.jsonl')).stdout.split('head ')[1]?.trim() ?? ''
    const [first = ''] = readFileSync(path.join(folder, 'log.jsonl'), 'utf8').split('\n')
    write('cut.jsonl', `${first}\n`)
    expect((await verify('cut.jsonl')).code).toBe(0)
    expect(await verify('cut.jsonl', '--anchor', head)).toMatchObject({ code: 1 })
    write('changed.jsonl', `${first.replace('pass', 'fail')}\n`)
    expect((await verify('changed.jsonl')).stdout).toMatch(/broken at line 1/)
    expect(await verify('none.jsonl')).toMatchObject({ code: 4, stdout: '' })
  })
})
