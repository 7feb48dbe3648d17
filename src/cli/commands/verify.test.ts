import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  at,
  flip,
  hub,
  manifest,
  npm,
  project,
  ready,
  rules,
  swap,
} from '../../../fixtures/servers/served-project.ts'

describe('verify', () => {
  beforeEach(ready, 60_000)

  it.each<[string, () => void, string[]]>([
    ['one byte flipped', () => flip(at('models/acme/tiny/model.safetensors')), ['lock/changed']],
    ['one file more', () => writeFileSync(at('models/acme/second/x.py'), 'x = 1\n'), ['lock/extra']],
    [
      'a renamed file',
      () => renameSync(at('models/acme/tiny/README.md'), at('models/acme/tiny/readme-2.md')),
      ['lock/renamed'],
    ],
    [
      'a name that differs in case',
      () => writeFileSync(at('models/acme/tiny/Config.json'), '{}'),
      ['lock/collision'],
    ],
    [
      'a name that differs in Unicode form',
      () => {
        renameSync(at('models/acme/tiny/caf\u00e9.txt'), at('models/acme/tiny/cafe\u0301.txt'))
        writeFileSync(at('models/acme/tiny/caf\u00e9.txt'), 'menu\n')
      },
      ['lock/collision'],
    ],
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
    expect(await rules()).toMatchObject({ code: 1, rules: expected })
  })

  it('computes what was only claimed, and keeps that where nothing is frozen', async () => {
    const computed = project.read('weighmaster.lock')
    const claimed = computed.replaceAll('"origin":"computed"', '"origin":"claimed"')
    project.write('weighmaster.lock', claimed)
    expect(await rules('--frozen')).toMatchObject({ code: 0 })
    expect(project.read('weighmaster.lock')).toBe(claimed)
    flip(at('models/acme/tiny/model.safetensors'))
    expect(await rules()).toMatchObject({ code: 1 })
    flip(at('models/acme/tiny/model.safetensors'))
    const { entries } = JSON.parse(project.read('weighmaster.lock'))
    const origins = entries.map((e: { files: Record<string, { origin: string }> }) => [
      ...new Set(Object.values(e.files).map(({ origin }) => origin)),
    ])
    expect(origins.flat().filter((origin: string) => origin === 'claimed')).toHaveLength(1)
    expect(await rules()).toMatchObject({ code: 0 })
    expect(project.read('weighmaster.lock')).toBe(computed)
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

  it('--from looks in a folder that pull --to wrote', async () => {
    expect(await project.run('pull', '--to', 'elsewhere')).toMatchObject({ code: 0 })
    expect(await rules('--from', 'elsewhere')).toEqual({ code: 0, stderr: '', rules: [] })
    flip(path.join(project.folder, 'elsewhere/artifacts/models/acme/tiny/model.safetensors'))
    expect(await rules('--from', 'elsewhere')).toMatchObject({ code: 1, rules: ['lock/changed'] })
    expect(await rules()).toMatchObject({ code: 0 })
  })

  it('--ollama-store looks at what is locked of a store that holds other models too', async () => {
    const { entries } = JSON.parse(project.read('weighmaster.lock'))
    const { asked } = entries.find((e: { asked: { ref: string } }) => e.asked.ref.startsWith('ollama:'))
    project.write(`${asked.path}/manifests/registry.ollama.ai/library/other/latest`, '{}')
    const store = path.join(project.folder, asked.path)
    expect(await rules('--ollama-store', store)).toEqual({ code: 0, stderr: '', rules: [] })
    const [blob = ''] = readdirSync(path.join(store, 'blobs'))
    flip(path.join(store, 'blobs', blob))
    expect(await rules('--ollama-store', store)).toMatchObject({ code: 1, rules: ['lock/changed'] })
    rmSync(path.join(store, 'blobs', blob))
    expect(await rules('--ollama-store', store)).toMatchObject({ code: 1, rules: ['lock/missing'] })
  })
})

describe('verify --hf-cache', () => {
  const cached = (...parts: string[]) => path.join(project.folder, '.hf/hub/models--acme--tiny', ...parts)
  let pin = ''
  beforeEach(async () => {
    project.write('weighmaster.yaml', 'models: [hf:acme/tiny@v1]')
    await project.run('lock')
    expect(await project.run('pull', '--to-hf-cache')).toMatchObject({ code: 0 })
    pin = hub.repositories[0]?.tags.get('v1') ?? ''
  }, 60_000)

  it('finds a blob that was rewritten under its name', async () => {
    expect(await rules('--hf-cache')).toEqual({ code: 0, stderr: '', rules: [] })
    flip(cached('blobs', readdirSync(cached('blobs')).find((name) => name.length === 64) ?? ''))
    expect(await rules('--hf-cache')).toMatchObject({ code: 1, rules: ['lock/changed'] })
  })

  it('finds a link to another blob, and takes blobs with the names of chunk storage', async () => {
    const link = cached('snapshots', pin, 'model.safetensors')
    const blob = readlinkSync(link)
    const chunked = path.join(path.dirname(blob), 'f'.repeat(64))
    renameSync(cached('blobs', path.basename(blob)), cached('blobs', 'f'.repeat(64)))
    rmSync(link)
    symlinkSync(chunked, link)
    expect(await rules('--hf-cache')).toEqual({ code: 0, stderr: '', rules: [] })
    rmSync(link)
    symlinkSync(readlinkSync(cached('snapshots', pin, 'config.json')), link)
    expect((await rules('--hf-cache')).rules).toEqual(['lock/changed', 'lock/link-swapped'])
  })

  it('holds the listing of the cache against the lock', async () => {
    const { entries } = JSON.parse(project.read('weighmaster.lock'))
    type Locked = Record<string, { size: number; sha256: string; gitBlob: string; lfs?: boolean }>
    const listing = Object.fromEntries(
      Object.entries(entries[0].files as Locked).map(([file, { size, sha256, gitBlob, lfs }]) => [
        file,
        {
          size,
          blob_id: gitBlob,
          lfs_sha256: lfs ? sha256 : null,
          lfs_size: lfs ? size : null,
          xet_hash: null,
        },
      ]),
    )
    const tell = (files: object) => {
      mkdirSync(cached('trees'), { recursive: true })
      writeFileSync(cached('trees', `${pin}.json`), JSON.stringify({ format_version: 1, files }))
    }
    tell(listing)
    expect(await rules('--hf-cache')).toEqual({ code: 0, stderr: '', rules: [] })
    const weights = listing['model.safetensors']
    for (const lie of [
      { ...listing, 'model.safetensors': { ...weights, lfs_sha256: '0'.repeat(64) } },
      { ...listing, 'config.json': { ...listing['config.json'], blob_id: '0'.repeat(40) } },
      { ...listing, 'model.safetensors': { ...weights, lfs_size: 3 } },
      { ...listing, 'evil.py': { size: 1, blob_id: '0'.repeat(40) } },
    ]) {
      tell(lie)
      expect(await rules('--hf-cache')).toMatchObject({ code: 1, rules: ['lock/listing-differs'] })
    }
    writeFileSync(cached('trees', `${pin}.json`), '{"files": ')
    expect(await rules('--hf-cache')).toMatchObject({ code: 1, rules: ['lock/listing-differs'] })
  })
})
