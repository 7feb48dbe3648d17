import type { JsonObject } from '../model/fact.ts'
import type { Confidence, Severity, Taxonomies } from '../model/finding.ts'
import type { Loader } from '../model/loaders.ts'

/** What a rule file says, as plain data: the same whether it was read from YAML or from the compiled `rules.json`. */
export interface Rule {
  /** `<rule file>/<kebab-name>` */
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly when: Condition
  /** Field that a policy can accept by name. */
  readonly subject?: string
  /** `{field}` stands for a field of the fact's data. */
  readonly message: string
  /** What to do about it; placeholders as in the message. */
  readonly remediation: string
  readonly taxonomies: Taxonomies
  readonly examples: { readonly hit: readonly Example[]; readonly miss: readonly Example[] }
}

export type Condition =
  | FactCondition
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }

/** Facts of one kind whose data passes every test and none of the exclusions. */
export interface FactCondition {
  readonly fact: string
  readonly where?: Where
  /** A list of signatures that must allow the fact. */
  readonly signature?: string
  readonly not?: readonly Exclusion[]
  /** How many occurrences in one artifact, summed over the facts that match. */
  readonly count?: { readonly min?: number; readonly max?: number }
}

/** A fact is excluded when everything named here holds for it. */
export interface Exclusion {
  readonly where?: Where
  readonly signature?: string
}

/** Field name → tests that must all hold. Of an array, one element must pass them all. */
export type Where = Readonly<Record<string, FieldTest>>
export type Scalar = string | number | boolean | null

export interface FieldTest {
  readonly equals?: Scalar
  readonly in?: readonly Scalar[]
  readonly list?: string
  readonly regex?: string
  readonly min?: number
  readonly max?: number
  readonly exists?: boolean
}

/** The facts of one imagined artifact. */
export type Example = readonly ExampleFact[]

export interface ExampleFact {
  readonly fact: string
  readonly data: JsonObject
  readonly count?: number
}

export type List = NamesList | SignaturesList | LoadersList

/** Not for rules to look names up in: the table behind the loader view. */
export interface LoadersList {
  readonly kind: 'loaders'
  readonly entries: readonly Loader[]
}

export interface NamesList {
  readonly kind: 'names'
  /** Exact names; `os.*` is a module with its submodules and attributes. */
  readonly entries: readonly string[]
  /**
   * May a policy's `accept-globals` accept a finding about a name of this list? Not by default: a list names what is
   * known to be dangerous, and accepting that takes a waiver with a reason, an owner and an expiry.
   */
  readonly acceptable: boolean
}

export interface SignaturesList {
  readonly kind: 'signatures'
  readonly entries: readonly Signature[]
}

/** How one global may be used. */
export interface Signature {
  readonly global: string
  readonly reference?: boolean
  readonly call?: readonly ArgumentList[]
  readonly new?: readonly ArgumentList[]
  readonly build?: readonly Argument[]
  /** The qualified name itself has a dot (a class inside a class), so a dotted name in the stream is no attribute walk. */
  readonly dotted?: boolean
}

export type ArgumentList = readonly Argument[]
/** `kind`, `a|b`, `kind*`, `kind?`, or the values that a literal may have. */
export type Argument = string | { readonly in: readonly Scalar[] }

/** Kinds of arguments that a pickle can make, and the four that ask for more than a kind. */
export const ARGUMENT_KINDS: ReadonlySet<string> = new Set(
  (
    'none bool int float complex str bytes bytearray buffer tuple list dict set frozenset persistent object global ' +
    'memo unknown any type callable'
  ).split(' '),
)

/** Everything that was loaded, before it is compiled for matching. */
export interface RuleData {
  readonly rules: readonly Rule[]
  readonly lists: Readonly<Record<string, List>>
  /** SHA-256 over the rule and list files in code-point order. */
  readonly digest: string
}

export function isFactCondition(condition: Condition): condition is FactCondition {
  return 'fact' in condition
}

/** `count: { max: … }` without a minimum also holds where there is nothing. */
export function isPositive(condition: FactCondition): boolean {
  return condition.count === undefined || (condition.count.min ?? 0) > 0
}

/**
 * The conditions that can give a finding its place and data: the first positive one of `all`, each of `any`. None
 * means that the rule could only say what is absent, and a finding would stand nowhere.
 */
export function leads(condition: Condition): FactCondition[] {
  if (isFactCondition(condition)) return isPositive(condition) ? [condition] : []
  if ('any' in condition) {
    const each = condition.any.map(leads)
    return each.some((found) => found.length === 0) ? [] : each.flat()
  }
  if ('all' in condition) return condition.all.map(leads).find((found) => found.length > 0) ?? []
  return []
}

/** Every fact condition, wherever it stands. */
export function factConditions(condition: Condition): FactCondition[] {
  if (isFactCondition(condition)) return [condition]
  if ('not' in condition) return factConditions(condition.not)
  return ('all' in condition ? condition.all : condition.any).flatMap(factConditions)
}

export const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*)\}/g
