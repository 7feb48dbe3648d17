import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { painter } from '../report/layout.ts'
import { explainText, ruleCatalogue, rulesJson, rulesMarkdown, rulesText } from './rule-catalogue.ts'

const plain = painter(false)

describe('the catalogue of rules', () => {
  it('is what docs/rules.md says', async () => {
    const file = path.join(import.meta.dirname, '..', '..', 'docs', 'rules.md')
    const hint = 'run: weighmaster rules -f markdown > docs/rules.md'
    expect(readFileSync(file, 'utf8'), hint).toBe(rulesMarkdown(await ruleCatalogue([])))
  })

  it('lists every rule once, as text and as JSON', async () => {
    const rules = await ruleCatalogue([])
    const ids = rules.map((r) => r.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(rulesText(rules, plain)).toMatch(/^critical {2}pickle\/sink-called +\S/m)
    expect(JSON.parse(rulesJson(rules)).map((r: { id: string }) => r.id)).toEqual(ids)
  })

  it('explains one: what it says, what to do, how to accept it', async () => {
    const text = explainText(await ruleCatalogue([]), 'pickle/sink-called', plain, 80)
    expect(text).toMatch(/^CRITICAL {2}/)
    for (const part of ['What it says', 'What to do', 'pickle.global', 'CWE-502', 'a waiver in the policy'])
      expect(text).toContain(part)
    expect(Math.max(...text.split('\n').map((l) => l.length))).toBeLessThanOrEqual(80)
  })

  it('names the nearest ids where there is none of that name', async () => {
    const rules = await ruleCatalogue([])
    expect(() => explainText(rules, 'pickle/sink-call', plain, 80)).toThrow(
      /did you mean pickle\/sink-called/,
    )
    expect(() => explainText(rules, 'x', plain, 80)).toThrow(/weighmaster rules lists them all/)
  })
})
