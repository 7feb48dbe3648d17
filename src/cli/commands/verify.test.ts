import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { commit, repository } from '../../../fixtures/servers/hub.ts'
import {
  at,
  flip,
  hub,
  layers,
  manifest,
  npm,
  project,
  ready,
  rules,
  store,
  swap,
} from '../../../fixtures/servers/served-project.ts'

describe('verify', () => {
  beforeEach(ready, 60_000)

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
