import { displayPath } from '../model/artifact.ts'
import { countText, hang, padEnd, plural, type Screen, wrap } from './layout.ts'
import { clip, printable } from './printable.ts'
import type { ReportIndex, RootGroup } from './tally.ts'
import { fixLines, indent, LABEL, MARGIN, memberOf, placeText } from './text-parts.ts'
import { whyUninspected } from './uninspected.ts'

const REASONS_SHOWN = 8
const REASON_LENGTH = 400

/** What a loader could act on and nobody looked at, with the reasons and the way out. */
export function gapsBlock(group: RootGroup, index: ReportIndex, told: Set<string>, screen: Screen): string[] {
  const { paint, width } = screen
  const heading = wrap('A loader could act on bytes that nobody looked at', width - MARGIN - LABEL)
  const [first = '', ...rest] = heading.map((line) => indent(paint('strong', line)))
  const label = ' '.repeat(MARGIN) + paint('incomplete', padEnd('INCOMPLETE', LABEL))
  const out = [label + first.trimStart(), ...rest]
  const { reasons, fixes } = gapsOf(group, index)
  for (const [text, { where, places }] of [...reasons].slice(0, REASONS_SHOWN)) {
    const others = places > 1 ? [`and ${plural(places - 1, 'place')} more`] : []
    const details = [...(where === '' ? [] : [where]), ...others].join(' ')
    const line = printable(clip(text, REASON_LENGTH)) + (details === '' ? '' : ` (${details})`)
    out.push(...hang(indent(''), line, width, (l) => l))
  }
  if (reasons.size > REASONS_SHOWN) {
    out.push(indent(paint('faint', `… and ${countText(reasons.size - REASONS_SHOWN)} more (use -f json)`)))
  }
  out.push(...fixLines(fixes, told, screen))
  return out
}

interface Reason {
  readonly where: string
  places: number
}

/** Equal reasons of many members are one, with the first place; rules that matched the trouble know best how to fix it. */
function gapsOf(group: RootGroup, index: ReportIndex) {
  const reasons = new Map<string, Reason>()
  const fixes = new Set<string>()
  const told = Map.groupBy(
    group.findings.filter((f) => f.rule.startsWith('parse/')),
    (f) => f.artifact,
  )
  for (const { artifact, coverage } of group.uninspected) {
    const why = whyUninspected(coverage, index.trouble.get(artifact.id) ?? [])
    for (const { text, fact } of why.reasons) {
      const held = reasons.get(text)
      if (held) {
        held.places++
        continue
      }
      const inside = memberOf(displayPath(artifact.locator), group.root)
      const place = placeText(fact?.at)
      const where = [...(inside ? [`in ${inside}`] : []), ...(place ? [`at ${place}`] : [])].join(', ')
      reasons.set(text, { where, places: 1 })
    }
    for (const fix of told.get(artifact.id)?.map((f) => f.remediation) ?? why.fixes) fixes.add(fix)
  }
  return { reasons, fixes }
}
