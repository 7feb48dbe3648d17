import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { commit } from '../../../fixtures/servers/hub.ts'
import { at, flip, hub, project, ready } from '../../../fixtures/servers/served-project.ts'

const hasGit = (() => {
  try {
    execFileSync('git', ['--version'])
    return true
  } catch {
    console.warn('skipped: no git on this machine, so ci --base is not tried')
    return false
  }
})()

const file = (name: string) => readFileSync(path.join(project.folder, name), 'utf8')
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t.invalid', ...args], { cwd: project.folder })

describe('ci', () => {
  beforeEach(ready, 60_000)

  it('passes what is locked, and writes SARIF and a summary', async () => {
    const ran = await project.run('ci', '--summary', 'summary.md')
    expect(ran).toMatchObject({ code: 0 })
    expect(JSON.parse(file('weighmaster.sarif')).version).toBe('2.1.0')
    expect(file('summary.md')).toMatch(/^### ✅ weighmaster: pass/)
  })

  it('fails on a changed byte, and says so in both', async () => {
    flip(at('models/acme/tiny/model.safetensors'))
    const ran = await project.run('ci', '--summary', 'summary.md', '--sarif', 'out.sarif')
    expect(ran.code).toBe(1)
    const results: { ruleId: string }[] = JSON.parse(file('out.sarif')).runs[0].results
    expect(results.map((r) => r.ruleId)).toContain('lock/changed')
    expect(file('summary.md')).toContain('`lock/changed`')
    expect(existsSync(path.join(project.folder, 'weighmaster.sarif'))).toBe(false)
  })

  it('needs a lock', async () => {
    rmSync(path.join(project.folder, 'weighmaster.lock'))
    expect(await project.run('ci')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('weighmaster lock writes it'),
    })
  })

  describe.skipIf(!hasGit)('--base', () => {
    const scanned = async (...args: string[]) => {
      const ran = await project.run('ci', '-f', 'json', ...args)
      const report = JSON.parse(ran.stdout)
      const entries: string[] = report.artifacts.map((a: { path: string }) => a.path)
      const unchanged = report.findings
        .filter((f: { rule: string }) => f.rule === 'lock/unchanged')
        .map((f: { message: string }) => f.message.split(' ')[0])
      return { code: ran.code, files: entries.filter((e) => /\.(json|csv|safetensors)$/.test(e)), unchanged }
    }

    it('inspects only entries whose content changed since, and says which it left out', async () => {
      git('init', '-q')
      git('add', 'weighmaster.yaml', 'weighmaster.lock')
      git('commit', '-qm', 'lock')
      const [, second] = hub.repositories
      if (second) commit(second, 'main', { 'config.json': '{"new": 1}' })
      await project.run('lock', '--update', 'hf:acme/second@main')
      await project.run('pull')
      const all = await scanned()
      const changed = await scanned('--base', 'HEAD')
      expect(all.files.length).toBeGreaterThan(changed.files.length)
      expect(changed.files).toEqual(['artifacts/models/acme/second/config.json'])
      expect(changed.unchanged).toHaveLength(4)
      expect(changed.code).toBe(0)
    })

    it('takes a commit without a lock for an empty one, and refuses what is no commit', async () => {
      git('init', '-q')
      git('commit', '-q', '--allow-empty', '-m', 'empty')
      expect((await scanned('--base', 'HEAD')).unchanged).toEqual([])
      for (const base of ['nowhere', '--help', '-x']) {
        const ran = await project.run('ci', `--base=${base}`)
        expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('knows no such commit') })
      }
    })
  })
})
