import { expect, it } from 'vitest'
import type { LoaderView } from '../model/loaders.ts'
import type { Report } from '../model/report.ts'
import { htmlReport } from './html.ts'
import { markdownReport } from './markdown.ts'
import { sampleArtifact, sampleReport } from './testing/sample-reports.ts'

const MARKUP = '<img src=x onerror=alert(1)>|`'
const bad = sampleArtifact({ root: 'models/bad.pt', members: [] })
const member = sampleArtifact({ root: 'models/bad.pt', members: [MARKUP] })
const good = sampleArtifact({ root: 'models/good.pt', members: [] })

const view = (artifact: string, path: string, more: Partial<LoaderView> = {}): LoaderView => ({
  artifact,
  path,
  call: 'torch.load(weights_only=True)',
  package: 'torch',
  does: 'refuses',
  acts: [],
  refuses: [`os.system('${MARKUP}')`],
  weaknesses: [{ cve: 'CVE-2025-32434', before: '2.6.0', does: 'runs what weights_only refuses' }],
  complete: true,
  ...more,
})

function report(): Report {
  const loaders = [
    view(member.id, `models/bad.pt!/${MARKUP}`),
    view(good.id, 'models/good.pt', { call: 'quiet.load', does: 'loads', refuses: [], weaknesses: [] }),
  ]
  const outcomes = new Map([
    [bad.id, 'fail'],
    [member.id, 'fail'],
    [good.id, 'pass'],
  ] as const)
  return { ...sampleReport({ artifacts: [bad, member, good], outcome: 'fail', outcomes }), loaders }
}

it.each([
  ['the page', [...htmlReport(report())].join('').split('<script type="application/json"')[0] ?? ''],
  ['Markdown', [...markdownReport(report())].join('')],
])('%s says what loaders would do with files that do not pass, and only with those', (_, text) => {
  expect(text).toContain('What loaders would do')
  expect(text).toMatch(/torch\.load\(weights(\\_|_)only=True\)/)
  expect(text).toMatch(/but torch before 2\.6\.0 runs what weights\\?_only refuses: CVE-2025-32434/)
  expect(text).not.toContain('quiet.load')
})

it('holds nothing of an artifact as markup', () => {
  expect([...htmlReport(report())].join('')).not.toContain('<img')
  const rows = [...markdownReport(report())]
    .join('')
    .split('\n')
    .filter((line) => line.includes('CVE-2025-32434'))
  expect(rows).toHaveLength(1)
  // What is outside of code spans is escaped; a bar never ends a cell.
  expect(rows[0]?.replaceAll('\\|', '').split('|')).toHaveLength(5)
})
