import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ruleFiles } from './rules/files.ts'
import { SHIPPED } from './rules/load.ts'

const CVE = /CVE-\d{4}-\d{4,}/g
const page = readFileSync(path.join(path.dirname(SHIPPED), 'docs', 'cves.md'), 'utf8')
const [confirmed = '', notClaimed = ''] = page
  .split('## Known and not claimed')
  .map((part) => part.replace(/^[^|].*$/gm, ''))

/** The numbers of the first column of a table. */
const listed = (table: string) => table.split('\n').flatMap((row) => row.split('|')[1]?.match(CVE) ?? [])

test('every CVE that a rule or the loader table claims is confirmed, and none that is known not to fit is claimed', () => {
  const claimed = new Map<string, string>()
  for (const { name, text } of ruleFiles(SHIPPED)) {
    for (const cve of text.replace(/^\s*#.*$/gm, '').match(CVE) ?? []) claimed.set(cve, name)
  }
  expect(claimed.size).toBeGreaterThan(40)
  const known = new Set(listed(confirmed))
  expect([...claimed].filter(([cve]) => !known.has(cve))).toEqual([])
  expect(listed(notClaimed).filter((cve) => claimed.has(cve))).toEqual([])
  expect([...known].filter((cve) => !claimed.has(cve))).toEqual([])
})

test('each row names its source', () => {
  const rows = confirmed.split('\n').filter((row) => row.startsWith('| CVE-'))
  expect(rows.filter((row) => (row.split('|')[4]?.trim() ?? '') === '')).toEqual([])
})
