import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tar } from '../../../fixtures/assemble/tar.ts'
import { commit, type HubServer, hubServer, repository } from '../../../fixtures/servers/hub.ts'
import {
  npmServer,
  ociServer,
  type RegistryServer,
  type ServedPackage,
} from '../../../fixtures/servers/registries.ts'
import { byCodePoint } from '../../model/order.ts'
import { HOSTILE_PICKLE, safetensors, type TestProject, testProject } from '../testing/project.ts'

/** A real tarball, as npm packs one. */
const TARBALL = tar([{ name: 'package/package.json', data: '{"name": "@acme/server"}' }])

const WEIGHTS = safetensors(50_000)
const served = () => [
  repository('acme/tiny', {
    'config.json': '{"auto_map": {"AutoModel": "other/code--modeling.Model"}}',
    'README.md': '# Tiny\n',
    'model.safetensors': { bytes: WEIGHTS, lfs: true },
    'a b#1?.txt': 'hello\n',
  }),
  repository('acme/second', { 'config.json': '{}' }),
  repository('acme/rows', { 'data.csv': 'a,b\n1,2\n' }, { type: 'dataset' }),
]
const pkg: ServedPackage = {
  name: '@acme/server',
  latest: '1.0.0',
  versions: { '1.0.0': { tarball: gzipSync(TARBALL), dependencies: { zod: '^3.0.0' } } },
}
const layers = (fill: number) =>
  [['application/vnd.ollama.image.params', Buffer.from(`{"top_k": ${fill}}`)]] as const

let [hub, npm, ollama] = [] as unknown as [HubServer, RegistryServer, RegistryServer]
const store = { 'library/small': { tags: new Map([['1b', layers(1)]]) } }
let project: TestProject

beforeAll(async () => {
  hub = await hubServer(served(), 2)
  npm = await npmServer([pkg])
  ollama = await ociServer(store, { byDigest: false })
})
afterAll(async () => {
  for (const server of [hub, npm, ollama]) await server[Symbol.asyncDispose]()
})

const manifest = () => `models:
  - hf:acme/tiny@v1
  - hf:acme/second@main
  - ollama:${ollama.host}/library/small:1b
datasets:
  - hf:datasets/acme/rows
plugins:
  - npm:@acme/server@1.0.0
`

beforeEach(() => {
  hub.repositories.splice(0, Infinity, ...served())
  for (const key of Object.keys(hub.mischief)) delete hub.mischief[key as keyof typeof hub.mischief]
  hub.seen.length = 0
  store['library/small'].tags.set('1b', layers(1))
  const tiny = hub.repositories[0]
  tiny?.tags.set('v1', tiny.branches.get('main') ?? '')
  project = testProject({ HF_ENDPOINT: hub.endpoint, npm_config_registry: npm.endpoint })
  project.write('weighmaster.yaml', manifest())
  return () => project[Symbol.dispose]()
})

