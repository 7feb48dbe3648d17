import { gzipSync } from 'node:zlib'
import { type Artifact, displayPath } from '../model/artifact.ts'
import type { At } from '../model/fact.ts'
import type { Finding, Severity } from '../model/finding.ts'
import type { Coverage, Report } from '../model/report.ts'
import { clip, safeJson } from './printable.ts'
import {
  INCOMPLETE_RULE,
  plainMessage,
  type RuleDescriptor,
  ruleDescriptors,
  sarifLevel,
} from './sarif-rules.ts'
import { indexReport, type ReportIndex, worstFirst } from './tally.ts'
import { uninspectedSentence } from './uninspected.ts'

/** What GitHub code scanning takes of one file; it refuses more, or drops it in silence. */
export const GITHUB = {
  /** Results of a run. */
  results: 25_000,
  /** The upload, compressed; the limit is 10 MB, the rest is left for the uploader's own additions. */
  gzipBytes: 9_500_000,
  /** Characters of a message; longer ones are cut when shown. */
  message: 1_000,
} as const

export interface SarifOptions {
  readonly timestamp?: string
  readonly limits?: { readonly results: number; readonly gzipBytes: number }
}

/**
 * SARIF 2.1.0 in pieces. The location of a result is the file on disk, so that code scanning can show it; the member
 * inside and the byte offset are in the message, the logical location and the region. Where there is more than code
 * scanning takes, the worst stay and a notification says how many were left out; the JSON report has them all.
 */
export function* sarifReport(report: Report, options: SarifOptions = {}): Generator<string> {
  const index = indexReport(report)
  const rules = ruleDescriptors(report, index)
  const { results, omitted } = bounded(allResults(report, index, rules), options.limits ?? GITHUB)
  const head = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [],
  }
  yield safeJson(head).slice(0, -2)
  const run = {
    tool: {
      driver: {
        name: report.tool.name,
        version: report.tool.version,
        semanticVersion: report.tool.version,
        properties: { rulesDigest: report.tool.rulesDigest },
        rules: rules.map((r) => r.sarif),
      },
    },
    invocations: [invocation(report, omitted, options.timestamp)],
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The directory the scan was started in.' } } },
    columnKind: 'utf16CodeUnits',
    properties: {
      outcome: report.verdict.outcome,
      ...(report.remote ? { remote: report.remote } : {}),
      reasons: report.verdict.reasons.slice(0, 100).map((r) => clip(r, GITHUB.message)),
      policy: report.policy,
    },
    results: [],
  }
  yield `\n${safeJson(run).slice(0, -2)}`
  for (const [i, result] of results.entries()) yield `${i === 0 ? '' : ','}\n${result}`
  yield '\n]}]}\n'
}

/** Findings worst first, then what was not inspected. */
function allResults(report: Report, index: ReportIndex, rules: readonly RuleDescriptor[]): Generator<string> {
  const place = new Map(rules.map((r, i) => [r.sarif.id, i]))
  return (function* () {
    for (const finding of report.findings.toSorted(worstFirst)) {
      const artifact = index.artifacts.get(finding.artifact)
      if (artifact) yield safeJson(findingResult(finding, artifact, index, place.get(finding.rule) ?? -1))
    }
    for (const artifact of report.artifacts) {
      const coverage = index.coverage.get(artifact.id)
      if (!coverage) continue
      yield safeJson(incompleteResult(artifact, coverage, place.get(INCOMPLETE_RULE) ?? -1))
    }
  })()
}

/** As many results as the limits allow. Compression is measured only where the plain text alone is over the limit. */
function bounded(all: Iterable<string>, limits: { readonly results: number; readonly gzipBytes: number }) {
  let results: string[] = []
  let [total, characters] = [0, 0]
  for (const result of all) {
    if (total++ >= limits.results) continue
    results.push(result)
    characters += result.length
  }
  while (characters > limits.gzipBytes && results.length > 0) {
    const size = gzipSync(results.join('\n')).length
    if (size <= limits.gzipBytes) break
    results = results.slice(0, Math.floor(results.length * Math.min(0.9, limits.gzipBytes / size)))
    characters = results.reduce((n, r) => n + r.length, 0)
  }
  return { results, omitted: total - results.length }
}

