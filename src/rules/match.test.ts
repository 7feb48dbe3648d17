import { describe, expect, test } from 'vitest'
import type { Fact, JsonObject } from '../model/fact.ts'
import { match } from './match.ts'
import type { Condition, FieldTest } from './schema.ts'
import { artifactOf, factOf, ruleOf, rulesetOf } from './testing/demo.ts'

const FILE = artifactOf('models/a.pkl')
const LISTS = {
  sinks: { kind: 'names', entries: ['builtins.eval', 'os.*', 'a.b.c.*'], acceptable: false },
  known: { kind: 'names', entries: ['demo.thing'], acceptable: true },
} as const

const hits = (when: Condition, ...facts: Fact[]) => match(rulesetOf([ruleOf(when)], LISTS), [FILE], facts)
const thing = (data: JsonObject, more = {}) => factOf(FILE, 'demo.thing', data, more)
const other = (data: JsonObject, more = {}) => factOf(FILE, 'demo.other', data, more)

describe('tests of one field', () => {
  test.each<[string, FieldTest, JsonObject[string] | undefined, boolean]>([
    ['equals', { equals: 'a' }, 'a', true],
    ['equals another', { equals: 'a' }, 'b', false],
    ['equals is strict', { equals: 1 }, '1', false],
    ['equals nothing', { equals: 'a' }, undefined, false],
    ['equals an element', { equals: 'b' }, ['a', 'b'], true],
    ['in', { in: ['a', 'b'] }, 'b', true],
    ['not in', { in: ['a', 'b'] }, 'c', false],
    ['in, of an array', { in: ['a', 'b'] }, ['x', 'a'], true],
    ['regex anywhere', { regex: 'b+' }, 'abbc', true],
    ['regex over lines', { regex: '^a.c$' }, 'a\nc', true],
    ['regex on a number', { regex: '1' }, 1, false],
    ['regex on elements', { regex: '^b$' }, ['a', 'b'], true],
    ['min and max', { min: 2, max: 4 }, 3, true],
    ['over max', { min: 2, max: 4 }, 5, false],
    ['one element must pass all', { min: 2, max: 4 }, [1, 5], false],
    ['min on text', { min: 2 }, '3', false],
    ['exists', { exists: true }, 0, true],
    ['exists not', { exists: true }, undefined, false],
    ['null is absent', { exists: false }, null, true],
    ['list, exact', { list: 'sinks' }, 'builtins.eval', true],
    ['list, no prefix', { list: 'sinks' }, 'builtins.evaluate', false],
    ['list, no attribute of an exact name', { list: 'sinks' }, 'builtins.eval.x', false],
    ['list, the module', { list: 'sinks' }, 'os', true],
    ['list, an attribute', { list: 'sinks' }, 'os.system', true],
    ['list, a submodule', { list: 'sinks' }, 'os.path.join', true],
    ['list, a longer name', { list: 'sinks' }, 'osmnx.load', false],
    ['list, a deep module', { list: 'sinks' }, 'a.b.c.d.e', true],
    ['list, its parent', { list: 'sinks' }, 'a.b.x', false],
    ['list, elements', { list: 'sinks' }, ['x', 'os.system'], true],
  ])('%s', (_, field, value, expected) => {
    const data: JsonObject = value === undefined ? {} : { f: value }
    expect(hits({ fact: 'demo.thing', where: { f: field } }, thing(data)).length > 0).toBe(expected)
  })

  test('a field named like a property of every object is absent', () => {
    const when = { fact: 'demo.thing', where: { constructor: { exists: true } } }
    expect(hits(when, thing({}))).toEqual([])
  })
})

describe('conditions', () => {
  const a = { fact: 'demo.thing', where: { f: { equals: 'a' } } } as const
  const b = { fact: 'demo.other', where: { f: { equals: 'b' } } } as const

  test('not leaves out facts for which everything in one exclusion holds', () => {
    const when = {
      fact: 'demo.thing',
      not: [{ where: { f: { equals: 'a' }, g: { equals: 1 } } }, { where: { f: { equals: 'z' } } }],
    }
    expect(hits(when, thing({ f: 'a', g: 1 }), thing({ f: 'z' }))).toEqual([])
    expect(hits(when, thing({ f: 'a', g: 2 }), thing({ f: 'b' }))).toHaveLength(2)
  })

  test('all needs each in the same artifact, and is one finding at the first', () => {
    const found = hits(
      { all: [a, b] },
      other({ f: 'b' }, { at: { offset: 3 } }),
      thing({ f: 'a' }, { at: { offset: 9 } }),
    )
    expect(found).toMatchObject([
      { at: { offset: 9 }, count: 2, evidence: [{ at: { offset: 9 } }, { at: { offset: 3 } }] },
    ])
    expect(hits({ all: [a, b] }, thing({ f: 'a' }))).toEqual([])
    const elsewhere = artifactOf('models/b.pkl')
    const apart = [thing({ f: 'a' }), factOf(elsewhere, 'demo.other', { f: 'b' })]
    expect(match(rulesetOf([ruleOf({ all: [a, b] })]), [FILE, elsewhere], apart)).toEqual([])
  })

  test('any needs one; not needs none', () => {
    expect(hits({ any: [a, b] }, other({ f: 'b' }))).toHaveLength(1)
    expect(hits({ all: [a, { not: b }] }, thing({ f: 'a' }))).toHaveLength(1)
    expect(hits({ all: [a, { not: b }] }, thing({ f: 'a' }), other({ f: 'b' }))).toEqual([])
    expect(hits({ all: [a, { not: { any: [b, a] } }] }, thing({ f: 'a' }))).toEqual([])
  })

  test('count sums occurrences over the artifact', () => {
    const many = { ...a, count: { min: 3 } }
    expect(hits(many, thing({ f: 'a', g: 1 }, { count: 2 }))).toEqual([])
    expect(hits(many, thing({ f: 'a', g: 1 }, { count: 2 }), thing({ f: 'a', g: 2 }))).toHaveLength(2)
    expect(
      hits({ all: [many] }, thing({ f: 'a', g: 1 }, { count: 2 }), thing({ f: 'a', g: 2 })),
    ).toHaveLength(1)
    const few = { all: [a, { ...b, count: { max: 1 } }] }
    expect(hits(few, thing({ f: 'a' }), other({ f: 'b' }))).toHaveLength(1)
    expect(hits(few, thing({ f: 'a' }))).toHaveLength(1)
    expect(hits(few, thing({ f: 'a' }), other({ f: 'b' }, { count: 2 }))).toEqual([])
  })
})

