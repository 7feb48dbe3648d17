import { describe, expect, test } from 'vitest'
import { UsageError } from '../model/trouble.ts'
import { parseSettings, SETTINGS_BYTES } from './settings.ts'

const read = (text: string) => parseSettings(text, 'f.yaml').json()

describe('what is refused, and where', () => {
  const laughs = [
    'a: &a [x, x]',
    ...[...'bcdefghi'].map((c, i) => `${c}: &${c} [*${'abcdefgh'[i]}, *${'abcdefgh'[i]}]`),
  ]

  test.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3', "f.yaml:3:1: the key 'a' stands here twice"],
    ['a duplicate key further in', 'x:\n  - {k: 1, k: 2}', 'f.yaml:2:12: x[0]: the key'],
    ['an anchor', 'a: &x [1]', 'f.yaml:1:7: anchor &x'],
    ['an alias', 'a: 1\nb: *x', 'f.yaml:2:4'],
    ['aliases of aliases (billion laughs)', laughs.join('\n'), 'f.yaml:1:7: anchor &a'],
    ['a tag that makes functions', 'a: !!js/function "x"', 'f.yaml:1:4: Unresolved tag'],
    [
      'a tag that makes Python objects',
      'a: !!python/object/apply:os.system [x]',
      'f.yaml:1:4: Unresolved tag',
    ],
    ['a binary', 'a: !!binary aGk=', 'f.yaml:1:13: tag'],
    ['several documents', 'a: 1\n---\nb: 2', 'f.yaml:2:1'],
    ['an open list', 'a: [1', 'f.yaml:1:6'],
    ['a key that is no text', '1: a', 'f.yaml:1:1: keys must be strings'],
    ['a list as key', '? [a]\n: 1', 'f.yaml:1:3: keys must be strings'],
    ['nothing', '', 'f.yaml:1:1: the file is empty'],
    ['seventy levels', `a: ${'['.repeat(70)}${']'.repeat(70)}`, 'nested more than 64 levels'],
    ['no number', 'a: .nan', 'f.yaml:1:4: a: must be a number'],
  ])('%s', (_, text, message) => {
    expect(() => read(text)).toThrow(UsageError)
    expect(() => read(text)).toThrow(message)
  })

  test('a hundred thousand open brackets end in one line', () => {
    expect(() => read('['.repeat(100_000))).toThrow(UsageError)
  })

  test('a file of more bytes than any rule file has', () => {
    expect(() => read(`a: ${'x'.repeat(SETTINGS_BYTES)}`)).toThrow('f.yaml: larger than')
  })

  test('a message never draws on a terminal', () => {
    const quoted = '"\\e[31m": {}'
    const message = capture(() => parseSettings(quoted, 'f.yaml').object({ a: 'optional' }))
    expect(message).toContain("unknown key ' [31m'; known here: a")
    expect(message).not.toMatch(/\p{Cc}/u)
  })
})

describe('what is read', () => {
  test('YAML 1.2 scalars: no, on and dates are text; a merge key is a key like any other', () => {
    expect(read('a: no\nb: on\nc: 2026-01-01\nd: 0x10\ne: null\n"<<": {f: true}')).toEqual({
      a: 'no',
      b: 'on',
      c: '2026-01-01',
      d: 16,
      e: null,
      '<<': { f: true },
    })
  })

  test('the name __proto__ is data', () => {
    const value = parseSettings('__proto__: {polluted: yes}', 'f.yaml').entries()
    expect(value.map(([key]) => key)).toEqual(['__proto__'])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('a missing key, an unknown key and a wrong type name their place and what is wanted', () => {
    const root = parseSettings('one: 1\ntwo:\n  - three', 'f.yaml')
    expect(() => root.object({ one: 'required', two: 'optional', four: 'required' })).toThrow(
      "f.yaml:1:1: 'four' is missing; add it",
    )
    expect(() => root.object({ one: 'required' })).toThrow(
      "f.yaml:3:3: two: unknown key 'two'; known here: one",
    )
    expect(() => root.find(['one']).string()).toThrow('f.yaml:1:6: one: must be a string, is a number')
    expect(() => root.find(['two', 0]).number()).toThrow('f.yaml:3:5: two[0]: must be a number, is a string')
    expect(() => root.find(['two']).wholeNumber()).toThrow('must be a number, is a list')
  })
})

function capture(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return ''
}
