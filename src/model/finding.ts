import type { At, Location } from './fact.ts'

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]
export type Confidence = 'low' | 'medium' | 'high'

/** Is `a` at least as severe as `b`? */
export function reaches(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b)
}

export interface Taxonomies {
  /** `CWE-502` */
  readonly cwe: readonly string[]
  /** OWASP LLM Top 10 2025: `LLM03:2025` */
  readonly owasp: readonly string[]
  /** MITRE ATLAS technique: `AML.T0010` */
  readonly atlas: readonly string[]
  readonly cve: readonly string[]
}

/** One rule that matched one fact (or one group of facts) of one artifact. */
export interface Finding {
  /** `<rule file>/<kebab-name>`: stable for ever. */
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly confidence: Confidence
  /** Artifact id and its display path. */
  readonly artifact: string
  readonly path: string
  readonly message: string
  readonly at?: At
  /** Decoded examples with their places: what a person needs to believe it. */
  readonly evidence: readonly Location[]
  /** How many occurrences were folded into it. */
  readonly count: number
  /** What a policy can accept by name, e.g. the global `sklearn.tree._tree.Tree`. */
  readonly subject?: string
  readonly remediation: string
  readonly taxonomies: Taxonomies
  /** SHA-256 of rule, path, kind and data without offsets, plus an ordinal. */
  readonly fingerprint: string
}
