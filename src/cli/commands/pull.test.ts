import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { commit, repository } from '../../../fixtures/servers/hub.ts'
import { at, hub, project, WEIGHTS } from '../../../fixtures/servers/served-project.ts'
import { HOSTILE_PICKLE, safetensors, testProject } from '../testing/project.ts'

const tree = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : []

describe('pull', () => {
  beforeEach(() => project.run('lock'), 60_000)

  it('keeps nothing of what was tampered with on the way', async () => {
    hub.mischief.tamper = (file, bytes) => (file === 'model.safetensors' ? safetensors(50_000, 2) : bytes)
    const ran = await project.run('pull')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('lock/tampered')
    expect(tree(at('models/acme'))).not.toContain('tiny')
    expect(tree(at('models/acme')).filter((name) => name.includes('quarantine'))).toEqual([])
    expect(existsSync(at('models/acme/second/config.json'))).toBe(true)
  })

  it.each([
    ['more bytes than listed', 10],
    ['fewer bytes than listed', -10],
  ])('refuses %s', async (_, stretch) => {
    project.write('weighmaster.yaml', 'models: [hf:acme/second@main]')
    await project.run('lock')
    hub.mischief.stretch = stretch
    const ran = await project.run('pull')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('lock/tampered')
    expect(existsSync(at('models/acme/second'))).toBe(false)
  })

  it('goes on where a connection broke, and waits as it is told', async () => {
    hub.mischief.drop = { after: 60_000, times: 2 }
    hub.mischief.refuse = { status: 429, times: 2, retryAfter: '0' }
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    const ranges = hub.seen.flatMap(({ range }) => (range === undefined ? [] : [range]))
    expect(ranges).toContain('bytes=60000-')
    expect(readFileSync(at('models/acme/tiny/model.safetensors'))).toEqual(Buffer.from(WEIGHTS))
  })

  it('starts again where a server ignores ranges', async () => {
    hub.mischief.drop = { after: 60_000, times: 1 }
    hub.mischief.ignoreRange = true
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    expect(readFileSync(at('models/acme/tiny/model.safetensors'))).toEqual(Buffer.from(WEIGHTS))
  })

  it('judges before it moves: what fails leaves the destination as it was', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/second@main]')
    await project.run('lock')
    await project.run('pull')
    const second = hub.repositories[1]
    if (second) commit(second, 'main', { 'config.json': '{}', 'model.pkl': HOSTILE_PICKLE })
    await project.run('lock', '--update')
    const ran = await project.run('pull')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('pickle/')
    expect(tree(at('models/acme'))).toEqual(['second', 'second/config.json'])
  })

  it('keeps what waits to be judged to itself, and gives what passed the modes of any file', async () => {
    const modes = new Set<number>()
    hub.mischief.tamper = (_, bytes) => {
      const [top] = tree(at('models/acme')).filter((name) => name.endsWith('.quarantine'))
      if (top !== undefined) modes.add(statSync(path.join(at('models/acme'), top)).mode & 0o777)
      return bytes
    }
    expect(await project.run('pull')).toMatchObject({ code: 0 })
    expect([...modes]).toEqual([0o700])
    project.write('plain.txt', 'x')
    const plain = statSync(path.join(project.folder, 'plain.txt')).mode
    expect(statSync(at('models/acme/tiny/config.json')).mode).toBe(plain)
    expect(statSync(at('models/acme/tiny')).mode).toBe(statSync(at('models')).mode)
  })

  it('sends the token to the hub and to nobody else', async () => {
    using own = testProject({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'secret-token' })
    own.write('weighmaster.yaml', 'models: [hf:acme/tiny]')
    await own.run('lock')
    hub.seen.length = 0
    expect(await own.run('pull')).toMatchObject({ code: 0 })
    const [home, content] = [
      hub.seen.filter((s) => s.server === 'hub'),
      hub.seen.filter((s) => s.server === 'content'),
    ]
    expect(content.length).toBeGreaterThan(0)
    expect(home.every((s) => s.authorization === 'Bearer secret-token')).toBe(true)
    expect(content.every((s) => s.authorization === undefined)).toBe(true)
  })

  it('does not overwrite what it did not put there, nor write through links', async () => {
    project.write('artifacts/models/acme/tiny/mine.txt', 'mine\n')
    mkdirSync(path.join(project.folder, 'elsewhere'))
    const ran = await project.run('pull', 'hf:acme/tiny')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('lock/extra')
    expect(tree(at('models/acme/tiny'))).toEqual(['mine.txt'])
    rmSync(at('models'), { recursive: true })
    symlinkSync('/tmp', at('models'))
    expect(await project.run('pull', 'hf:acme/tiny')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/leads out of/),
    })
  })

  it('does not write through links in a cache', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny@v1]')
    await project.run('lock')
    const home = path.join(project.folder, 'cache/models--acme--tiny')
    const outside = path.join(project.folder, 'outside')
    for (const folder of [home, outside]) mkdirSync(folder, { recursive: true })
    for (const part of ['blobs', 'refs']) {
      symlinkSync(outside, path.join(home, part))
      const ran = await project.run('pull', '--to-hf-cache', 'cache')
      expect(ran).toMatchObject({ code: 4, stderr: expect.stringMatching(/leads out of/) })
      expect(readdirSync(outside)).toEqual([])
      rmSync(path.join(home, part))
    }
    expect(await project.run('pull', '--to-hf-cache', 'cache')).toMatchObject({ code: 0 })
  })

  it('does not let two locked names take one place', async () => {
    hub.repositories.push(repository('acme/twins', { 'a.txt': 'one', 'A.txt': 'two' }))
    project.write('weighmaster.yaml', 'models: [hf:acme/twins]')
    await project.run('lock')
    const ran = await project.run('pull')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('lock/collision')
    expect(tree(at('models/acme'))).toEqual([])
  })
})

describe('scan of a reference', () => {
  it('fetches it whole, judges it under its pin and leaves nothing behind', async () => {
    const ran = await project.run('scan', '--full', 'hf:acme/tiny@v1', '-f', 'json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const { targets, artifacts } = JSON.parse(ran.stdout)
    const pin = hub.repositories[0]?.tags.get('v1')
    expect(targets).toEqual([`hf:acme/tiny@${pin}`])
    expect(artifacts.length).toBeGreaterThan(3)
    expect(tree(project.folder)).toEqual(['weighmaster.yaml'])
  })

  it('without --full reads it where it is, and says so', async () => {
    const ran = await project.run('scan', 'hf:acme/tiny@v1')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/judged by ranges[\s\S]*remote: .* fetched[\s\S]*--full/)
    expect(tree(project.folder)).toEqual(['weighmaster.yaml'])
  })

  it('refuses what is not as listed', async () => {
    hub.mischief.tamper = (file, bytes) => (file === 'model.safetensors' ? safetensors(50_000, 2) : bytes)
    const ran = await project.run('scan', '--full', 'hf:acme/tiny@v1')
    expect(ran).toMatchObject({ code: 4, stderr: expect.stringMatching(/other bytes/) })
  })
})
