import type { Severity } from '../model/finding.ts'
import type { SignerRule } from '../model/signature.ts'

/** What turns findings and coverage into a verdict. Plain data; presets are ordinary files of the same form. */
export interface Policy {
  /** A preset's name, or the file's path as the user gave it. */
  readonly name: string
  /** SHA-256 of the policy file. */
  readonly digest: string
  readonly failOn: Severity
  /** Exact names of globals whose findings are accepted everywhere. */
  readonly acceptGlobals: readonly string[]
  readonly overrides: readonly Override[]
  readonly waivers: readonly Waiver[]
  /** Who must have signed what; a later rule wins over an earlier one. Paths of keys are relative to the policy's file. */
  readonly signers: readonly SignerRule[]
  readonly demands: readonly Demand[]
  readonly conditions: readonly PolicyCondition[]
}

/** Names that are allowed or denied. With `allow`, what is not named is denied; `deny` wins over `allow`. */
export interface Names {
  /** Patterns: `*` stands for anything. */
  readonly allow?: readonly string[]
  readonly deny: readonly string[]
}

export const NAME_DEMANDS = ['formats', 'publishers', 'licences', 'capabilities'] as const
export type NameDemand = (typeof NAME_DEMANDS)[number]

/** Something that must hold whatever the rules find; what is not known does not hold. */
export type Demand = { readonly place: string; readonly scope?: Scope } & (
  | { readonly demand: NameDemand; readonly names: Names }
  | { readonly demand: 'signed' | 'pinned' }
  | { readonly demand: 'max-age'; readonly days: number }
)

/** Where a demand or override holds: paths or references that a glob matches. */
export type Scope = { readonly path: string } | { readonly reference: string }

export const EACH = ['report', 'artifact', 'finding', 'entry'] as const

/** A condition in CEL for what nothing else can say. */
export interface PolicyCondition {
  readonly name: string
  /** What it is asked about, once for each. */
  readonly each: (typeof EACH)[number]
  /** A CEL expression; true denies, and so does an error. */
  readonly deny: string
  readonly message: string
  readonly place: string
}

/** What holds for the paths or references that a glob matches; a later override wins over an earlier one. */
export interface Override {
  readonly scope: Scope
  /** `file:line:column`. */
  readonly place: string
  readonly failOn?: Severity
  /** Rule id → the severity it has here. */
  readonly severity: Readonly<Record<string, Severity>>
  readonly acceptGlobals: readonly string[]
}

/** Somebody's signed-off exception: one rule on one artifact, for a time. */
export interface Waiver {
  /** A rule id, or `coverage`: then the artifact is no longer `incomplete`, whatever the reason. */
  readonly rule: string
  /** What it covers: the artifact with this SHA-256 and everything inside it, or the paths that a glob matches. */
  readonly target: { readonly digest: string } | { readonly path: string }
  readonly reason: string
  readonly owner: string
  /** `YYYY-MM-DD`, the last day (UTC) on which it holds. */
  readonly expires: string
  /** `file:line:column`, for warnings. */
  readonly place: string
}

export const COVERAGE = 'coverage'
export const PRESETS = ['strict', 'balanced', 'permissive'] as const
export type Preset = (typeof PRESETS)[number]