const lockText = () => readFileSync(path.join(project.folder, 'weighmaster.lock'), 'utf8')
const at = (...parts: string[]) => path.join(project.folder, 'artifacts', ...parts)
const rules = async (...args: string[]) => {
  const { code, stdout, stderr } = await project.run('verify', '-f', 'json', ...args)
  const found = stdout === '' ? [] : JSON.parse(stdout).findings.map((f: { rule: string }) => f.rule)
  const own = new Set<string>(found.filter((rule: string) => /^(?:lock|identity)\//.test(rule)))
  return { code, stderr, rules: [...own].toSorted(byCodePoint) }
}
const ready = async () => {
  expect(await project.run('lock')).toMatchObject({ code: 0 })
  expect(await project.run('pull')).toMatchObject({ code: 0 })
}

describe('init, lock, pull, verify', () => {
  it('go from nothing to a project that is what it was locked as', async () => {
    rmSync(path.join(project.folder, 'weighmaster.yaml'))
    project.write(
      'train.py',
      'AutoModel.from_pretrained("acme/tiny", revision="v1")\nload_dataset("acme/rows")\n',
    )
    project.write(
      '.mcp.json',
      '{"mcpServers": {"s": {"command": "npx", "args": ["-y", "@acme/server@1.0.0"]}}}',
    )
    project.write('Modelfile', `FROM small:1b\n`)
    expect(await project.run('init')).toMatchObject({ code: 0 })
    const written = readFileSync(path.join(project.folder, 'weighmaster.yaml'), 'utf8')
    expect(written).toContain('"hf:acme/tiny"')
    expect(written).toContain('"hf:datasets/acme/rows"')
    expect(written).toContain('"npm:@acme/server@1.0.0"')
    expect(written).toContain('"ollama:small:1b"')
    // The public registry is not asked in a test: the person edits the host, as they may.
    project.write('weighmaster.yaml', written.replace('ollama:small', `ollama:${ollama.host}/library/small`))
    await ready()
    expect(await rules('--frozen')).toEqual({ code: 0, stderr: '', rules: [] })
  })

  it('lock the same bytes twice, with everything a reviewer asks for', async () => {
    expect(await project.run('lock')).toMatchObject({ code: 0 })
    const first = lockText()
    rmSync(path.join(project.folder, 'weighmaster.lock'))
    expect(await project.run('lock')).toMatchObject({ code: 0 })
    expect(lockText()).toBe(first)
    const { entries } = JSON.parse(first)
    const tiny = entries.find((e: { asked: { ref: string } }) => e.asked.ref === 'hf:acme/tiny@v1')
    expect(tiny.resolved).toMatchObject({
      id: 'acme/tiny',
      author: 'acme',
      licence: 'apache-2.0',
      endpoint: hub.endpoint,
    })
    expect(tiny.edges).toEqual([{ from: 'config.json', role: 'auto_map', target: 'hf:other/code' }])
    expect(tiny.files['model.safetensors']).toMatchObject({
      origin: 'claimed',
      lfs: true,
      size: WEIGHTS.length,
    })
    expect(tiny.files['config.json']).toMatchObject({ origin: 'computed' })
    const plugin = entries.find((e: { asked: { kind: string } }) => e.asked.kind === 'plugins')
    expect(plugin.purl).toBe('pkg:npm/%40acme/server@1.0.0')
    expect(plugin.files['server-1.0.0.tgz'].integrity).toMatch(/^sha512-/)
    expect(plugin.edges).toEqual([{ from: 'package.json', role: 'npm', target: 'npm:zod@^3.0.0' }])
  })

  it('keep what is locked, and change one entry where told to', async () => {
    await project.run('lock')
    const before = lockText()
    for (const repo of hub.repositories) commit(repo, 'main', { 'config.json': '{"new": 1}' })
    await project.run('lock')
    expect(lockText()).toBe(before)
    expect((await project.run('outdated')).stdout).toMatch(/^hf:acme\/second@main .* → /m)
    expect(await project.run('lock', '--update', 'hf:acme/second')).toMatchObject({ code: 0 })
    expect(lockText()).not.toBe(before)
    project.write('old.lock', before)
    const changes = await project.run('diff', 'old.lock', 'weighmaster.lock', '-f', 'markdown')
    expect(changes.stdout).toContain('#### Changed `hf:acme/second@main`')
    expect(changes.stdout).toContain('changed `config.json`')
    expect(changes.stdout).not.toContain('acme/tiny')
    expect(await project.run('lock', '--update', 'hf:nobody/none')).toMatchObject({ code: 4 })
  })

  it('check that manifest and lock agree', async () => {
    await project.run('lock')
    expect(await project.run('lock', '--check')).toMatchObject({ code: 0 })
    project.write('weighmaster.yaml', manifest().replace('second@main', 'second@dev'))
    const ran = await project.run('lock', '--check')
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('lock/drift')
  })

  it('mark as computed what pull has hashed, and keep that', async () => {
    await ready()
    const text = lockText()
    expect(text).not.toContain('claimed')
    await project.run('lock', '--update')
    expect(lockText()).toBe(text)
  })
})

describe('verify', () => {
  beforeEach(ready)

  it.each<[string, () => void, string[]]>([
    ['one byte flipped', () => flip(at('models/acme/tiny/model.safetensors')), ['lock/changed']],
    ['one file more', () => writeFileSync(at('models/acme/second/x.py'), 'x = 1\n'), ['lock/extra']],
    ['one file less', () => rmSync(at('models/acme/tiny/README.md')), ['lock/missing']],
    [
      'a link instead of a file',
      () => swap(at('models/acme/tiny/README.md'), at('README.md')),
      ['lock/link-swapped'],
    ],
    [
      'a link that leaves',
      () => swap(at('models/acme/tiny/README.md'), path.join(project.folder, 'x')),
      ['lock/link-swapped'],
    ],
    ['an entry that is gone', () => rmSync(at('plugins'), { recursive: true }), ['lock/absent']],
    [
      'an entry that is a link',
      () => swap(at('models/acme/second'), path.join(project.folder, 's')),
      ['lock/link-swapped'],
    ],
  ])('finds %s', async (_, change, expected) => {
    change()
    const { code, rules: found } = await rules()
    expect(found).toEqual(expect.arrayContaining(expected))
    expect(code).toBe(1)
  })

  it('is offline', async () => {
    hub.seen.length = 0
    npm.seen.length = 0
    expect((await rules('--frozen')).code).toBe(0)
    expect([...hub.seen, ...npm.seen]).toEqual([])
  })

  it('--frozen finds files that nothing locks, and a manifest that went on', async () => {
    writeFileSync(at('models/stray.bin'), 'x')
    expect(await rules()).toMatchObject({ code: 0 })
    expect((await rules('--frozen')).rules).toEqual(['lock/untracked'])
    project.write('weighmaster.yaml', manifest().replace('  - hf:acme/second@main\n', ''))
    expect((await rules('--frozen')).rules).toEqual(['lock/drift', 'lock/untracked'])
  })

  it('--online finds a repository that was registered anew', async () => {
    hub.repositories.splice(
      1,
      1,
      repository('acme/second', { 'config.json': '{}' }, { number: 'f'.repeat(24) }),
    )
    const { code, rules: found } = await rules('--online')
    expect(found).toEqual(['identity/recreated'])
    expect(code).toBe(1)
  })

  it('--online finds a tag that moved, and takes a branch that went on for what it is', async () => {
    const [tiny, second] = hub.repositories
    if (tiny) tiny.tags.set('v1', commit(tiny, 'main', { 'config.json': '{"evil": 1}' }))
    if (second) commit(second, 'main', { 'config.json': '{"new": 1}' })
    const { code, rules: found } = await rules('--online')
    expect(found).toEqual(['identity/branch-moved', 'identity/tag-moved'])
    expect(code).toBe(1)
  })

  it('--online finds history rewritten, owners gone, moved names and tags of other registries', async () => {
    const [tiny, second, rows] = hub.repositories
    if (tiny) tiny.commits.delete(tiny.tags.get('v1') ?? '')
    if (second) {
      second.formerly.add(second.name)
      second.name = 'taken/second'
    }
    if (rows) rows.disabled = true
    store['library/small'].tags.set('1b', layers(2))
    const { code, rules: found } = await rules('--online')
    expect(found).toEqual(['identity/gone', 'identity/moved', 'identity/pin-gone', 'identity/tag-moved'])
    expect(code).toBe(1)
  })
})

describe('pull', () => {
  beforeEach(() => project.run('lock'))

  const tree = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : []

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

  it('fills a Hugging Face cache that verify reads', async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny@v1]')
    await project.run('lock')
    expect(await project.run('pull', '--to-hf-cache')).toMatchObject({ code: 0 })
    expect(await rules('--hf-cache')).toMatchObject({ code: 0 })
    const blobs = path.join(project.folder, '.hf/hub/models--acme--tiny/blobs')
    const blob = readdirSync(blobs).find((name) => name.length === 64) ?? ''
    flip(path.join(blobs, blob))
    expect((await rules('--hf-cache')).rules).toEqual(expect.arrayContaining(['lock/changed']))
  })
})

