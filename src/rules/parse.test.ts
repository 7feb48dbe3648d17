import { describe, expect, test } from 'vitest'
import type { FactCatalogue } from '../model/fact.ts'
import { UsageError } from '../model/trouble.ts'
import { filesDigest, type RuleFile } from './files.ts'
import { parseRules } from './parse.ts'

const CATALOGUE: FactCatalogue = {
  'demo.thing': {
    about: 'A thing.',
    fields: { name: 'string', size: 'number', bad: 'boolean', tags: 'strings', more: 'json' },
  },
  'demo.other': { about: 'Another.', fields: { name: 'string' } },
}

const file = (name: string, text: string): RuleFile => ({ name, path: `rules/${name}`, text })

/** A good rule file in which one line may be exchanged. */
function rule(changes: Record<string, string> = {}): string {
  const parts: Record<string, string> = {
    id: 'demo/thing',
    title: 'A thing',
    severity: 'high',
    confidence: 'low',
    when: '{ fact: demo.thing, where: { name: os } }',
    message: "'{name} is a thing'",
    remediation: 'Remove it.',
    taxonomies: '{ cwe: [CWE-502], owasp: [LLM03:2025], atlas: [AML.T0010.003], cve: [CVE-2025-1716] }',
    examples:
      '{ hit: [{ fact: demo.thing, data: { name: os } }], miss: [{ fact: demo.thing, data: { name: re } }] }',
    ...changes,
  }
  const lines = Object.entries(parts).filter(([, value]) => value !== '')
  return `rules:\n${lines.map(([key, value], i) => `${i === 0 ? '  - ' : '    '}${key}: ${value}`).join('\n')}\n`
}

const load = (text: string, ...lists: RuleFile[]) =>
  parseRules([file('demo.yaml', text), ...lists], CATALOGUE)

test('a good rule becomes plain data', () => {
  const { rules } = load(rule())
  expect(rules).toHaveLength(1)
  expect(rules[0]).toMatchObject({
    id: 'demo/thing',
    severity: 'high',
    when: { fact: 'demo.thing', where: { name: { equals: 'os' } } },
    examples: { hit: [[{ fact: 'demo.thing', data: { name: 'os' } }]] },
  })
  expect(JSON.parse(JSON.stringify(rules))).toEqual(rules)
})

describe('a mistake is one line: place, what, way out', () => {
  test.each<[string, Record<string, string>, string]>([
    [
      'unknown key',
      { colour: 'red' },
      "rules/demo.yaml:11:13: rules[0].colour: unknown key 'colour'; known here: id",
    ],
    [
      'unknown severity',
      { severity: 'huge' },
      "4:15: rules[0].severity: 'huge' is none of info, low, medium, high, critical",
    ],
    ['wrong type', { title: '7' }, '3:12: rules[0].title: must be a string, is a number'],
    ['empty text', { title: "''" }, 'must not be empty'],
    [
      'id without the file name',
      { id: 'other/thing' },
      "2:9: rules[0].id: 'other/thing' must begin with 'demo/'",
    ],
    ['id in capitals', { id: 'demo/Thing' }, 'is not a rule id: <file>/<kebab-name>'],
    ['no examples', { examples: '' }, "2:5: rules[0]: 'examples' is missing; add it"],
    ['no miss', { examples: '{ hit: [{ fact: demo.thing, data: {} }] }' }, "'miss' is missing; add it"],
    ['empty hit', { examples: '{ hit: [], miss: [] }' }, 'rules[0].examples.hit: must not be empty'],
    ['bad CWE', { taxonomies: '{ cwe: [502] }' }, 'must be a string, is a number'],
    ['bad ATLAS', { taxonomies: '{ atlas: [T0010] }' }, "'T0010' is not a MITRE ATLAS technique"],
    ['old OWASP', { taxonomies: '{ owasp: [LLM03:2023] }' }, 'is not an OWASP LLM Top 10 2025 id'],
    [
      'unknown fact',
      { when: '{ fact: demo.thin }' },
      "6:19: rules[0].when.fact: unknown fact 'demo.thin'; known: demo.thing, demo.other",
    ],
    [
      'unknown field',
      { when: '{ fact: demo.thing, where: { nam: os } }' },
      "6:45: rules[0].when.where.nam: the fact has no field 'nam'; it has name, size",
    ],
    [
      'unknown list',
      { when: '{ fact: demo.thing, where: { name: { list: sinks } } }' },
      "no list 'sinks'; add rules/lists/sinks.yaml",
    ],
    [
      'number test on text',
      { when: '{ fact: demo.thing, where: { name: { min: 3 } } }' },
      'asks for a number; the field is a string',
    ],
    [
      'regex on a number',
      { when: '{ fact: demo.thing, where: { size: { regex: a } } }' },
      'asks for text; the field is a number',
    ],
    [
      'a value the field never has',
      { when: '{ fact: demo.thing, where: { bad: "yes" } }' },
      '"yes" can never equal a boolean',
    ],
    [
      'backtracking regex',
      { when: "{ fact: demo.thing, where: { name: { regex: '(a)\\1' } } }" },
      'not a regular expression of RE2 syntax',
    ],
    [
      'open regex',
      { when: "{ fact: demo.thing, where: { name: { regex: '(a' } } }" },
      'not a regular expression of RE2 syntax',
    ],
    [
      'unknown test',
      { when: '{ fact: demo.thing, where: { name: { like: a } } }' },
      "unknown key 'like'; known here: equals, in",
    ],
    ['no test', { when: '{ fact: demo.thing, where: { name: {} } }' }, 'must name at least one test'],
    ['a list as test', { when: '{ fact: demo.thing, where: { name: [a] } }' }, 'write { in: […] }'],
    [
      'two heads',
      { when: '{ all: [{ fact: demo.thing }], any: [{ fact: demo.thing }] }' },
      'give exactly one of',
    ],
    ['only absence', { when: '{ not: { fact: demo.thing } }', message: 'x' }, 'says only what is absent'],
    ['count of none', { when: '{ fact: demo.thing, count: { max: 3 } }' }, 'says only what is absent'],
    [
      'count upside down',
      { when: '{ fact: demo.thing, count: { min: 4, max: 3 } }' },
      'the minimum 4 is above the maximum 3',
    ],
    [
      'message about a field that is not there',
      { message: "'{nme}'" },
      "rules[0].message: the fact has no field 'nme'",
    ],
    [
      'message about a field of one alternative',
      { when: '{ any: [{ fact: demo.thing }, { fact: demo.other }] }', message: "'{size}'" },
      "no field 'size'; it has name",
    ],
    ['subject that is not there', { subject: 'nme' }, "rules[0].subject: the fact has no field 'nme'"],
    [
      'example of an unknown fact',
      { examples: '{ hit: [{ fact: no.such, data: {} }], miss: [{ fact: demo.thing, data: {} }] }' },
      "examples.hit[0].fact: unknown fact 'no.such'; no inspector states facts of this family",
    ],
    [
      'example with a wrong field',
      {
        examples:
          '{ hit: [{ fact: demo.thing, data: { size: big } }], miss: [{ fact: demo.thing, data: {} }] }',
      },
      'is no number, which the field always is',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => load(rule(changes))).toThrow(UsageError)
    expect(() => load(rule(changes))).toThrow(message)
  })

  test('a rule id twice, in one file or two', () => {
    const twice = rule() + rule().replace('rules:\n', '')
    expect(() => load(twice)).toThrow(
      /demo\.yaml:11:9: .*'demo\/thing' stands already in rules\/demo\.yaml:2:5/,
    )
    const base = load(rule())
    expect(() => parseRules([file('demo.yaml', rule())], CATALOGUE, base)).toThrow(
      'stands already in the shipped rules',
    )
  })
})

