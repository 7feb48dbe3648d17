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
}

/** What holds for the paths that a glob matches; a later override wins over an earlier one. */
export interface Override {
  readonly path: string
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
