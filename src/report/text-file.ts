import { type Artifact, displayPath } from '../model/artifact.ts'
import type { At, Fact } from '../model/fact.ts'
import type { Finding, Taxonomies } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { acceptLine } from './acceptance.ts'
import { bytesText, columns, countText, hang, padEnd, type Screen, shorten, wrap } from './layout.ts'
import { clip, printable } from './printable.ts'
import type { ReportIndex, RootGroup } from './tally.ts'
import { whyUninspected } from './uninspected.ts'

const RULES_SHOWN = 12
const FINDINGS_SHOWN = 8
const EVIDENCE_SHOWN = 3
const EVIDENCE_LENGTH = 400
const UNINSPECTED_SHOWN = 6
const MARGIN = 2
/** Columns of the severity in front of a finding; everything below it hangs there. */
const LABEL = 12

const MARKS = { fail: '✗', incomplete: '?', pass: '✓' } as const

/** Everything a person needs to decide about one file: what it would do when loaded, why that matters, what to do. */
export function fileBlock(group: RootGroup, report: Report, index: ReportIndex, screen: Screen): string[] {
  const { paint, width } = screen
  const out = [title(group, screen), paint('faint', '─'.repeat(width))]
  const rules = [...Map.groupBy(group.findings.filter(apart(group, index)), (f) => f.rule).values()]
  for (const findings of rules.slice(0, RULES_SHOWN)) {
    out.push(...ruleBlock(findings, group.root, index, screen), '')
  }
  if (rules.length > RULES_SHOWN) {
    const left = rules.slice(RULES_SHOWN).reduce((n, findings) => n + findings.length, 0)
    out.push(paint('faint', `  … and ${countText(left)} more findings by other rules (use -f json)`), '')
  }
  if (group.uninspected.length > 0) out.push(...uninspectedBlock(group, report, screen), '')
  out.pop()
  return out
}

/** Trouble of an artifact that is incomplete is told there, unless it fails the run by itself. */
function apart(group: RootGroup, index: ReportIndex): (finding: Finding) => boolean {
  const uninspected = new Set(group.uninspected.map((u) => u.artifact.id))
  return (f) =>
    index.failing.has(f.fingerprint) || !f.rule.startsWith('parse/') || !uninspected.has(f.artifact)
}

function title(group: RootGroup, screen: Screen): string {
  const { paint, width } = screen
  const { root, outcome } = group
  const format = root.formats[0]
  const size = root.size === undefined ? undefined : bytesText(root.size)
  const about = [format, size].filter((x) => x !== undefined).join(', ')
  const room = width - columns(about) - 4
  const name = shorten(displayPath({ root: root.locator.root, members: [] }), room)
  return `${paint(outcome, MARKS[outcome])} ${paint('strong', padEnd(name, room + 1))} ${paint('faint', about)}`
}

function ruleBlock(
  findings: readonly Finding[],
  root: Artifact,
  index: ReportIndex,
  screen: Screen,
): string[] {
  const { paint } = screen
  const first = findings[0]
  if (!first) return []
  const out = ruleTitle(first, screen)
  let [member, said] = ['', '']
  for (const finding of findings.slice(0, FINDINGS_SHOWN)) {
    const inside = memberOf(finding.path, root)
    if (inside !== member)
      out.push(...hang(indent(''), `in ${inside}`, screen.width, (l) => paint('faint', l)))
    const shape = finding.subject ? finding.message.replaceAll(finding.subject, '…') : finding.message
    out.push(...findingBlock(finding, shape !== said || finding.evidence.length === 0, screen))
    member = inside
    said = shape
  }
  if (findings.length > FINDINGS_SHOWN) {
    out.push(
      indent(paint('faint', `… and ${countText(findings.length - FINDINGS_SHOWN)} more (use -f json)`)),
    )
  }
  const remedies = [...new Set(findings.map((f) => f.remediation))]
  for (const remedy of remedies.slice(0, 2)) out.push(...field('Fix', printable(remedy), screen))
  const accept = acceptLine(findings, index)
  if (accept) out.push(...field('Accept', accept, screen))
  const see = taxonomyText(first.taxonomies)
  if (see) out.push(...field('See', see, screen, true))
  return out
}

function ruleTitle(finding: Finding, screen: Screen): string[] {
  const { paint, width } = screen
  const { severity } = finding
  const label = `  ${paint(severity, severity.toUpperCase())}${' '.repeat(LABEL - severity.length)}`
  const rule = printable(finding.rule)
  const unsure = finding.confidence === 'high' ? '' : ` (${finding.confidence} confidence)`
  const heading = printable(finding.title) + unsure
  const room = width - MARGIN - LABEL
  if (columns(heading) + columns(rule) + 2 <= room) {
    const gap = ' '.repeat(room - columns(heading) - columns(rule))
    return [label + paint('strong', heading) + gap + paint('faint', rule)]
  }
  const wrapped = wrap(heading, room).map((line) => paint('strong', line))
  return [label + wrapped[0], ...wrapped.slice(1).map(indent), indent(paint('faint', rule))]
}

