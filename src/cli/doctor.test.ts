import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { diagnose } from './doctor.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-doctor-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const look = async () => {
  const checks = await diagnose(folder, new AbortController().signal)
  return new Map(checks.map((c) => [c.name, c]))
}

describe('diagnose', () => {
  it('finds rules and policies in order, and says what a project still lacks', async () => {
    const checks = await look()
    expect(checks.get('rules')).toMatchObject({ state: 'good', says: expect.stringMatching(/^\d{3,} rules/) })
    expect(checks.get('policies')?.state).toBe('good')
    expect(checks.get('project')).toMatchObject({ state: 'note', says: expect.stringContaining('init') })
  })

  it('says what is wrong with the manifest here', async () => {
    writeFileSync(path.join(folder, 'weighmaster.yaml'), 'models: 7\n')
    expect((await look()).get('project')).toMatchObject({
      state: 'bad',
      says: expect.stringContaining('weighmaster.yaml'),
    })
  })

  it('says that a token is set, and never which', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_secretsecret')
    const says = JSON.stringify([...(await look()).values()])
    expect(says).toContain('a token is set')
    expect(says).not.toContain('secretsecret')
  })

  it('says which setting the network cannot use', async () => {
    vi.stubEnv('HF_ENDPOINT', 'ftp://mirror.example')
    expect((await look()).get('network')).toMatchObject({
      state: 'bad',
      says: expect.stringContaining('HF_ENDPOINT'),
    })
  })
})
