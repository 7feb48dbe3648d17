import { displayPath } from '../model/artifact.ts'
import { type Finding, SEVERITIES } from '../model/finding.ts'
import type { Outcome, Report } from '../model/report.ts'
import { acceptance } from './acceptance.ts'
import { headline, remoteNote } from './headline.ts'
import {
  bytesText,
  columns,
  countText,
  durationText,
  hang,
  padEnd,
  padStart,
  painter,
  plural,
  type Screen,
  shorten,
} from './layout.ts'
import { printable } from './printable.ts'
import { groupByRoot, indexReport, type ReportIndex, type RootGroup, type Tally, tally } from './tally.ts'
import { fileBlock } from './text-file.ts'
import { loaderLines } from './text-loaders.ts'

export interface TextOptions {
  /** Columns of the terminal, or what to wrap to where there is none. */
  readonly width: number
  readonly colours: boolean
  /** The verdict and its reasons, nothing else. */
  readonly quiet?: boolean
  readonly showFacts?: boolean
  /** What loaders would do with the files that pass, too. */
  readonly loaders?: boolean
  readonly elapsedMs?: number
}

/** What one report shows at most; everything is in the JSON report. */
const FILES_SHOWN = 40
const REASONS_SHOWN = 8
const NOTES_SHOWN = 20
const FACTS_SHOWN = 200
const LOADED_SHOWN = 100

const MORE = '(all of them: -f json)'

/** The report for people: verdict first, then the files that have something to say, worst first, then the sums. */
export function* textReport(report: Report, options: TextOptions): Generator<string> {
  const screen: Screen = {
    width: Math.max(60, Math.min(options.width, 120)),
    paint: painter(options.colours),
  }
  const index = indexReport(report)
  const sums = tally(report, index)
  yield* lines(verdictBlock(report, sums, index, screen))
  if (options.quiet) return
  const groups = groupByRoot(report, index)
  const loud = groups.filter((g) => g.outcome !== 'pass')
  const told = new Set<string>()
  for (const group of loud.slice(0, FILES_SHOWN)) {
    yield '\n'
    yield* lines(fileBlock(group, index, told, screen))
  }
  if (loud.length > FILES_SHOWN) {
    yield `\n  … and ${plural(loud.length - FILES_SHOWN, 'more file')} ${MORE}\n`
  }
  const quiet = groups.filter((g) => g.outcome === 'pass')
  yield* lines(notes(quiet, screen))
  if (options.loaders)
    yield* lines(loadersOfQuiet(report, new Set(loud.map((g) => g.root.locator.root)), screen))
  if (options.showFacts) yield* lines(facts(report, index, screen))
  yield* lines(acceptance(report, index, screen))
  yield* lines(summary(report, sums, screen, options.elapsedMs))
}

function* lines(block: readonly string[]): Generator<string> {
  for (const line of block) yield `${line.trimEnd()}\n`
}

function verdictBlock(report: Report, sums: Tally, index: ReportIndex, screen: Screen): string[] {
  const { outcome, reasons, warnings } = report.verdict
  const { paint, width } = screen
  const nothing = outcome === 'pass' && sums.files === 0
  const word = nothing ? 'NO FILES' : outcome.toUpperCase()
  const badge = paint(nothing ? 'badge-incomplete' : `badge-${outcome}`, ` ${word} `)
  const head = headline(report, sums, index)
  const [first = '', ...rest] = hang(' '.repeat(word.length + 3), head, width, (l) => paint('strong', l))
  const out = [`${badge} ${first.trimStart()}`, ...rest]
  const bullet = (mark: string, text: string) => hang(`  ${mark} `, printable(text), width, (l) => l)
  if (reasons.length > 0 || warnings.length > 0) out.push('')
  for (const reason of reasons.slice(0, REASONS_SHOWN)) out.push(...bullet('•', reason))
  if (reasons.length > REASONS_SHOWN) {
    out.push(paint('faint', `    … and ${countText(reasons.length - REASONS_SHOWN)} more ${MORE}`))
  }
  const far = remoteNote(report)
  if (far !== undefined) {
    if (reasons.length === 0) out.push('')
    out.push(...bullet('~', far).map((l) => paint('faint', l)))
  }
  for (const warning of warnings) {
    out.push(...bullet('!', warning).map((l) => paint('incomplete', l)))
  }
  return out
}

/** Findings of files that pass: one line each, so that nothing found is invisible. */
function notes(groups: readonly RootGroup[], screen: Screen): string[] {
  const { paint, width } = screen
  const folded = foldNotes(groups.flatMap((g) => g.findings))
  if (folded.length === 0) return []
  const out = ['', paint('strong', 'Noted in files that pass')]
  for (const { finding, files } of folded.slice(0, NOTES_SHOWN)) {
    const where = files === 1 ? printable(finding.path) : plural(files, 'file')
    const label = `  ${padEnd(finding.severity, 8)}  `
    out.push(
      paint(finding.severity, label) +
        paint('faint', `${finding.rule}`) +
        `  ${shorten(where, Math.max(20, width - columns(label) - finding.rule.length - 2))}`,
    )
    out.push(...hang(' '.repeat(columns(label)), printable(finding.message), width, (l) => l))
  }
  if (folded.length > NOTES_SHOWN) {
    out.push(paint('faint', `  … and ${countText(folded.length - NOTES_SHOWN)} more ${MORE}`))
  }
  return out
}

