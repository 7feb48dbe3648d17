import type { Finding } from '../model/finding.ts'
import { byCodePoint } from '../model/order.ts'
import type { Report } from '../model/report.ts'
import { hang, type Screen } from './layout.ts'
import { printable, safeJson } from './printable.ts'
import type { ReportIndex } from './tally.ts'

const SUBJECTS_SHOWN = 20

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
  return 'a waiver for this file, with a reason, an owner and an expiry (stub at the end)'
}

/** The policy lines of everything that made the run fail, ready to copy; for waivers, one stub of the worst. */
export function acceptance(report: Report, index: ReportIndex, screen: Screen): string[] {
  const failing = report.findings.filter((f) => index.failing.has(f.fingerprint))
  if (failing.length === 0) return []
  const subjects = subjectsOf(failing)
  const stub = failing.find((f) => !acceptable(f))
  const yaml = [
    ...(subjects.length > 0 ? ['accept-globals:'] : []),
    ...subjects.slice(0, SUBJECTS_SHOWN).map((s) => `  - ${yamlWord(s)}`),
    ...(subjects.length > SUBJECTS_SHOWN ? [`  # … and ${subjects.length - SUBJECTS_SHOWN} more`] : []),
    ...(stub ? waiverStub(stub, index) : []),
  ]
  const { paint, width } = screen
  const intro =
    'To accept what you have reviewed, keep the lines you mean in a file and scan with --policy FILE:'
  return ['', ...hang('', intro, width, (l) => paint('strong', l)), '', ...yaml.map((line) => `    ${line}`)]
}

function waiverStub(finding: Finding, index: ReportIndex): string[] {
  const digest = index.artifacts.get(finding.artifact)?.digests.find((d) => d.origin === 'computed')
  return [
    'waivers:',
    `  - rule: ${yamlWord(finding.rule)}`,
    digest ? `    digest: sha256:${digest.hex}` : `    path: ${yamlWord(finding.path)}`,
    '    reason: why this is safe here',
    '    owner: who answers for it',
    '    expires: YYYY-MM-DD',
  ]
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
