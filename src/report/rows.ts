import { displayPath } from '../model/artifact.ts'
import type { Finding, Severity } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { lineOf, placeWords } from './places.ts'
import { INCOMPLETE_RULE } from './sarif-rules.ts'
import { type ReportIndex, worstFirst } from './tally.ts'
import { uninspectedSentence } from './uninspected.ts'

/** One line of a flat report: a finding, or an artifact that was not fully inspected. */
export interface Row {
  readonly rule: string
  readonly severity: Severity
  readonly confidence: string
  /** The root file, as the user would open it, and the whole path with the members inside. */
  readonly file: string
  readonly path: string
  readonly place: string
  readonly line: number
  readonly message: string
  /** A decoded example, where there is one. */
  readonly example: string
  readonly subject: string
  readonly remediation: string
  /** It decides the verdict: a finding that fails it, or a gap that no waiver covers. */
  readonly decides: boolean
  /** Why and by whom it was waived; empty where it was not. */
  readonly waived: string
  readonly fingerprint: string
}

/** Findings worst first, then what was not inspected: what every flat format lists. */
export function* rows(report: Report, index: ReportIndex): Generator<Row> {
  for (const finding of report.findings.toSorted(worstFirst)) yield findingRow(finding, index)
  for (const artifact of report.artifacts) {
    const coverage = index.coverage.get(artifact.id)
    if (!coverage) continue
    yield {
      rule: INCOMPLETE_RULE,
      severity: 'medium',
      confidence: 'high',
      file: artifact.locator.root,
      path: displayPath(artifact.locator),
      place: '',
      line: 1,
      message: `Not fully inspected: ${uninspectedSentence(coverage)}`,
      example: '',
      subject: '',
      remediation: '',
      decides: true,
      waived: '',
      fingerprint: `incomplete/${artifact.id}`,
    }
  }
}

function findingRow(finding: Finding, index: ReportIndex): Row {
  return {
    rule: finding.rule,
    severity: finding.severity,
    confidence: finding.confidence,
    file: index.artifacts.get(finding.artifact)?.locator.root ?? finding.path,
    path: finding.path,
    place: placeWords(finding.at),
    line: lineOf(finding.at),
    message: finding.message,
    example: finding.evidence.find((e) => e.text !== undefined)?.text ?? '',
    subject: finding.subject ?? '',
    remediation: finding.remediation,
    decides: index.failing.has(finding.fingerprint),
    waived: index.waived.get(finding.fingerprint) ?? '',
    fingerprint: finding.fingerprint,
  }
}
