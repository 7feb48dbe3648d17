import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commit, hubServer, repository } from '../../fixtures/servers/hub.ts'
import { npmServer, ociServer } from '../../fixtures/servers/registries.ts'
import { parseReference } from '../model/reference.ts'
import { boundFetch } from './fetch.ts'
import { identify, resolve } from './resolve.ts'
import type { SourceSettings } from './source.ts'

const settings = (changes: Partial<SourceSettings> = {}): SourceSettings => ({
  hub: 'http://127.0.0.1:1',
  npm: 'http://127.0.0.1:1',
  folder: '.',
  width: 2,
  backoffMs: 1,
  ...changes,
})
const all = () => true
const sha256 = (text: string) => hash('sha256', text, 'hex')

describe('boundFetch', () => {
  it('gives the token to its own origin only, and follows what the hub redirects to', async () => {
    await using hub = await hubServer([
      repository('a/b', { 'w.bin': { bytes: Buffer.from('weights'), lfs: true } }),
    ])
    const fetch = boundFetch({ endpoint: hub.endpoint, token: 't' })
    const response = await fetch(`${hub.endpoint}/a/b/resolve/main/w.bin`, {
      headers: { authorization: 'Bearer other' },
    })
    expect(await response.text()).toBe('weights')
    expect(hub.seen.map(({ server, authorization }) => [server, authorization])).toEqual([
      ['hub', 'Bearer t'],
      ['content', undefined],
    ])
  })

  it('tries again what may pass, and gives up in words', async () => {
    await using hub = await hubServer([repository('a/b', { f: 'x' })])
    hub.mischief.refuse = { status: 503, times: 3 }
    const fetch = boundFetch({ endpoint: hub.endpoint, backoffMs: 1 })
    expect((await fetch(`${hub.endpoint}/a/b/resolve/main/f`)).status).toBe(200)
    expect(hub.seen).toHaveLength(4)
    const lost = boundFetch({ endpoint: 'http://127.0.0.1:1', backoffMs: 1 })
    await expect(lost('http://127.0.0.1:1/x')).rejects.toThrow(/cannot be reached \(.+\); tried 5 times/)
  })
})

