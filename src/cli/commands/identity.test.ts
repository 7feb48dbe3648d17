import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { commit, type HubServer, hubServer, repository } from '../../../fixtures/servers/hub.ts'
import {
  hub,
  layers,
  manifest,
  ollama,
  pkg,
  project,
  rules,
  served,
  store,
} from '../../../fixtures/servers/served-project.ts'

describe('verify --online', () => {
  // Pulled once: every test begins with a copy.
  let pulled: string | undefined
  beforeEach(async () => {
    project.write(
      'weighmaster.yaml',
      `models: [hf:acme/tiny@v1, hf:acme/second@main, "ollama:${ollama.host}/library/small:1b"]\nplugins: [npm:@acme/server@1.0.0]\n`,
    )
    if (pulled !== undefined) cpSync(pulled, project.folder, { recursive: true })
    else {
      for (const command of ['lock', 'pull']) expect(await project.run(command)).toMatchObject({ code: 0 })
      pulled = mkdtempSync(path.join(tmpdir(), 'weighmaster-pulled-'))
      cpSync(project.folder, pulled, { recursive: true })
    }
  }, 60_000)
  afterAll(() => pulled && rmSync(pulled, { recursive: true }))

  const [tiny, second] = [() => hub.repositories[0] as Served, () => hub.repositories[1] as Served]
  type Served = HubServer['repositories'][number]

  it.each<[string, () => void, string[], number]>([
    ['nothing', () => undefined, [], 0],
    ['another number', () => Object.assign(second(), { number: 'e'.repeat(24) }), ['identity/recreated'], 1],
    [
      'a later creation',
      () => Object.assign(second(), { createdAt: '2026-01-01T00:00:00.000Z' }),
      ['identity/recreated'],
      1,
    ],
    [
      'a moved name',
      () => {
        second().formerly.add('acme/second')
        second().name = 'acme/renamed'
      },
      ['identity/moved'],
      0,
    ],
    ['a name that is gone', () => hub.repositories.splice(1, 1), ['identity/gone'], 1],
    [
      'a commit that is gone',
      () => tiny().commits.delete(commit(tiny(), 'main', { a: 'b' })) && rewrite(tiny()),
      ['identity/pin-gone', 'identity/tag-moved'],
      1,
    ],
    [
      'a tag that moved',
      () => tiny().tags.set('v1', commit(tiny(), 'dev', { a: 'b' })),
      ['identity/tag-moved'],
      1,
    ],
    ['a branch that went on', () => commit(second(), 'main', { a: 'b' }), ['identity/branch-moved'], 0],
    [
      'a tag of another registry',
      () => store['library/small'].tags.set('1b', layers(2)),
      ['identity/tag-moved'],
      1,
    ],
    [
      'an owner who is gone',
      () => Object.assign(hub.mischief, { gone: ['acme'] }),
      ['identity/author-changed'],
      0,
    ],
    ['another owner', () => Object.assign(second(), { author: 'other' }), ['identity/author-changed'], 0],
    ['a gate', () => Object.assign(second(), { gated: 'manual' }), ['identity/access-changed'], 0],
    ['what is disabled', () => Object.assign(second(), { disabled: true }), ['identity/gone'], 1],
    ['what became private', () => Object.assign(second(), { private: true }), ['identity/gone'], 1],
    [
      'another publisher of a package',
      () => Object.assign(pkg, { user: 'stranger' }),
      ['identity/author-changed'],
      0,
    ],
    [
      'a version with other content',
      () => {
        const [version] = Object.values(pkg.versions)
        if (version) version.integrity = `sha512-${'A'.repeat(86)}==`
      },
      ['identity/pin-changed'],
      1,
    ],
  ])('finds %s', async (_, change, expected, exit) => {
    const { user, versions } = structuredClone({ user: pkg.user ?? 'somebody', versions: pkg.versions })
    try {
      change()
      expect(await rules('--online')).toEqual({ code: exit, stderr: '', rules: expected })
    } finally {
      Object.assign(pkg, { user, versions })
    }
  })

  it('finds that another service is asked', async () => {
    await using mirror = await hubServer(served(), 2)
    const [copy] = mirror.repositories
    copy?.tags.set('v1', copy.branches.get('main') ?? '')
    project.env.HF_ENDPOINT = mirror.endpoint
    expect(await rules('--online')).toMatchObject({ code: 1, rules: ['identity/endpoint-changed'] })
  })

  it('says when a source cannot be asked, rather than that all is well', async () => {
    hub.mischief.refuse = { status: 400, times: 1000 }
    const { code, stderr } = await rules('--online')
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/^weighmaster: .+ answers 400\n$/),
    })
  })
})

function rewrite(repo: HubServer['repositories'][number]): void {
  const pin = repo.tags.get('v1') ?? ''
  repo.commits.delete(pin)
  repo.tags.set('v1', commit(repo, 'main', { 'config.json': '{}' }))
}

describe('lock looks at names', () => {
  it.each<[string, string, string[]]>([
    ['a publisher one letter off', 'hf:meta-lIama/model', ['identity/lookalike-publisher']],
    ['a publisher with a digit', 'hf:micros0ft/model', ['identity/lookalike-publisher']],
    ['the publisher itself', 'hf:microsoft/model', []],
    ['two entries one letter apart', 'hf:acme/secomd', ['identity/lookalike-entry']],
  ])('%s', async (_, ref, expected) => {
    const name = ref.slice('hf:'.length)
    hub.repositories.push(repository(name, { 'config.json': '{}' }))
    project.write('weighmaster.yaml', `${manifest().split('datasets:')[0]}  - ${ref}\n`)
    const ran = await project.run('lock', '-f', 'json')
    const found: string[] = JSON.parse(ran.stdout).findings.map((f: { rule: string }) => f.rule)
    expect(found).toEqual(expected)
  })
})
