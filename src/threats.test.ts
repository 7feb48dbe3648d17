import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { EVASIONS } from '../fixtures/evasion/index.ts'

const FIXTURES = path.join(path.dirname(import.meta.dirname), 'fixtures')
const { threats }: { threats: { section: string; threat: string; case: string }[] } = parse(
  readFileSync(path.join(FIXTURES, 'threats.yaml'), 'utf8'),
)
/** `src/evasion.test.ts` proves that none of them passes. */
const families = new Set(EVASIONS.map((evasion) => evasion.family))

test.each(threats)('$section: $threat', ({ case: name }) => {
  const [, family] = /^evasion: (.+)$/.exec(name) ?? []
  if (family !== undefined) {
    expect([...families]).toContain(family)
    return
  }
  const file = path.join(FIXTURES, name, 'expected.json')
  expect(existsSync(file), `${name} is no fixture`).toBe(true)
  // `src/fixtures.test.ts` proves that the scan says what is expected.
  expect(JSON.parse(readFileSync(file, 'utf8')).outcome).not.toBe('pass')
})

test('no threat is listed twice', () => {
  const keys = threats.map(({ section, threat }) => `${section} ${threat}`)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.length).toBeGreaterThan(100)
})