/** The same rule with the same words in many files is one note. */
function foldNotes(findings: readonly Finding[]): { finding: Finding; files: number }[] {
  const held = new Map<string, { finding: Finding; files: number }>()
  for (const finding of findings) {
    const key = `${finding.rule}\n${finding.message}`
    const note = held.get(key)
    if (note) note.files++
    else held.set(key, { finding, files: 1 })
  }
  const rank = (f: Finding) => SEVERITIES.indexOf(f.severity)
  return [...held.values()].sort((a, b) => rank(b.finding) - rank(a.finding))
}

/** What loading would do with files that pass: those that fail have it in their own block. */
function loadersOfQuiet(report: Report, loud: ReadonlySet<string>, screen: Screen): string[] {
  const roots = new Map(report.artifacts.map((a) => [a.id, a.locator.root]))
  const views = (report.loaders ?? []).filter((view) => !loud.has(roots.get(view.artifact) ?? ''))
  const places = [...Map.groupBy(views, (view) => view.path)]
  if (places.length === 0) return []
  const out = ['', screen.paint('strong', 'What loaders would do with files that pass')]
  for (const [path, opened] of places.slice(0, LOADED_SHOWN)) {
    out.push(`  ${shorten(printable(path), screen.width - 2)}`, ...loaderLines(opened, screen))
  }
  if (places.length > LOADED_SHOWN) {
    out.push(screen.paint('faint', `  … and ${countText(places.length - LOADED_SHOWN)} more ${MORE}`))
  }
  return out
}

function facts(report: Report, index: ReportIndex, screen: Screen): string[] {
  const { paint, width } = screen
  const out = ['', paint('strong', `Facts (${countText(report.facts.length)})`)]
  let last = ''
  for (const fact of report.facts.slice(0, FACTS_SHOWN)) {
    const artifact = index.artifacts.get(fact.artifact)
    if (artifact && artifact.id !== last) {
      out.push(`  ${paint('strong', shorten(printable(displayPath(artifact.locator)), width - 2))}`)
      last = artifact.id
    }
    const times = fact.count > 1 ? ` × ${countText(fact.count)}` : ''
    out.push(
      ...hang(`    ${fact.kind} `, printable(JSON.stringify(fact.data)) + times, width, (l) =>
        paint('faint', l),
      ),
    )
  }
  if (report.facts.length > FACTS_SHOWN) {
    out.push(
      paint('faint', `    … and ${countText(report.facts.length - FACTS_SHOWN)} more (-f json --show-facts)`),
    )
  }
  return out
}

const OUTCOMES: readonly Outcome[] = ['fail', 'incomplete', 'pass']

function summary(report: Report, sums: Tally, screen: Screen, elapsedMs: number | undefined): string[] {
  const { paint, width } = screen
  const closing = ['', ...hang('  ', footer(report, sums, elapsedMs), width, (l) => paint('faint', l))]
  if (sums.files <= 1 && report.findings.length === 0 && sums.outcomes.pass.files === sums.files)
    return closing
  const total = { files: OUTCOMES.reduce((n, o) => n + sums.outcomes[o].files, 0), bytes: sums.bytes }
  const left = [
    { role: undefined, name: 'Outcome', files: 'Files', bytes: 'Size' },
    ...OUTCOMES.map((o) => ({
      role: sums.outcomes[o].files > 0 ? o : undefined,
      name: o,
      files: countText(sums.outcomes[o].files),
      bytes: bytesText(sums.outcomes[o].bytes),
    })),
    { role: undefined, name: 'total', files: countText(total.files), bytes: bytesText(total.bytes) },
  ]
  const right = [
    { role: undefined, name: 'Severity', count: 'Findings' },
    ...SEVERITIES.toReversed().map((s) => ({
      role: sums.severities[s] > 0 ? s : undefined,
      name: s,
      count: countText(sums.severities[s]),
    })),
  ]
  const wide = Math.max(...left.map((r) => r.files.length), 7)
  const table = right.map((r, i) => {
    const l = left[i]
    const a = l
      ? padEnd(l.name, 12) + padStart(l.files, wide) + padStart(l.bytes, 11)
      : ' '.repeat(12 + wide + 11)
    const b = padEnd(r.name, 10) + padStart(r.count, 8)
    const style = (role: Outcome | Finding['severity'] | undefined, text: string) =>
      i === 0 ? paint('faint', text) : role ? paint(role, text) : text
    return `  ${style(l?.role, a)}     ${style(r.role, b)}`
  })
  return ['', ...table, ...closing]
}

function footer(report: Report, sums: Tally, elapsedMs: number | undefined): string {
  const parts = [
    `policy ${printable(report.policy.name)}: fails on ${report.policy.failOn} and above`,
    ...(sums.members > 0 ? [plural(sums.members, 'member')] : []),
    ...(sums.waived > 0 ? [`${countText(sums.waived)} waived or accepted`] : []),
    ...(elapsedMs === undefined ? [] : [durationText(elapsedMs)]),
    `weighmaster ${report.tool.version}`,
  ]
  return parts.join(' · ')
}
