import { describe, expect, test } from 'vitest'
import { cases } from '../fixtures/corpora/plugins/bundle.ts'
import { figures, results } from '../fixtures/corpora/plugins/measure.ts'

describe('labelled plugins', () => {
  test('are as many as promised, and a third is held back', () => {
    for (const label of ['malicious', 'benign'] as const) {
      const [open, held] = [cases(label, 'open').length, cases(label, 'held').length]
      expect(open + held).toBeGreaterThanOrEqual(150)
      expect(held / (open + held)).toBeGreaterThan(0.3)
    }
  })

  test('are told apart by the whole pipeline, in the open half', { timeout: 120_000 }, async () => {
    const f = figures(await results('malicious', 'open'), await results('benign', 'open'))
    expect(f.caught / f.malicious).toBeGreaterThanOrEqual(0.95)
    expect(f.falseAlarms / f.benign).toBeLessThanOrEqual(0.02)
    expect(f.findingsPerBenign).toBeLessThanOrEqual(1)
    expect(f.incomplete).toBe(0)
  })
})