describe('a finding', () => {
  test('fills the message from the data, with what could forge output encoded', () => {
    const rule = ruleOf({ fact: 'demo.thing' }, { message: '{name} of {args} ({size}, {none})' })
    const name = 'a\n\u001b[31mPASS\u202e%'
    const [found] = match(rulesetOf([rule]), [FILE], [thing({ name, args: ['x', 'y\u0000'], size: 3 })])
    expect(found?.message).toBe('a%0A%1B[31mPASS%E2%80%AE%25 of x, y%00 (3, ?)')
  })

  test('shortens a value of a megabyte', () => {
    const rule = ruleOf({ fact: 'demo.thing' }, { message: '{name}' })
    const [found] = match(rulesetOf([rule]), [FILE], [thing({ name: 'x'.repeat(1_000_000) })])
    expect(found?.message).toHaveLength(201)
  })

  test('does not fill what a value pretends to be', () => {
    const rule = ruleOf({ fact: 'demo.thing' }, { message: '{name} {size}' })
    const [found] = match(rulesetOf([rule]), [FILE], [thing({ name: '{size}', size: 3 })])
    expect(found?.message).toBe('{size} 3')
  })

  test('has a subject, but not where the name stands on a list of dangers', () => {
    const when = { fact: 'demo.thing', where: { name: { list: 'sinks' } } }
    const data = { name: 'os.system' }
    const subject = (condition: Condition) =>
      match(
        rulesetOf([ruleOf(condition, { subject: 'name' })], LISTS),
        [FILE],
        [thing(data), thing({ name: 'demo.thing' })],
      ).map((finding) => finding.subject)
    expect(subject(when)).toEqual([undefined])
    expect(subject({ fact: 'demo.thing' })).toEqual(['os.system', 'demo.thing'])
    expect(subject({ fact: 'demo.thing', where: { name: { list: 'known' } } })).toEqual(['demo.thing'])
  })

  test('has a fingerprint that ignores places, tells occurrences apart and depends on the path', () => {
    const ruleset = rulesetOf([ruleOf({ fact: 'demo.thing' })])
    const prints = (file: typeof FILE, offsets: number[]) =>
      match(
        ruleset,
        [file],
        offsets.map((offset) => factOf(file, 'demo.thing', { f: 'a', offset }, { at: { offset } })),
      ).map((finding) => finding.fingerprint)
    const first = prints(FILE, [10, 20])
    expect(new Set(first).size).toBe(2)
    expect(prints(FILE, [110, 120])).toEqual(first)
    expect(prints(artifactOf('models/b.pkl'), [10, 20])).not.toContain(first[0])
  })

  test('order is artifact path, offset, rule, whatever the order of facts and rules', () => {
    const files = [artifactOf('b'), artifactOf('a', 'm'), artifactOf('a')]
    const facts = files.flatMap((file) => [
      factOf(file, 'demo.thing', { n: 2 }, { at: { offset: 20 } }),
      factOf(file, 'demo.thing', { n: 1 }, { at: { offset: 3 } }),
      factOf(file, 'demo.thing', { n: 0 }),
    ])
    const rules = ['z/z', 'a/a'].map((id) => ruleOf({ fact: 'demo.thing' }, { id }))
    const found = match(rulesetOf(rules), files, facts).map((f) => {
      const offset = f.at && 'offset' in f.at ? f.at.offset : '-'
      return `${f.path} ${offset} ${f.rule}`
    })
    const places = ['-', '3', '20'].flatMap((at) => [`${at} a/a`, `${at} z/z`])
    expect(found).toEqual(['a', 'a!/m', 'b'].flatMap((path) => places.map((place) => `${path} ${place}`)))
  })
})

test('a name with a million dots is looked up like any other', () => {
  const when = { fact: 'demo.thing', where: { name: { list: 'sinks' } } }
  expect(hits(when, thing({ name: 'x.'.repeat(1_000_000) }))).toEqual([])
  expect(hits(when, thing({ name: `os.${'x.'.repeat(1_000_000)}` }))).toHaveLength(1)
})

test('a regular expression that makes backtracking engines hang is linear', () => {
  const when = { fact: 'demo.thing', where: { name: { regex: '^(a+)+$' } } }
  expect(hits(when, thing({ name: `${'a'.repeat(100_000)}!` }))).toEqual([])
})