describe('lists', () => {
  const names = (text: string, name = 'lists/sinks.yaml') => file(name, `kind: names\n${text}`)
  const signatures = (text: string, name = 'lists/allow.yaml') =>
    file(name, `kind: signatures\nframework: demo\nderivedFrom: demo 1.0\nentries:\n${text}`)

  test('parts in a folder are joined', () => {
    const { lists } = load(
      rule(),
      names('entries: [a.b, { name: os.*, why: runs commands }]', 'lists/sinks/one.yaml'),
      names('entries: [c]', 'lists/sinks/two.yaml'),
    )
    expect(lists.sinks).toEqual({ kind: 'names', entries: ['a.b', 'os.*', 'c'], acceptable: false })
  })

  test.each<[string, RuleFile, string]>([
    ['no kind', file('lists/x.yaml', 'entries: [a]'), "lists/x.yaml:1:1: 'kind' is missing"],
    [
      'another kind',
      file('lists/x.yaml', 'kind: nouns\nentries: [a]'),
      "1:7: kind: 'nouns' is none of names, signatures",
    ],
    ['a prefix that is no module', names('entries: [os*]'), "'os*' is not a dotted name"],
    ['everything', names("entries: ['*']"), "'*' is not a dotted name"],
    [
      'a signature for a prefix',
      signatures('  - { global: numpy.*, reference: true }'),
      'is not an exact dotted name (never a prefix)',
    ],
    ['a signature that allows nothing', signatures('  - { global: a.b }'), '5:5: entries[0]: allows nothing'],
    [
      'an unknown kind of argument',
      signatures('  - { global: a.b, call: [[tupel]] }'),
      "'tupel' is no kind of argument; known: none",
    ],
    [
      'an unknown key',
      signatures('  - { global: a.b, cal: [[]] }'),
      "unknown key 'cal'; known here: global, reference",
    ],
  ])('%s', (_, list, message) => {
    expect(() => load(rule(), list)).toThrow(message)
  })

  test('a list of names is no signature', () => {
    const changes = { when: '{ fact: demo.thing, not: { signature: sinks } }' }
    expect(() => load(rule(changes), names('entries: [a]'))).toThrow("the list 'sinks' holds names")
  })

  test('a second file of a list that stands alone', () => {
    const list = names('entries: [a]')
    const base = load(rule(), list)
    expect(() => parseRules([list], CATALOGUE, base)).toThrow(
      "the list 'sinks' exists already; add to it as lists/sinks/",
    )
  })
})

test('the digest changes with any name or byte, and not with the place of the folder', () => {
  const files = [file('a.yaml', 'x'), file('b.yaml', 'y')]
  const digest = filesDigest(files)
  expect(filesDigest(files.map((f) => ({ ...f, path: `/elsewhere/${f.name}` })))).toBe(digest)
  expect(filesDigest([file('a.yaml', 'x'), file('c.yaml', 'y')])).not.toBe(digest)
  expect(filesDigest([file('a.yaml', 'x'), file('b.yaml', 'z')])).not.toBe(digest)
})
