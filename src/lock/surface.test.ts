import { describe, expect, it } from 'vitest'
import { surfaceParts } from '../codec/plugin/surface-parts.ts'
import type { Fact, Json } from '../model/fact.ts'
import type { LockEntry } from '../model/lock.ts'
import { capabilityChanges, compareSurface, hasBaseline, observedOf, partChanges } from './surface.ts'

const parts = (kind: 'tool' | 'launch' | 'instructions', server: string, name: string, value: Json): Fact[] =>
  surfaceParts(kind, server, name, value).map((draft) => ({
    ...{ kind: draft.kind, data: draft.data, artifact: 'x', count: 1, locations: [] },
  }))

const SEARCH = {
  name: 'search',
  description: 'Searches.',
  inputSchema: { type: 'object', properties: { q: {} } },
}

describe('a surface', () => {
  it('is the same for the same definition in any order of keys, and another for another value', () => {
    const { inputSchema, ...rest } = SEARCH
    const one = observedOf(parts('tool', '', 'search', SEARCH), [])
    const turned = observedOf(parts('tool', '', 'search', { inputSchema, ...rest }), [])
    expect(turned.surface).toEqual(one.surface)
    const other = observedOf(parts('tool', '', 'search', { ...SEARCH, description: 'Searches! ' }), [])
    expect(partChanges(one.surface, other.surface)).toEqual([
      { name: 'tool:search#description', how: 'changed' },
    ])
  })

  it('has the digests of RFC 8785', () => {
    // The example of RFC 8785, 3.2.4, without its control characters: keys in the order of UTF-16 units.
    const value = {
      '\u20ac': 1,
      '\ud83d\ude00': 2,
      '\ufb33': 3,
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3],
    }
    const [whole] = surfaceParts('tool', '', 't', value)
    const canonical = '{"numbers":[333333333.3333333,1e+30,4.5,0.002],"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3}'
    const { createHash } = process.getBuiltinModule('node:crypto')
    expect(whole?.data.sha256).toBe(createHash('sha256').update(canonical).digest('hex'))
  })

  it('keeps the texts that a person reviews, under paths that no file has', () => {
    const { texts } = observedOf([...parts('tool', 'mail', '../x', { description: 'Sends.\r\nNow.' })], [])
    expect(texts).toEqual([{ path: '@surface/tool/mail/%2E%2E/x/description.txt', text: 'Sends.\nNow.' }])
  })

  it('holds tools that only code registers, unless a list shows them', () => {
    const data = {
      name: 'search',
      role: 'tool',
      description: 'Searches.',
      annotations: [],
      definition: 'f'.repeat(64),
    }
    const coded: Fact = { kind: 'code.tool', artifact: 'x', count: 1, locations: [], data }
    expect(Object.keys(observedOf([coded], []).surface)).toEqual(['tool:search'])
    const both = observedOf([coded, ...parts('tool', '', 'search', SEARCH)], [])
    expect(Object.values(both.surface)).not.toContain('f'.repeat(64))
  })

  it('holds two definitions of one name', () => {
    const twice = [
      ...parts('tool', '', 'a', { description: '1' }),
      ...parts('tool', '', 'a', { description: '2' }),
    ]
    expect(Object.keys(observedOf(twice, []).surface)).toEqual([
      ...['tool:a', 'tool:a#description', 'tool:a#description~2', 'tool:a~2'],
    ])
  })
})

describe('capabilities', () => {
  it.each<[string, string[], string[], string[]]>([
    ['nothing new', ['exec(git)'], ['exec(git)'], []],
    ['one more', ['exec(git)'], ['exec(git)', 'net(https://a.invalid)'], ['net(https://a.invalid) added']],
    ['another program', ['exec(git)'], ['exec(curl)', 'exec(git)'], ['exec(curl) added']],
    ['a wider scope', ['net(https://a.invalid)'], ['net(https://*)'], ['net(https://*) widened']],
    ['a narrower scope', ['net(https://*)'], ['net(https://a.invalid)'], ['net(https://*) removed']],
    ['any folder for one', ['fs.write(project)'], ['fs.write(*)'], ['fs.write(*) widened']],
    ['less that is read', [], ['unanalyzed(native module)'], ['unanalyzed(native module) coverage-fell']],
    ['less that it does', ['secrets(~/.ssh/id_rsa)'], [], ['secrets(~/.ssh/id_rsa) removed']],
    ['a word of another version', [], ['fly(moon)'], ['fly(moon) added']],
  ])('%s', (_, was, is, expected) => {
    expect(capabilityChanges(was, is).map(({ capability, how }) => `${capability} ${how}`)).toEqual(expected)
  })
})

describe('an entry against its baseline', () => {
  const asked = {
    kind: 'plugins',
    ref: 'npm:a@1.0.0',
    include: [],
    exclude: [],
    owners: ['team@example.org'],
    path: 'a',
  } as const
  const entry = (more: Partial<LockEntry>): LockEntry => ({
    ...{
      asked,
      resolved: { endpoint: '', id: 'a', pin: '1' },
      treeDigest: '',
      files: [],
      edges: [],
      capabilities: [],
    },
    ...more,
  })
  const launch = (command: string) => parts('launch', 'srv', '', { command, env: [] })

  it('tells what changed, and who must approve it', () => {
    const { surface } = observedOf([...parts('tool', '', 'search', SEARCH), ...launch('node a.js')], [])
    const now = observedOf(
      [
        ...parts('tool', '', 'search', { ...SEARCH, description: 'Other.' }),
        ...parts('tool', '', 'run', {}),
        ...launch('sh -c x'),
      ],
      ['exec(sh)'],
    )
    const told = compareSurface(entry({ surface }), now).map(({ kind, data }) => [
      kind,
      data.capability ?? `${data.part}:${data.item}#${data.field}`,
      data.how,
    ])
    expect(told).toEqual([
      ['lock.capability', 'exec(sh)', 'added'],
      ['lock.surface', 'launch:srv#command', 'changed'],
      ['lock.surface', 'tool:run#', 'added'],
      ['lock.surface', 'tool:search#description', 'changed'],
    ])
    const [first] = compareSurface(entry({ surface }), now)
    expect(first?.data.approval).toBe('team@example.org')
  })

  it('is none where it was never inspected', () => {
    expect(hasBaseline(entry({}))).toBe(false)
    expect(hasBaseline(entry({ surface: {} }))).toBe(true)
  })
})