function findingResult(finding: Finding, artifact: Artifact, index: ReportIndex, ruleIndex: number) {
  const example = finding.evidence.find((e) => e.text !== undefined)?.text
  const inside = artifact.locator.members.length > 0 ? `, in ${finding.path}` : ''
  const parts = [
    finding.message,
    ...(example === undefined ? [] : [clip(example, 300)]),
    `${placeSentence(finding.at)}${inside}`.replace(/^, /, ''),
  ]
  const text = parts.filter((p) => p !== '').join(' · ')
  const waiver = index.waived.get(finding.fingerprint)
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: sarifLevel(finding.severity),
    message: { text: plainMessage(clip(text, GITHUB.message)) },
    locations: [location(artifact, finding.at)],
    partialFingerprints: fingerprints(finding.fingerprint),
    properties: { ...about(finding), severity: finding.severity, confidence: finding.confidence },
    ...(waiver === undefined
      ? {}
      : { suppressions: [{ kind: 'external', status: 'accepted', justification: waiver }] }),
  }
}

function about(finding: Finding) {
  return {
    count: finding.count,
    ...(finding.subject === undefined ? {} : { subject: clip(finding.subject, 300) }),
  }
}

function incompleteResult(artifact: Artifact, coverage: Coverage, ruleIndex: number) {
  const path = displayPath(artifact.locator)
  const text = `${path} was not fully inspected: ${uninspectedSentence(coverage)}`
  return {
    ruleId: INCOMPLETE_RULE,
    ruleIndex,
    level: 'warning',
    message: { text: plainMessage(clip(text, GITHUB.message)) },
    locations: [location(artifact, undefined)],
    partialFingerprints: fingerprints(`incomplete/${artifact.id}`),
    properties: { severity: 'medium' as Severity, why: coverage.why ?? [] },
  }
}

// Code scanning tells alerts apart by `primaryLocationLineHash` and ignores the rest; both are the same value here,
// because a hash of "line 1" of a binary file would make one alert of all of a rule's findings.
function fingerprints(value: string) {
  return { primaryLocationLineHash: `${value}:1`, 'weighmaster/v1': value }
}

function placeSentence(at: At | undefined): string {
  if (at === undefined) return ''
  if ('offset' in at) return `at byte ${at.offset} (0x${at.offset.toString(16)})`
  if ('line' in at) return `at line ${at.line}, column ${at.column}`
  return `at ${at.pointer}`
}

function location(artifact: Artifact, at: At | undefined) {
  const { root, members } = artifact.locator
  return {
    physicalLocation: {
      artifactLocation: artifactUri(root),
      region: region(members.length > 0 ? undefined : at),
    },
    ...(members.length === 0
      ? {}
      : {
          logicalLocations: [
            {
              name: clip(artifact.name, 300),
              fullyQualifiedName: displayPath(artifact.locator),
              kind: 'member',
            },
          ],
        }),
  }
}

/** Code scanning wants a line even of binary files. Offsets inside a member are no offsets of the file. */
function region(at: At | undefined) {
  if (at && 'line' in at) return { startLine: Math.max(1, at.line), startColumn: Math.max(1, at.column) }
  if (at && 'offset' in at) return { startLine: 1, byteOffset: at.offset, byteLength: at.length ?? 1 }
  return { startLine: 1 }
}

/**
 * A path inside the working directory is relative to it, percent-encoded segment by segment, so that no name can be
 * taken for a scheme, a query or a climb out of the folder; any other path is a file URI.
 */
export function artifactUri(root: string): { readonly uri: string; readonly uriBaseId?: string } {
  const encoded = root.split('/').map(encodeSegment).join('/')
  if (/^([A-Za-z]:)?\//.test(root)) return { uri: `file://${root.startsWith('/') ? '' : '/'}${encoded}` }
  return { uri: encoded === '' ? '.' : encoded, uriBaseId: '%SRCROOT%' }
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function invocation(report: Report, omitted: number, timestamp: string | undefined) {
  const notes = [
    ...report.verdict.warnings.map((w) => note('policy', `policy: ${w}`)),
    ...(omitted > 0
      ? [
          note(
            'omitted',
            `${omitted} results are left out, the least severe first: code scanning takes no more. The JSON report has them all.`,
          ),
        ]
      : []),
  ]
  return {
    executionSuccessful: true,
    ...(timestamp === undefined ? {} : { endTimeUtc: timestamp }),
    ...(notes.length === 0 ? {} : { toolExecutionNotifications: notes }),
  }
}

function note(id: string, text: string) {
  return {
    descriptor: { id: `weighmaster/${id}` },
    level: 'warning',
    message: { text: plainMessage(clip(text, GITHUB.message)) },
  }
}