describe('bad input is one line and exit 4', () => {
  it.each<[string, string, () => void, RegExp]>([
    ['an unknown repository', 'hf:acme/none', () => undefined, /no such repository, or it is private/],
    ['an unknown revision', 'hf:acme/tiny@nope', () => undefined, /no such revision/],
    ['a private repository', 'hf:acme/tiny', () => close({ private: true }), /private/],
    ['a gated repository', 'hf:acme/tiny', () => close({ gated: 'manual' }), /gated/],
    [
      'traversal in a listing',
      'hf:acme/second',
      () => relist({ path: '../../x' }),
      /would leave its folder \(traversal\)/,
    ],
    [
      'a listing that contradicts itself',
      'hf:acme/tiny',
      () => relist({ oid: '0'.repeat(40) }),
      /contradicts itself|not the Git object/,
    ],
    ['an unsupported scheme', 'pypi:foo==1.0', () => undefined, /cannot resolve them yet/],
    ['an unknown npm version', 'npm:@acme/server@9.9.9', () => undefined, /no version or dist-tag '9\.9\.9'/],
  ])('%s', async (_, ref, prepare, message) => {
    prepare()
    project.write('weighmaster.yaml', `models: [${JSON.stringify(ref)}]`)
    const ran = await project.run('lock')
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr.trim().split('\n')).toHaveLength(1)
    expect(existsSync(path.join(project.folder, 'weighmaster.lock'))).toBe(false)
  })

  it('a lock with the marks of a merge', async () => {
    project.write('weighmaster.lock', '{\n<<<<<<< HEAD\n  "entries": []\n=======\n')
    expect(await project.run('verify')).toMatchObject({
      code: 4,
      stderr: /weighmaster\.lock:2: conflict markers/,
    })
  })

  it('no lock and no manifest', async () => {
    expect(await project.run('verify')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/weighmaster lock writes it/),
    })
    rmSync(path.join(project.folder, 'weighmaster.yaml'))
    expect(await project.run('lock')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/weighmaster init writes/),
    })
  })
})

function flip(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(file, bytes)
}

function swap(file: string, to: string): void {
  if (existsSync(to)) rmSync(to, { recursive: true })
  if (existsSync(file)) {
    const isFolder = readdirSync(path.dirname(file), { withFileTypes: true }).some(
      (e) => e.isDirectory() && e.name === path.basename(file),
    )
    if (isFolder) mkdirSync(to)
    else writeFileSync(to, readFileSync(file))
    rmSync(file, { recursive: true })
  }
  symlinkSync(path.relative(path.dirname(file), to), file)
}

function close(how: { private?: boolean; gated?: 'manual' }): void {
  const [tiny] = hub.repositories
  if (tiny) Object.assign(tiny, how)
}

function relist(change: Record<string, unknown>): void {
  hub.mischief.relist = (entry) => ({ ...entry, ...change })
}
