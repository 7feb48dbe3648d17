import { type Artifact, type Locator, locatorOf } from '../model/artifact.ts'
import type { Digest } from '../model/digest.ts'
import type { Fact } from '../model/fact.ts'
import { type Finding, SEVERITIES } from '../model/finding.ts'
import type { Coverage, Outcome, Remote, Report } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import { REPORT_SCHEMA_VERSION } from './json.ts'

const OUTCOMES: readonly Outcome[] = ['fail', 'incomplete', 'pass']

/** What a saved report has of an artifact. */
interface SavedArtifact {
  readonly id: string
  readonly parent?: string
  readonly path: string
  readonly format?: string
  readonly formats?: readonly string[]
  readonly size?: number
  readonly digests?: Readonly<Record<string, string>>
  readonly claimedDigests?: Readonly<Record<string, string>>
  readonly outcome: Outcome
}

/**
 * A report that `-f json` wrote, to be shown in another format. It may have come from somebody else: what the writers
 * rely on is checked, and `UsageError` names what is wrong. Facts are there only if it was written with `--show-facts`.
 */
export function readReport(text: string, name: string): Report {
  const saved = new Checked(name).report(text)
  const artifacts = saved.artifacts.map((a) => artifactOf(a))
  const outcomes = new Map(saved.artifacts.map((a) => [a.id, a.outcome]))
  const { remote, ...verdict } = saved.verdict
  const partial = new Map(saved.coverage.map((c) => [c.artifact, c]))
  return {
    tool: saved.tool,
    policy: saved.policy,
    targets: saved.targets,
    artifacts,
    facts: saved.facts ?? [],
    findings: saved.findings.map(({ waived: _, ...finding }) => finding),
    coverage: artifacts.map((a) => partial.get(a.id) ?? { artifact: a.id, state: 'full' }),
    verdict: { ...verdict, outcomes },
    ...(remote ? { remote } : {}),
  }
}

function artifactOf(saved: SavedArtifact): Artifact {
  const { id, parent, path, size, format, formats, digests, claimedDigests } = saved
  const locator: Locator = locatorOf(path)
  const of = (origin: Digest['origin'], held: Readonly<Record<string, string>> = {}) =>
    Object.entries(held).map(([algorithm, hex]) => ({ algorithm, hex, origin }) as Digest)
  return {
    id,
    ...(parent === undefined ? {} : { parent }),
    locator,
    name: (locator.members.at(-1) ?? locator.root).split('/').at(-1) ?? '',
    ...(size === undefined ? {} : { size }),
    formats: formats ?? (format === undefined ? [] : [format]),
    digests: [...of('computed', digests), ...of('claimed', claimedDigests)],
  }
}

interface SavedReport {
  readonly tool: Report['tool']
  readonly policy: Report['policy']
  readonly targets: readonly string[]
  readonly verdict: Omit<Report['verdict'], 'outcomes'> & { readonly remote?: Remote }
  readonly findings: readonly (Finding & { readonly waived?: true })[]
  readonly artifacts: readonly SavedArtifact[]
  readonly coverage: readonly Coverage[]
  readonly facts?: readonly Fact[]
}

/** Checks the shape that the writers rely on; the published schema says the rest. */
class Checked {
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  report(text: string): SavedReport {
    const saved = this.#parse(text)
    const version = saved.schemaVersion
    if (version !== REPORT_SCHEMA_VERSION)
      this.#refuse(`schemaVersion is ${String(version)}; this version reads ${REPORT_SCHEMA_VERSION}`)
    for (const key of ['tool', 'policy', 'verdict']) this.#object(saved[key], key)
    for (const key of ['targets', 'findings', 'artifacts', 'coverage']) this.#array(saved[key], key)
    if (saved.facts !== undefined) this.#array(saved.facts, 'facts')
    const report = saved as unknown as SavedReport
    for (const key of ['outcome', 'reasons', 'failing', 'waived', 'warnings'] as const) {
      if (report.verdict[key] === undefined) this.#refuse(`verdict.${key} is missing`)
    }
    this.#oneOf(report.verdict.outcome, OUTCOMES, 'verdict.outcome')
    const { remote } = report.verdict
    if (
      remote !== undefined &&
      !(Number.isSafeInteger(remote.fetched) && Number.isSafeInteger(remote.unfetched))
    )
      this.#refuse('verdict.remote does not say what was fetched')
    for (const [i, finding] of report.findings.entries()) this.#finding(finding, `findings[${i}]`)
    for (const [i, artifact] of report.artifacts.entries()) {
      this.#strings(artifact, ['id', 'path'], `artifacts[${i}]`)
      this.#oneOf(artifact.outcome, OUTCOMES, `artifacts[${i}].outcome`)
    }
    for (const [i, coverage] of report.coverage.entries())
      this.#strings(coverage, ['artifact', 'state'], `coverage[${i}]`)
    return report
  }

  #finding(finding: Finding, at: string): void {
    const strings = ['rule', 'title', 'severity', 'confidence', 'artifact', 'path', 'message', 'fingerprint']
    this.#strings(finding, strings, at)
    this.#oneOf(finding.severity, SEVERITIES, `${at}.severity`)
    this.#array(finding.evidence, `${at}.evidence`)
    this.#object(finding.taxonomies, `${at}.taxonomies`)
    for (const key of ['cwe', 'owasp', 'atlas', 'cve'] as const)
      this.#array(finding.taxonomies[key], `${at}.taxonomies.${key}`)
  }

  #parse(text: string): Record<string, unknown> {
    try {
      return this.#object(JSON.parse(text), 'the report')
    } catch (error) {
      if (error instanceof SyntaxError) this.#refuse(`is not JSON (${error.message})`)
      throw error
    }
  }

  #object(value: unknown, at: string): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.#refuse(`${at} is not an object`)
    return value as Record<string, unknown>
  }

  #array(value: unknown, at: string): void {
    if (!Array.isArray(value)) this.#refuse(`${at} is not an array`)
  }

  #strings(value: unknown, keys: readonly string[], at: string): void {
    const object = this.#object(value, at)
    for (const key of keys) if (typeof object[key] !== 'string') this.#refuse(`${at}.${key} is not a string`)
  }

  #oneOf(value: string, allowed: readonly string[], at: string): void {
    if (!allowed.includes(value)) this.#refuse(`${at} is none of ${allowed.join(', ')}`)
  }

  #refuse(what: string): never {
    throw new UsageError(`${this.#name}: ${what}; give a report that weighmaster wrote with -f json`)
  }
}
