import type { Finding, Severity, Taxonomies } from '../model/finding.ts'
import { reaches } from '../model/finding.ts'
import { byCodePoint } from '../model/order.ts'
import type { Report } from '../model/report.ts'
import { prose } from './markdown-text.ts'
import { clip, printable } from './printable.ts'
import type { ReportIndex } from './tally.ts'

/** The rule that `incomplete` artifacts are reported under; no rule file has it. */
export const INCOMPLETE_RULE = 'coverage/incomplete'

/** Code scanning keeps 20 tags of a rule and shows 10. */
const TAGS = 20
const TEXT = 1_000

export interface RuleDescriptor {
  readonly sarif: {
    readonly id: string
    readonly name: string
    readonly shortDescription: { readonly text: string }
    readonly fullDescription: { readonly text: string }
    readonly help: { readonly text: string; readonly markdown: string }
    readonly defaultConfiguration: { readonly level: string }
    readonly properties: Readonly<Record<string, string | readonly string[]>>
  }
}

export function sarifLevel(severity: Severity): 'error' | 'warning' | 'note' {
  if (reaches(severity, 'high')) return 'error'
  return severity === 'medium' ? 'warning' : 'note'
}

// Code scanning: over 9.0 critical, 7.0–8.9 high, 4.0–6.9 medium, 0.1–3.9 low; none for what is only information.
const SCORES: Record<Severity, string | undefined> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: undefined,
}

const PRECISION = { high: 'very-high', medium: 'high', low: 'medium' } as const

/** One descriptor for every rule that has a result, in order of id; its severity is the worst among its findings. */
export function ruleDescriptors(report: Report, index: ReportIndex): RuleDescriptor[] {
  const worst = new Map<string, Finding>()
  for (const finding of report.findings) {
    const held = worst.get(finding.rule)
    if (!held || !reaches(held.severity, finding.severity)) worst.set(finding.rule, finding)
  }
  const rules = [...worst.values()].map(descriptor)
  if (index.coverage.size > 0) rules.push(incompleteDescriptor())
  return rules.sort((a, b) => byCodePoint(a.sarif.id, b.sarif.id))
}

function descriptor(finding: Finding): RuleDescriptor {
  const score = SCORES[finding.severity]
  const title = clip(printable(finding.title), TEXT)
  return {
    sarif: {
      id: finding.rule,
      name: pascal(finding.rule),
      shortDescription: { text: title },
      fullDescription: { text: title },
      help: help(title, finding.remediation, finding.taxonomies),
      defaultConfiguration: { level: sarifLevel(finding.severity) },
      properties: {
        ...(score === undefined ? {} : { 'security-severity': score }),
        precision: PRECISION[finding.confidence],
        'problem.severity': { error: 'error', warning: 'warning', note: 'recommendation' }[
          sarifLevel(finding.severity)
        ],
        tags: tags(finding.taxonomies),
      },
    },
  }
}

function incompleteDescriptor(): RuleDescriptor {
  const title = 'A file was not fully inspected'
  const remediation =
    'Something a loader could act on was not looked at: the file is truncated, corrupt, encrypted, beyond a limit or of ' +
    'a format that is not understood. Repair or convert it, raise the limit the message names, or waive it in the policy.'
  return {
    sarif: {
      id: INCOMPLETE_RULE,
      name: pascal(INCOMPLETE_RULE),
      shortDescription: { text: title },
      fullDescription: { text: title },
      help: help(title, remediation, { cwe: [], owasp: [], atlas: [], cve: [] }),
      defaultConfiguration: { level: 'warning' },
      properties: {
        'security-severity': '5.5',
        precision: 'very-high',
        'problem.severity': 'warning',
        tags: ['security', 'supply-chain'],
      },
    },
  }
}

function tags(t: Taxonomies): string[] {
  const cwe = t.cwe.map((c) => `external/cwe/${c.toLowerCase()}`)
  return ['security', 'supply-chain', ...cwe, ...t.owasp, ...t.atlas, ...t.cve].slice(0, TAGS)
}

function help(title: string, remediation: string, t: Taxonomies) {
  const fix = clip(printable(remediation), 4 * TEXT)
  const see = [
    ...t.cve,
    ...t.cwe,
    ...t.owasp.map((o) => `OWASP ${o}`),
    ...t.atlas.map((a) => `MITRE ATLAS ${a}`),
  ]
  const text = `${title}.\n\nWhat to do: ${fix}${see.length > 0 ? `\n\nSee ${see.join(', ')}.` : ''}`
  const links = see.map(prose).join(' · ')
  const markdown = `**${prose(title)}**\n\n${prose(fix)}${links === '' ? '' : `\n\n${links}`}`
  return { text: plainMessage(text), markdown }
}

/** `pickle/sink-called` → `PickleSinkCalled`, the form code scanning shows as a rule's name. */
function pascal(id: string): string {
  return id.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, c: string) => c.toUpperCase()).replace(/\W/g, '')
}

/** SARIF reads `[text](target)` in a plain message as a link; a name from an artifact must not make one. */
export function plainMessage(text: string): string {
  return text.split('\n').map(printable).join('\n').replaceAll('](', '] (')
}
