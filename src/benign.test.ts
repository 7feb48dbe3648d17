import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Report, scan } from './index.ts'
import { type Finding, reaches } from './model/finding.ts'

const CORPUS = path.join(path.dirname(import.meta.dirname), 'fixtures', 'benign')
/** What the issue asks: honest files that carry a finding of `medium` or above, as a share of all. */
const HIGHEST_SHARE_WITH_FINDINGS = 0.01
const FOLDERS = ['hub', 'transformers/repository', 'transformers/sharded']

interface CatalogueEntry {
  readonly path: string
  readonly recipe: string
  readonly libraries: Readonly<Record<string, string>>
  readonly size: number
  readonly sha256: string
}

const catalogue: { files: readonly CatalogueEntry[] } = JSON.parse(
  readFileSync(path.join(CORPUS, 'corpus.json'), 'utf8'),
)

/** What keeps a file from being left alone, one line per reason; the recipe says how it was made. */
function complaints(report: Report, root: string): string[] {
  const own = new Set(report.artifacts.filter((a) => a.locator.root === root).map((a) => a.id))
  const findings = report.findings
    .filter((finding) => own.has(finding.artifact) && reaches(finding.severity, 'medium'))
    .map((finding) => `${finding.severity} ${finding.rule} in ${inside(finding)}: ${finding.message}`)
  const partial = report.coverage
    .filter((coverage) => own.has(coverage.artifact) && coverage.state !== 'full')
    .map((coverage) => `coverage ${coverage.state}: ${coverage.why?.join(', ') ?? 'no reason given'}`)
  return [...findings, ...partial]
}

function inside(finding: Finding): string {
  return finding.path.split('!/').slice(1).join('!/') || 'the file itself'
}

describe('benign corpus', () => {
  test('is the one the recipes made', () => {
    const listed = catalogue.files.map((file) => file.path)
    const present = readdirSync(CORPUS, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        path.relative(CORPUS, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'),
      )
      .filter((file) => !file.startsWith('recipes/') && !['corpus.json', '.gitattributes'].includes(file))
    expect(present.toSorted()).toEqual(listed.toSorted())
    const changed = catalogue.files.filter(
      (file) => digest(path.join(CORPUS, ...file.path.split('/'))) !== file.sha256,
    )
    expect(changed.map((file) => file.path)).toEqual([])
    expect(listed.length).toBeGreaterThanOrEqual(130)
  })

  describe('file by file', () => {
    let report: Report
    const roots = new Map<string, CatalogueEntry>()

    beforeAll(async () => {
      const targets = catalogue.files.map((file) => path.join(CORPUS, ...file.path.split('/')))
      report = await scan(targets, { jobs: 0, policy: 'balanced' })
      for (const [index, file] of catalogue.files.entries()) roots.set(report.targets[index] ?? '', file)
    }, 120_000)

    test('none fails and none is incomplete', () => {
      const offenders = report.artifacts
        .filter((artifact) => !artifact.parent && report.verdict.outcomes.get(artifact.id) !== 'pass')
        .map((artifact) => describeOffender(report, artifact.locator.root, roots))
      expect(offenders.join('\n')).toBe('')
      expect(report.verdict.outcome).toBe('pass')
    })

    test('at most one in a hundred carries a finding of medium or above', () => {
      const offenders = [...roots.keys()].filter((root) => complaints(report, root).length > 0)
      const allowed = Math.floor(roots.size * HIGHEST_SHARE_WITH_FINDINGS)
      const told = offenders.map((root) => describeOffender(report, root, roots)).join('\n')
      expect(offenders.length, told).toBeLessThanOrEqual(allowed)
    })
  })

  test.each(FOLDERS)('the repository %s passes as a folder', async (folder) => {
    const report = await scan([path.join(CORPUS, ...folder.split('/'))], { jobs: 0, policy: 'balanced' })
    const findings = report.findings.filter((finding) => reaches(finding.severity, 'medium'))
    expect(findings.map((finding) => `${finding.path}: ${finding.rule} ${finding.message}`)).toEqual([])
    expect(report.verdict.outcome).toBe('pass')
  })
})

function describeOffender(report: Report, root: string, roots: ReadonlyMap<string, CatalogueEntry>): string {
  const entry = roots.get(root)
  const reasons = complaints(report, root)
  return `${entry?.path ?? root} (${entry?.recipe ?? 'no recipe'})\n${reasons.map((r) => `    ${r}`).join('\n')}`
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
