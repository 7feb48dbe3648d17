import { type Artifact, displayPath } from '../model/artifact.ts'
import type { Finding, Taxonomies } from '../model/finding.ts'
import { acceptLine } from './acceptance.ts'
import { bytesText, columns, countText, hang, padEnd, type Screen, shorten, wrap } from './layout.ts'
import { clip, printable } from './printable.ts'
import type { ReportIndex, RootGroup } from './tally.ts'
import { gapsBlock } from './text-gaps.ts'
import { loaderLines } from './text-loaders.ts'
import { field, fixLines, indent, LABEL, MARGIN, memberOf, placeText } from './text-parts.ts'

const RULES_SHOWN = 12
const FINDINGS_SHOWN = 8
const EVIDENCE_SHOWN = 3
const EVIDENCE_LENGTH = 400
const LOADED_SHOWN = 3

const MARKS = { fail: '✗', incomplete: '?', pass: '✓' } as const

/**
 * Everything a person needs to decide about one file: what it would do when loaded, why that matters, what to do. `told`
 * are the remedies that the report has given already; they are not repeated under every file.
 */
export function fileBlock(group: RootGroup, index: ReportIndex, told: Set<string>, screen: Screen): string[] {
  const { paint, width } = screen
  const out = [title(group, screen), paint('faint', '─'.repeat(width))]
  const rules = [...Map.groupBy(group.findings.filter(apart(group, index)), (f) => f.rule).values()]
  for (const findings of rules.slice(0, RULES_SHOWN)) {
    out.push(...ruleBlock(findings, group.root, index, told, screen), '')
  }
  if (rules.length > RULES_SHOWN) {
    const left = rules.slice(RULES_SHOWN).reduce((n, findings) => n + findings.length, 0)
    out.push(paint('faint', `  … and ${countText(left)} more findings by other rules (use -f json)`), '')
  }
  if (group.uninspected.length > 0) out.push(...gapsBlock(group, index, told, screen), '')
  out.push(...loadersBlock(group, screen))
  out.pop()
  return out
}

/** What loaders would do with the file, and with the members that they open on their own. */
function loadersBlock(group: RootGroup, screen: Screen): string[] {
  if (group.loaders.length === 0) return []
  const out = [`  ${screen.paint('strong', 'Loaders')}`]
  const places = [...Map.groupBy(group.loaders, (view) => view.path)]
  for (const [path, views] of places.slice(0, LOADED_SHOWN)) {
    const inside = memberOf(path, group.root)
    if (inside !== '') {
      out.push(...hang(indent(''), `in ${inside}`, screen.width, (l) => screen.paint('faint', l)))
    }
    out.push(...loaderLines(views, screen))
  }
  if (places.length > LOADED_SHOWN) {
    const left = countText(places.length - LOADED_SHOWN)
    out.push(indent(screen.paint('faint', `… and ${left} more members that loaders open (use -f json)`)))
  }
  return [...out, '']
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
  told: Set<string>,
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
  const isNews = findings.some((f) => !told.has(f.remediation))
  const isJudged = findings.some((f) => index.failing.has(f.fingerprint))
  if (isNews || isJudged) {
    const remedies = findings.map((f) => f.remediation)
    out.push(...fixLines(remedies, told, screen))
  }
  const accept = acceptLine(findings, index)
  if (accept) out.push(...field('Accept', accept, screen))
  const see = taxonomyText(first.taxonomies)
  if (see && isNews) out.push(...field('See', see, screen, true))
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

function taxonomyText(t: Taxonomies): string {
  return [...t.cve, ...t.cwe, ...t.owasp.map((o) => `OWASP ${o}`), ...t.atlas.map((a) => `ATLAS ${a}`)].join(
    ' · ',
  )
}