/** What it means, unless the finding before said the same, then the decompiled calls with their places. */
function findingBlock(finding: Finding, explain: boolean, screen: Screen): string[] {
  const { paint, width } = screen
  const shown = finding.evidence.filter((e) => e.text !== undefined).slice(0, EVIDENCE_SHOWN)
  const extra = [
    ...(shown.length === 0 && finding.at ? [`at ${placeText(finding.at)}`] : []),
    ...(finding.count > Math.max(1, shown.length) ? [`${countText(finding.count)} times`] : []),
  ].join(', ')
  const message = printable(clip(finding.message, EVIDENCE_LENGTH)) + (extra ? ` (${extra})` : '')
  const out = explain ? hang(indent(''), message, width, (l) => l) : []
  const places = shown.map((e) => placeText(e.at))
  const wide = Math.max(0, ...places.map((p) => columns(p)))
  for (const [i, evidence] of shown.entries()) {
    const code = printable(clip(evidence.text ?? '', EVIDENCE_LENGTH))
    const place = padEnd(places[i] ?? '', wide)
    const label = indent(wide > 0 ? `${place}  ` : '')
    const [line = '', ...rest] = hang(label, code, width, (l) => paint('code', l))
    out.push(
      line.replace(place, () => paint('faint', place)),
      ...rest,
    )
  }
  return out
}

function memberOf(path: string, root: Artifact): string {
  const prefix = `${displayPath({ root: root.locator.root, members: [] })}!/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : ''
}

export function placeText(at: At | undefined): string {
  if (!at) return ''
  if ('offset' in at) return `0x${at.offset.toString(16)}`
  if ('line' in at) return `${at.line}:${at.column}`
  return printable(at.pointer)
}

function taxonomyText(t: Taxonomies): string {
  return [...t.cve, ...t.cwe, ...t.owasp.map((o) => `OWASP ${o}`), ...t.atlas.map((a) => `ATLAS ${a}`)].join(
    ' · ',
  )
}

function field(name: string, text: string, screen: Screen, faint = false): string[] {
  const label = ' '.repeat(MARGIN + LABEL) + padEnd(name, 8)
  const [line = '', ...rest] = hang(label, text, screen.width, (l) => (faint ? screen.paint('faint', l) : l))
  return [line.replace(name, screen.paint(faint ? 'faint' : 'strong', name)), ...rest]
}

function indent(text: string): string {
  return ' '.repeat(MARGIN + LABEL) + text
}

/** What a loader could act on and nobody looked at, with the reason and the way out. */
function uninspectedBlock(group: RootGroup, report: Report, screen: Screen): string[] {
  const { paint } = screen
  const heading = wrap('A loader could act on bytes that nobody looked at', screen.width - MARGIN - LABEL)
  const [first = '', ...rest] = heading.map((line) => indent(paint('strong', line)))
  const label = ' '.repeat(MARGIN) + paint('incomplete', padEnd('INCOMPLETE', LABEL))
  const out = [label + first.trimStart(), ...rest]
  const wanted = new Set(group.uninspected.map((u) => u.artifact.id))
  const trouble = Map.groupBy(
    report.facts.filter((f) => f.kind.startsWith('parse.') && wanted.has(f.artifact)),
    (f) => f.artifact,
  )
  const fixes = new Set<string>()
  for (const { artifact, coverage } of group.uninspected.slice(0, UNINSPECTED_SHOWN)) {
    const why = whyUninspected(coverage, trouble.get(artifact.id) ?? [])
    const inside = memberOf(displayPath(artifact.locator), group.root)
    for (const { text, fact } of why.reasons) out.push(...reason(text, fact, inside, screen))
    const told = group.findings.filter((f) => f.artifact === artifact.id && f.rule.startsWith('parse/'))
    for (const fix of told.length > 0 ? told.map((f) => f.remediation) : why.fixes) fixes.add(fix)
  }
  if (group.uninspected.length > UNINSPECTED_SHOWN) {
    const left = countText(group.uninspected.length - UNINSPECTED_SHOWN)
    out.push(indent(paint('faint', `… and ${left} more members (use -f json)`)))
  }
  for (const fix of fixes) out.push(...field('Fix', printable(fix), screen))
  return out
}

function reason(text: string, fact: Fact | undefined, inside: string, screen: Screen): string[] {
  const place = placeText(fact?.at)
  const where = [...(inside ? [`in ${inside}`] : []), ...(place ? [`at ${place}`] : [])].join(', ')
  const line = printable(clip(text, EVIDENCE_LENGTH)) + (where ? ` (${where})` : '')
  return hang(' '.repeat(MARGIN + LABEL), line, screen.width, (l) => l)
}