describe('the hub', () => {
  it('asks for the commit of a branch first, and never for the branch again', async () => {
    const repo = repository('a/b', { 'x y#?.txt': 'one', d: 'two' })
    commit(repo, 'refs/pr/1', { f: 'x' })
    await using hub = await hubServer([repo], 1)
    const found = await resolve(parseReference('hf:a/b@main'), all, settings({ hub: hub.endpoint }))
    expect(found.files.map(({ path }) => path)).toEqual(['x y#?.txt', 'd'])
    expect(found.pin).toBe(repo.branches.get('main'))
    expect(hub.seen.slice(1).every(({ url }) => url.includes(found.pin))).toBe(true)
    const pr = await identify(parseReference('hf:a/b@refs/pr/1'), settings({ hub: hub.endpoint }))
    expect(pr.pin).toBe(repo.branches.get('refs/pr/1'))
  })

  it('names the repositories that a loader would fetch code from', async () => {
    const config = '{"auto_map": {"AutoModel": "other/code--modeling.Model", "AutoConfig": "own.Config"}}'
    await using hub = await hubServer([repository('a/b', { 'config.json': config })])
    const { edges } = await resolve(parseReference('hf:a/b'), all, settings({ hub: hub.endpoint }))
    expect(edges).toEqual([{ role: 'auto_map', target: 'hf:other/code', from: 'config.json' }])
  })

  it('does not listen for ever to a listing without end', async () => {
    await using hub = await hubServer([repository('a/b', { f: 'one' })])
    hub.mischief.endless = true
    const resolving = resolve(parseReference('hf:a/b'), all, settings({ hub: hub.endpoint }))
    await expect(resolving).rejects.toThrow(/does not end after 1000 pages/)
  })

  it('names what a pointer leads to that the listing does not call one', async () => {
    const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`
    await using hub = await hubServer([repository('a/b', { 'm.bin': text, 'requirements.txt': 'mcp==1.0' })])
    const { edges } = await resolve(parseReference('hf:a/b'), all, settings({ hub: hub.endpoint }))
    expect(edges.map(({ target }) => target)).toEqual([`sha256:${'a'.repeat(64)}`, 'pypi:mcp==1.0'])
  })

  it('does not take a small file that is not the Git object it lists', async () => {
    await using hub = await hubServer([repository('a/b', { f: 'one' })])
    hub.mischief.tamper = () => Buffer.from('two')
    const resolving = resolve(parseReference('hf:a/b'), all, settings({ hub: hub.endpoint }))
    await expect(resolving).rejects.toThrow(/not the Git object it lists/)
  })
})

describe('an OCI registry', () => {
  const layers = [['application/vnd.cncf.model.weight.v1.raw', Buffer.from('weights')]] as const

  it('is pulled with the anonymous token it asks for, by the digest of the bytes', async () => {
    await using server = await ociServer(
      { 'ai/model': { tags: new Map([['1', layers]]) } },
      { token: 'anonymous' },
    )
    const found = await resolve(parseReference(`oci:${server.host}/ai/model:1`), all, settings())
    expect(found.pin).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(found.files.map(({ path }) => path)).toContain(`blobs/sha256/${sha256('weights')}`)
    const again = await identify(parseReference(`oci:${server.host}/ai/model@${found.pin}`), settings())
    expect(again.pin).toBe(found.pin)
    const other = resolve(
      parseReference(`oci:${server.host}/ai/model@sha256:${'0'.repeat(64)}`),
      all,
      settings(),
    )
    await expect(other).rejects.toThrow(/no such artifact/)
  })
})

describe('npm', () => {
  const versions = { '1.0.0': { tarball: Buffer.from('tarball') } }

  it('resolves a dist-tag to a version, and holds the tarball against its SHA-512', async () => {
    await using server = await npmServer([{ name: 'a', latest: '1.0.0', versions }])
    const found = await resolve(parseReference('npm:a@latest'), all, settings({ npm: server.endpoint }))
    expect(found).toMatchObject({
      id: 'a',
      pin: '1.0.0',
      files: [{ path: 'a-1.0.0.tgz', sha256: sha256('tarball') }],
    })
  })

  it('does not take another tarball', async () => {
    const integrity = `sha512-${hash('sha512', 'other', 'base64')}`
    const lying = { '1.0.0': { tarball: Buffer.from('tarball'), integrity } }
    await using server = await npmServer([{ name: 'a', latest: '1.0.0', versions: lying }])
    const resolving = resolve(parseReference('npm:a@1.0.0'), all, settings({ npm: server.endpoint }))
    await expect(resolving).rejects.toThrow(/does not have the SHA-512/)
  })
})

describe('trouble with a registry', () => {
  it('is one line without advice for npm’s own users', async () => {
    const asking = resolve(parseReference('npm:a@1.0.0'), all, settings())
    await expect(asking).rejects.toThrow(/^npm:a: http:\/\/127\.0\.0\.1:1 does not give it \(ECONNREFUSED\)$/)
  })
})

describe('a web address', () => {
  it('is taken by the digest of its reference only', async () => {
    await using hub = await hubServer([repository('a/b', { f: 'x' })])
    const url = `${hub.endpoint}/a/b/resolve/main/f`
    const found = await resolve(parseReference(`${url}#sha256=${sha256('x')}`), all, settings())
    expect(found.files).toMatchObject([{ path: 'f', size: 1, origin: 'computed' }])
    const other = resolve(parseReference(`${url}#sha256=${sha256('y')}`), all, settings())
    await expect(other).rejects.toThrow(/not the one the reference gives/)
  })
})
