import path from 'node:path'
import { expect, test } from 'vitest'
import { scan } from './index.ts'

const SAMPLES = path.join(path.dirname(import.meta.dirname), 'fixtures', 'samples')

// What README's first command shows: the folder of a sample says what must come out.
test.each([
  ['honest', 'pass'],
  ['hostile', 'fail'],
  ['unreadable', 'incomplete'],
])('every sample in %s comes out %s', async (folder, outcome) => {
  const report = await scan([path.join(SAMPLES, folder)], { jobs: 0 })
  const files = report.artifacts.filter(
    (a) => a.locator.members.length === 0 && !a.formats.includes('folder'),
  )
  const outcomes = files.map((file) => [file.name, report.verdict.outcomes.get(file.id)])
  expect(files.length).toBeGreaterThan(0)
  expect(outcomes).toEqual(files.map((file) => [file.name, outcome]))
})
