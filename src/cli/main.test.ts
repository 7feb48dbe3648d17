import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { weighmaster } from './testing/run.ts'

// Each case starts processes that read the whole program from source.
vi.setConfig({ testTimeout: 120_000 })

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-cli-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('usage', () => {
  it('prints version and help on standard output and exits 0', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await weighmaster(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
    const help = await weighmaster(['scan', '--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/Examples:[\s\S]*Exit codes:/)
  })

  it('shows the help and exits 4 where nothing was asked for', async () => {
    const ran = await weighmaster([])
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toContain('Usage: weighmaster')
  })

  it.each([
    [['scna'], "weighmaster: unknown command 'scna'; did you mean scan? see weighmaster --help\n"],
    [
      ['scan', '.', '--polcy', 'x'],
      "weighmaster: unknown option '--polcy'; did you mean --policy? see weighmaster scan --help\n",
    ],
    [['scan'], "weighmaster: missing required argument 'target'; see weighmaster scan --help\n"],
    [
      ['scan', '.', '--\u001b[31mx\n'],
      "weighmaster: unknown option '--\\x1b[31mx\\n'; see weighmaster scan --help\n",
    ],
  ])('%j is one clear line on standard error and exit 4', async (args, stderr) => {
    expect(await weighmaster(args)).toMatchObject({ code: 4, stdout: '', stderr })
  })
})

describe('outputs are checked before the scan', () => {
  it('says which one cannot be written and why, and leaves nothing behind', async () => {
    const missing = path.join(folder, 'no', 'r.json')
    expect(await weighmaster(['scan', folder, '-o', `json=${missing}`])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: `weighmaster: -o json=${missing}: its folder does not exist; make it first\n`,
    })
    expect((await weighmaster(['scan', folder, '-o', `json=${folder}`])).stderr).toMatch(/is a folder/)
    expect((await weighmaster(['scan', folder, '--audit-log', missing])).stderr).toMatch(
      /--audit-log .* folder/,
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('bin/weighmaster.js', () => {
  const bin = fileURLToPath(new URL('../../bin/weighmaster.js', import.meta.url))

  it('uses no syntax that an old Node fails on before it can say what it needs', () => {
    const source = readFileSync(bin, 'utf8')
    const code = source.replaceAll(/^(\/\/|#!).*$/gm, '')
    expect(code).not.toMatch(/^import |import\.meta|\bawait\b|\?\.|\?\?/m)
    expect(source.startsWith('#!/usr/bin/env node\n')).toBe(true)
  })

  it('names the same versions as package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(readFileSync(bin, 'utf8')).toContain(manifest.engines.node)
  })
})
