import { describe, expect, it } from 'vitest'
import { painter } from '../layout.ts'
import { RAW } from '../testing/raw.ts'
import { sampleArtifact, sampleReport } from '../testing/sample-reports.ts'
import { billOf } from './project.ts'
import { score } from './score.ts'
import { scoreJson, scoreText } from './score-text.ts'
import { OPTIONS, sampleBill, sampleProject, says } from './testing/bills.ts'

function bare() {
  const weights = sampleArtifact({ root: 'w.gguf', members: [] }, { formats: ['gguf'] })
  const facts = [says(weights, 'parameters', '7', 'measured'), says(weights, 'architecture', 'llama')]
  return billOf(sampleReport({ artifacts: [weights], facts }), { name: 'bare' })
}

function whole() {
  const { report, located } = sampleProject()
  const kept = { ...report, artifacts: report.artifacts.filter((a) => a.locator.root.startsWith('m/base/')) }
  return billOf(kept, { name: 'whole', located: located.slice(0, 1) })
}

const stateOf = (bill: ReturnType<typeof bare>, framework: string, field: string, options = OPTIONS) =>
  score(bill, options)
    .find(({ id }) => id === framework)
    ?.fields.find((f) => f.field === field)

describe('the score', () => {
  it('tells measured, declared and absent apart, and says what to add', () => {
    expect(stateOf(bare(), 'g7', 'properties: parameters')?.state).toBe('measured')
    expect(stateOf(bare(), 'g7', 'properties: architecture')?.state).toBe('declared')
    expect(stateOf(bare(), 'g7', 'hash value and algorithm')?.state).toBe('measured')
    expect(stateOf(bare(), 'cisa-2025', 'licence')).toMatchObject({
      state: 'absent',
      add: 'say it in the front matter of README.md',
      missing: ['model:w.gguf'],
    })
  })

  it('leaves out what nothing here could have', () => {
    const clusters = score(bare(), OPTIONS).flatMap(({ fields }) => fields.map(({ cluster }) => cluster))
    expect(clusters).not.toContain('Datasets')
    expect(score(sampleBill(), OPTIONS)[0]?.fields.some(({ cluster }) => cluster === 'Datasets')).toBe(true)
  })

  it('is absent where one of several lacks it, and says of how many', () => {
    expect(stateOf(sampleBill(), 'cisa-2025', 'component version')).toMatchObject({
      state: 'absent',
      asked: 6,
      declared: 4,
    })
    // Claimed by the lock is not computed.
    expect(stateOf(sampleBill(), 'g7', 'hash')).toMatchObject({ state: 'declared', asked: 1 })
  })

  it('rises with what is known', () => {
    const percents = (bill: ReturnType<typeof bare>) => score(bill, OPTIONS).map(({ percent }) => percent)
    for (const [i, percent] of percents(whole()).entries())
      expect(percent).toBeGreaterThan(percents(bare())[i] ?? 100)
    const named = { ...OPTIONS, author: 'Alice' }
    expect(stateOf(whole(), 'cisa-2025', 'SBOM author', named)?.state).toBe('declared')
  })

  it('reads well and shows nothing raw', () => {
    const text = [...scoreText(sampleBill(), OPTIONS, painter(false))].join('')
    expect(text).toMatch(/^project: 1 dataset, 4 models, 1 plugin\n/)
    expect(text).toMatch(/properties: parameters +✗ absent +2 of 4; use a format/)
    expect(text.replaceAll('\n', '')).not.toMatch(RAW)
    const json = JSON.parse([...scoreJson(sampleBill(), OPTIONS)].join(''))
    expect(json.frameworks.map((f: { id: string }) => f.id)).toEqual(['g7', 'cisa-2025', 'owasp-aibom'])
  })
})
