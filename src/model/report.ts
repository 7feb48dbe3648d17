import type { Artifact } from './artifact.ts'
import type { Fact } from './fact.ts'
import type { Finding } from './finding.ts'
import type { LoaderView } from './loaders.ts'
import type { TroubleKind } from './trouble.ts'

export type Outcome = 'pass' | 'fail' | 'incomplete'

/** How much of an artifact's own bytes was accounted for; members have their own. */
export interface Coverage {
  readonly artifact: string
  readonly state: 'full' | 'partial' | 'none'
  /** Why not, where not full. */
  readonly why?: readonly TroubleKind[]
  /** Bytes of a remote file that were not fetched, being data by its structure that no loader interprets. */
  readonly unfetched?: number
}

/** A look by ranges: what of the files was fetched, and what was left where it is. In bytes. */
export interface Remote {
  readonly fetched: number
  readonly unfetched: number
}

/** What the producers established, before policy: artifacts, facts, findings and coverage, in a fixed order. */
export interface Inspection {
  readonly artifacts: readonly Artifact[]
  readonly facts: readonly Fact[]
  readonly coverage: readonly Coverage[]
}

export interface Waived {
  readonly finding: string
  readonly rule: string
  readonly reason: string
  readonly owner: string
}

export interface Verdict {
  readonly outcome: Outcome
  /** One line each, the worst first: why it is not `pass`; empty for `pass`. */
  readonly reasons: readonly string[]
  /** Fingerprints of the findings that made it fail. */
  readonly failing: readonly string[]
  readonly waived: readonly Waived[]
  /** Things the person should know about the policy itself: an expired or unused waiver. */
  readonly warnings: readonly string[]
  /** Outcome of every artifact by id, containers taking the worst of themselves and their members. */
  readonly outcomes: ReadonlyMap<string, Outcome>
}

export interface Tool {
  readonly name: 'weighmaster'
  readonly version: string
  /** SHA-256 over the rule and list files in use. */
  readonly rulesDigest: string
}

export interface Report extends Inspection {
  readonly tool: Tool
  /** The policy in force: a preset's name or a file's path, and its SHA-256. */
  readonly policy: { readonly name: string; readonly digest: string; readonly failOn: string }
  readonly targets: readonly string[]
  readonly findings: readonly Finding[]
  readonly verdict: Verdict
  /** Present where files were read where they are: what the verdict is about was not all seen (ARCHITECTURE, Remote verdicts). */
  readonly remote?: Remote
  /** What loaders would do with the files; a view, which decides nothing. */
  readonly loaders?: readonly LoaderView[]
}

const RANK: Record<Outcome, number> = { pass: 0, incomplete: 1, fail: 2 }

/** fail > incomplete > pass. */
export function worst(a: Outcome, b: Outcome): Outcome {
  return RANK[a] >= RANK[b] ? a : b
}
