import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { displayPath } from '../model/artifact.ts'
import type { Finding, Taxonomies } from '../model/finding.ts'
import { SEVERITIES } from '../model/finding.ts'
import type { Outcome, Report } from '../model/report.ts'
import { headline, remoteNote } from './headline.ts'
import { bytesText, countText } from './layout.ts'
import { placeWords } from './places.ts'
import { printable, safeJson } from './printable.ts'
import { rows } from './rows.ts'
import { indexReport, isRegularFile, type ReportIndex, type Tally, tally } from './tally.ts'

export interface HtmlOptions {
  readonly timestamp?: string
}

/** A page with more of these would load slowly; those that pass without a word are left out first, and it says so. */
const ARTIFACTS_SHOWN = 20_000
const FINDINGS_SHOWN = 50_000
const REASONS_SHOWN = 5
const EVIDENCE_SHOWN = 8

/**
 * One self-contained page: no network, works from disk. The verdict is plain HTML; lists are drawn by the page's own
 * script from data that is inert JSON. A content security policy names that script and style by hash and forbids
 * everything else, so nothing an artifact is called could run even if escaping failed.
 */
export function* htmlReport(report: Report, options: HtmlOptions = {}): Generator<string> {
  const index = indexReport(report)
  const sums = tally(report, index)
  const style = asset('report.css')
  const script = asset('report.js')
  const policy = `default-src 'none'; style-src '${sri(style)}'; script-src '${sri(script)}'; base-uri 'none'; form-action 'none'`
  const { outcome } = report.verdict
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${outcome.toUpperCase()} · weighmaster</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
`
  yield* verdict(report, sums, index)
  yield MAIN
  yield* footer(report, options)
  yield '<script type="application/json" id="data">'
  yield* data(report, index)
  yield `</script>
<script>${script}</script>
</body>
</html>
`
}

function* verdict(report: Report, sums: Tally, index: ReportIndex): Generator<string> {
  const { outcome, reasons, warnings } = report.verdict
  const nothing = outcome === 'pass' && sums.files === 0
  const badge = nothing ? 'no files' : outcome
  yield `<header class="verdict ${nothing ? 'incomplete' : outcome}">
<p class="brand">weighmaster</p>
<h1><span class="badge">${badge}</span> ${html(headline(report, sums, index))}</h1>
`
  if (reasons.length > 0) {
    yield '<ul class="reasons">\n'
    for (const reason of reasons.slice(0, REASONS_SHOWN)) yield `<li>${html(reason)}</li>\n`
    const more = reasons.length - REASONS_SHOWN
    if (more > 0) yield `<li>… and ${countText(more)} more, below</li>\n`
    yield '</ul>\n'
  }
  const far = remoteNote(report)
  if (far !== undefined) yield `<p class="remote">${html(far)}</p>\n`
  for (const warning of warnings) yield `<p class="warning">${html(warning)}</p>\n`
  yield '<dl class="sums">\n'
  for (const [name, value] of totals(sums)) yield `<div><dt>${name}</dt><dd>${value}</dd></div>\n`
  yield '</dl>\n</header>\n'
}

function totals(sums: Tally): [string, string][] {
  const words: Record<Outcome, string> = { fail: 'fail', incomplete: 'incomplete', pass: 'pass' }
  const outcomes = (['fail', 'incomplete', 'pass'] as const).map((o): [string, string] => [
    words[o],
    countText(sums.outcomes[o].files),
  ])
  const members: [string, string][] = sums.members > 0 ? [['members', countText(sums.members)]] : []
  return [
    ['files', countText(sums.files)],
    ...members,
    ['size', bytesText(sums.bytes)],
    ...outcomes,
    ...(sums.waived > 0 ? [['waived', countText(sums.waived)] as [string, string]] : []),
  ]
}

const MAIN = `<noscript><p class="warning">The lists below are drawn by this page's own script. Without it, use the text or JSON report.</p></noscript>
<main>
<nav class="tree" aria-labelledby="tree-title">
<h2 id="tree-title">Artifacts</h2>
<p id="tree-note" class="note"></p>
<ul id="tree"></ul>
</nav>
<section id="findings" aria-labelledby="findings-title" tabindex="-1">
<h2 id="findings-title">Findings</h2>
<search>
<label class="search">Search <input id="query" type="search" autocomplete="off" spellcheck="false" placeholder="rule, path, call, CVE …"></label>
<fieldset id="severities"><legend>Severity</legend></fieldset>
<label class="check"><input id="deciding" type="checkbox"> only what decides the verdict</label>
<button id="clear" type="button" hidden>Show all</button>
</search>
<p id="count" role="status"></p>
<ol id="list"></ol>
<button id="more" type="button" hidden>Show more</button>
</section>
<section id="permissions" aria-labelledby="permissions-title" hidden>
<h2 id="permissions-title">Permissions</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="permissions-title"><table id="matrix"></table></div>
</section>
</main>
`

function* footer(report: Report, { timestamp }: HtmlOptions): Generator<string> {
  const { tool, policy } = report
  const items = [
    `weighmaster ${tool.version}`,
    `rules ${tool.rulesDigest.slice(0, 12)}`,
    `policy ${policy.name} (${policy.digest.slice(0, 12)}), fails on ${policy.failOn}`,
    `scanned ${report.targets.map((root) => displayPath({ root, members: [] })).join(', ')}`,
    ...(timestamp === undefined ? [] : [timestamp]),
  ]
  yield `<footer><p>${items.map(html).join(' · ')}</p></footer>\n`
}

/** What the script draws, one item a line. Every string is escaped as for a terminal, so that it shows what it holds. */
function* data(report: Report, index: ReportIndex): Generator<string> {
  yield `{"severities":${inert(SEVERITIES.toReversed())},"findings":[`
  const byPrint = new Map(report.findings.map((f) => [f.fingerprint, f]))
  let findings = 0
  for (const row of rows(report, index)) {
    if (findings++ >= FINDINGS_SHOWN) continue
    const { remediation, fingerprint, subject, file, ...shown } = row
    const finding = byPrint.get(fingerprint)
    const details = finding ? detailsOf(finding) : {}
    yield `${findings === 1 ? '' : ','}\n${inert({ ...shown, fix: remediation, ...details })}`
  }
  yield `],\n"findingsLeftOut":${Math.max(0, findings - FINDINGS_SHOWN)},"artifacts":[`
  const shown = artifactsShown(report, index)
  for (const [i, artifact] of shown.entries()) yield `${i === 0 ? '' : ','}\n${inert(artifact)}`
  yield `],\n"artifactsLeftOut":${report.artifacts.length - shown.length},"capabilities":[`
  for (const [i, fact] of report.facts.filter((f) => f.kind === 'capability.use').entries()) {
    yield `${i === 0 ? '' : ','}\n${inert(fact.data)}`
  }
  yield ']}\n'
}

function detailsOf(finding: Finding) {
  const examples = finding.evidence.slice(0, EVIDENCE_SHOWN).flatMap((e) => {
    return e.text === undefined ? [] : [[placeWords(e.at), e.text]]
  })
  return { title: finding.title, examples, count: finding.count, see: see(finding.taxonomies) }
}

function see(t: Taxonomies): string[] {
  return [...t.cve, ...t.cwe, ...t.owasp.map((o) => `OWASP ${o}`), ...t.atlas.map((a) => `ATLAS ${a}`)]
}

/** Those that have something to say or do not pass, then files, then members, as many as fit. */
function artifactsShown(report: Report, index: ReportIndex) {
  const speaking = new Set(report.findings.map((f) => f.artifact))
  const outcome = (id: string) => report.verdict.outcomes.get(id) ?? 'incomplete'
  const loud = report.artifacts.filter(
    (a) => speaking.has(a.id) || index.coverage.has(a.id) || outcome(a.id) !== 'pass',
  )
  const said = new Set(loud)
  const files = report.artifacts.filter((a) => !said.has(a) && a.locator.members.length === 0)
  const members = report.artifacts.filter((a) => !said.has(a) && a.locator.members.length > 0)
  const kept = new Set([...loud, ...files, ...members].slice(0, ARTIFACTS_SHOWN))
  return report.artifacts
    .filter((a) => kept.has(a))
    .map((a) => ({
      path: displayPath(a.locator),
      outcome: outcome(a.id),
      ...(a.formats[0] === undefined ? {} : { format: a.formats[0] }),
      ...(a.size === undefined ? {} : { size: bytesText(a.size) }),
      ...(isRegularFile(a) || a.locator.members.length > 0 ? {} : { folder: true }),
    }))
}

/** JSON that is safe inside a script element: no character of it can end the element or open a comment. */
function inert(value: unknown): string {
  const shown = JSON.stringify(value, (_, v: unknown) => (typeof v === 'string' ? printable(v) : v))
  return safeJson(JSON.parse(shown)).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')
}

function html(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function sri(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}

/** Beside the sources, and where the build puts it. */
function asset(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? './assets/' : '../assets/'
  return readFileSync(new URL(`${folder}${name}`, import.meta.url), 'utf8')
}
