import { artifactId, displayPath } from '../model/artifact.ts'
import type { Finding } from '../model/finding.ts'
import { byCodePoint } from '../model/order.ts'
import type { Report } from '../model/report.ts'
import { hang, type Screen } from './layout.ts'
import { printable, safeJson } from './printable.ts'
import { type ReportIndex, worstFirst } from './tally.ts'

const SUBJECTS_SHOWN = 20
const MARGIN = '  '

/**
 * How a reviewed finding is accepted. Only what the policy judges needs it; a known dangerous call is never offered
 * for acceptance by name, which would accept it everywhere: that takes a waiver for one file, a reason and an owner.
 */
export function acceptLine(findings: readonly Finding[], index: ReportIndex): string | undefined {
  if (!findings.some((f) => index.failing.has(f.fingerprint))) return undefined
  const subjects = subjectsOf(findings)
  if (subjects.length > 0) {
    const shown = subjects.slice(0, SUBJECTS_SHOWN).map(yamlWord).join(', ')
    const more = subjects.length > SUBJECTS_SHOWN ? ', …' : ''
    return `accept-globals: [${shown}${more}]`
  }
  return 'a waiver for this one file (stub at the end)'
}

const PRESETS: readonly string[] = ['strict', 'balanced', 'permissive']

/** The policy lines of everything that keeps the run from passing, ready to copy; for waivers, one stub of each sort. */
export function acceptance(report: Report, index: ReportIndex, screen: Screen): string[] {
  const failing = report.findings.filter((f) => index.failing.has(f.fingerprint)).sort(worstFirst)
  const subjects = subjectsOf(failing)
  const finding = failing.find((f) => !acceptable(f))
  // A digest covers everything inside, so a gap in a member is waived for the whole file.
  const [partial] = index.coverage.keys()
  const gap = partial === undefined ? undefined : rootOf(partial, index)
  const waivers = [
    ...(finding ? waiverStub(finding.rule, finding.artifact, index, screen) : []),
    ...(gap ? waiverStub('coverage', gap, index, screen) : []),
  ]
  if (subjects.length === 0 && waivers.length === 0) return []
  const { name } = report.policy
  const yaml = [
    ...(PRESETS.includes(name) ? [`extends: ${name}`] : []),
    ...(subjects.length > 0 ? ['accept-globals:'] : []),
    ...subjects.slice(0, SUBJECTS_SHOWN).map((s) => `  - ${yamlWord(s)}`),
    ...(subjects.length > SUBJECTS_SHOWN ? [`  # … and ${subjects.length - SUBJECTS_SHOWN} more`] : []),
    ...(waivers.length > 0 ? ['waivers:', ...waivers] : []),
  ]
  const intro = PRESETS.includes(name)
    ? 'To accept what you have reviewed, keep the lines you mean in a file and scan with --policy FILE:'
    : `To accept what you have reviewed, add the lines you mean to ${printable(name)}:`
  const { paint, width } = screen
  return ['', ...hang('', intro, width, (l) => paint('strong', l)), '', ...yaml.map((line) => MARGIN + line)]
}

function rootOf(id: string, index: ReportIndex): string {
  const root = index.artifacts.get(id)?.locator.root
  return root === undefined ? id : artifactId({ root, members: [] })
}

function waiverStub(rule: string, id: string, index: ReportIndex, screen: Screen): string[] {
  const artifact = index.artifacts.get(id)
  const digest = artifact?.digests.find((d) => d.origin === 'computed')
  const path = artifact ? displayPath(artifact.locator) : id
  return [
    `  - rule: ${yamlWord(rule)}`,
    ...(digest ? digestLines(`sha256:${digest.hex}`, screen) : [`    path: ${yamlWord(path)}`]),
    '    reason: why this is safe here',
    '    owner: who answers for it',
    '    expires: YYYY-MM-DD',
  ]
}

/** A digest is copied as a whole: on a narrow screen it gets a line of its own, which YAML allows. */
function digestLines(digest: string, screen: Screen): string[] {
  const line = `    digest: ${digest}`
  return MARGIN.length + line.length <= screen.width ? [line] : ['    digest:', `      ${digest}`]
}

function subjectsOf(findings: readonly Finding[]): string[] {
  const subjects = findings.filter(acceptable).map((f) => f.subject ?? '')
  return [...new Set(subjects)].sort(byCodePoint)
}

function acceptable(finding: Finding): boolean {
  return finding.subject !== undefined && finding.severity !== 'critical'
}

/** A plain YAML scalar where it is safe as one, else quoted; either way on one line and harmless to show. */
function yamlWord(word: string): string {
  if (/^[A-Za-z_][\w./-]*$/.test(word)) return word
  return printable(safeJson(word))
}
