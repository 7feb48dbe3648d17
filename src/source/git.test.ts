import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fill } from '../../fixtures/assemble/bytes.ts'
import { safetensors } from '../../fixtures/assemble/model.ts'
import { type GitServer, gitServer, hasGit, pointer } from '../../fixtures/servers/git.ts'
import { scan } from '../engine/scan.ts'
import type { LockEntry } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { checkPack } from './git-pack.ts'
import { identify, resolve, standing } from './resolve.ts'
import type { SourceSettings } from './source.ts'

const all = () => true
const settings = (): SourceSettings => ({ hub: 'http://127.0.0.1:1', folder: '.', width: 2, backoffMs: 1 })
const sha256 = (bytes: Uint8Array | string) => hash('sha256', bytes, 'hex')
const WEIGHTS = safetensors('{"w":{"dtype":"U8","shape":[500000],"data_offsets":[0,500000]}}', fill(500_000))

const there = hasGit()
if (!there) console.warn('git is not installed: the tests of git+https are left out')

describe.runIf(there)('a Git repository', () => {
  let server: GitServer
  const at = (revision?: string) =>
    parseReference(`git+${server.url}${revision === undefined ? '' : `@${revision}`}`)
  beforeEach(async () => {
    server = await gitServer()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  it('is locked by its commit, every file by Git’s id and SHA-256', async () => {
    const first = server.commit({ 'README.md': '# One\n', 'src/a.py': 'x = 1\n', 'link.md': '-> README.md' })
    server.git('tag', '-a', 'v1', '-m', 'one')
    server.commit({ 'README.md': '# Two\n' })
    const found = await resolve(at('v1'), all, settings())
    expect(found.pin).toBe(first)
    expect(found.files.map(({ path }) => path)).toEqual(['README.md', 'link.md', 'src/a.py'])
    expect(found.files[0]).toEqual({
      path: 'README.md',
      size: 6,
      sha256: sha256('# One\n'),
      origin: 'computed',
      gitBlob: server.git('rev-parse', 'v1:README.md'),
    })
    expect(found.files[1]?.sha256).toBe(sha256('README.md'))
    expect((await resolve(at(first), all, settings())).files).toEqual(found.files)
    expect((await identify(at('main'), settings())).pin).not.toBe(first)
    await expect(identify(at('v2'), settings())).rejects.toThrow(/no tag or branch 'v2'/)
    await expect(resolve(at('0'.repeat(40)), all, settings())).rejects.toThrow(/no such commit/)
  })

  it('has its LFS files by the digest of the pointer, and names what it mounts', async () => {
    const mounted = '1'.repeat(40)
    server.commit({
      'model.safetensors': pointer(WEIGHTS),
      'requirements.txt': 'mcp>=1\n',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.invalid/org/x.git\n',
    })
    mkdirSync(path.join(server.folder, 'x'))
    server.git('update-index', '--add', '--cacheinfo', `160000,${mounted},x`)
    const commit = server.commit({})
    const { files, edges } = await resolve(at(commit), all, settings())
    expect(files.find(({ lfs }) => lfs)).toMatchObject({
      size: WEIGHTS.length,
      sha256: sha256(WEIGHTS),
      origin: 'claimed',
    })
    expect(edges.map(({ role, target }) => [role, target])).toEqual([
      ['pypi', 'pypi:mcp>=1'],
      ['submodule', `git+https://example.invalid/org/x.git@${mounted}`],
    ])
  })

  it.each([true, false])('is scanned with its LFS files (whole: %s)', async (full) => {
    server.lfs.set(sha256(WEIGHTS), WEIGHTS)
    const commit = server.commit({
      'model.safetensors': pointer(WEIGHTS),
      'setup.py': 'import os\nos.system("echo inert")\n',
    })
    const report = await scan([`git+${server.url}@${commit}`], { jobs: 0, full, sources: settings() })
    expect(report.artifacts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['model.safetensors', 'setup.py']),
    )
    expect(report.facts.filter(({ kind }) => kind.startsWith('parse.'))).toEqual([])
    expect(report.artifacts.find(({ name }) => name === 'model.safetensors')?.formats).toEqual([
      'safetensors',
    ])
  })

  it('tells a commit that was rewritten away from one that a branch left', async () => {
    const first = server.commit({ a: '1' })
    const { files, ...resolved } = await resolve(at('main'), all, settings())
    const entry = { files, resolved } as unknown as LockEntry
    expect(await standing(at('main'), entry, settings())).toEqual({ pin: 'there', revision: 'moving' })
    server.commit({ a: '2' })
    expect(await standing(at('main'), entry, settings())).toMatchObject({ pin: 'there' })
    const gone = {
      ...entry,
      resolved: { ...entry.resolved, pin: first.replace(/^./, (c) => (c === '0' ? '1' : '0')) },
    }
    expect(await standing(at('main'), gone, settings())).toMatchObject({ pin: 'gone' })
  })
})

describe('a pack', () => {
  const pack = (...entries: Uint8Array[]) => {
    const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0')
    head.writeUInt32BE(entries.length, 8)
    return Buffer.concat([head, ...entries, Buffer.alloc(20)])
  }
  const entry = (declared: number, bytes: Uint8Array) => {
    const sizes = [0x30 | (declared & 15)]
    for (let rest = Math.floor(declared / 16); rest > 0; rest = Math.floor(rest / 128)) {
      sizes[sizes.length - 1] = (sizes.at(-1) ?? 0) | 0x80
      sizes.push(rest % 128)
    }
    return Buffer.concat([Uint8Array.from(sizes), deflateSync(bytes)])
  }

  it('is walked before it is unpacked', () => {
    expect(() => checkPack(pack(entry(5, fill(5)), entry(300, fill(300))), 'x')).not.toThrow()
    expect(() => checkPack(pack(entry(5, fill(100_000))), 'x')).toThrow(/broken/)
    expect(() => checkPack(pack(entry(2 ** 31, fill(5))), 'x')).toThrow(/unpacks to more/)
    expect(() => checkPack(Buffer.from('PACK'), 'x')).toThrow(/is none/)
  })
})
