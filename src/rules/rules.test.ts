import { describe, expect, test } from 'vitest'
import { catalogue } from '../engine/catalogue.ts'
import { compile } from './compile.ts'
import { ruleFiles } from './files.ts'
import { loadRules, SHIPPED } from './load.ts'
import { match } from './match.ts'
import { parseRules } from './parse.ts'
import type { Example, Rule } from './schema.ts'
import { artifactOf, factOf } from './testing/demo.ts'

const shipped = parseRules(ruleFiles(SHIPPED), catalogue())
const FILE = artifactOf('example')

/** Does this rule alone fire on the facts of an example? */
function fires(rule: Rule, example: Example): boolean {
  const ruleset = compile({ ...shipped, rules: [rule] })
  const facts = example.map(({ fact, data, count }) =>
    factOf(FILE, fact, data, count === undefined ? {} : { count }),
  )
  return match(ruleset, [FILE], facts).length > 0
}

describe.each(shipped.rules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  test('fires on what it should', () => {
    expect(rule.examples.hit.filter((example) => !fires(rule, example))).toEqual([])
  })

  test('is silent on what it should not', () => {
    expect(rule.examples.miss.filter((example) => fires(rule, example))).toEqual([])
  })

  test('its message is filled by its examples', () => {
    const ruleset = compile({ ...shipped, rules: [rule] })
    for (const example of rule.examples.hit) {
      const facts = example.map(({ fact, data, count }) =>
        factOf(FILE, fact, data, count === undefined ? {} : { count }),
      )
      for (const finding of match(ruleset, [FILE], facts)) expect(finding.message).not.toMatch(/\?|\{|\}/)
    }
  })

  test('reads as the others do', () => {
    expect(rule.title, 'a title is a short line without a full stop').toMatch(/^[A-Z].{3,89}[^.]$/)
    expect(rule.remediation, 'a remediation is a sentence').toMatch(/^[A-Z].*[.]$/s)
  })
})

test('loading gives the same rules as reading, from any working directory', async () => {
  const before = process.cwd()
  const ruleset = await loadRules([], catalogue)
  process.chdir('/')
  try {
    expect((await loadRules([], catalogue)).digest).toBe(ruleset.digest)
  } finally {
    process.chdir(before)
  }
  expect(ruleset.rules).toEqual(shipped.rules)
  expect(ruleset.digest).toMatch(/^[0-9a-f]{64}$/)
})
