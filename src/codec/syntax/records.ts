import type { Effect } from './effects.ts'
import type { FunctionDef, Range } from './ir.ts'
import type { PathClass } from './places.ts'
import type { ToolRecord } from './tool-record.ts'
import type { Source } from './values.ts'

/** When code runs: on import of the file, when the file is run as a program, when its package is installed, or later. */
export type Context = 'import-time' | 'class' | 'main-guard' | 'install' | 'function'

export interface ImportRecord extends Range {
  readonly module: string
  readonly name?: string
  readonly owner: Owner
}

/** Where in the program something stands. */
export interface Owner {
  readonly fn: FunctionDef | undefined
  readonly guard: boolean
  readonly inClass: boolean
  /** Names of tools for which alone it runs, by the question that its function asks. */
  readonly names?: readonly string[]
}

/** A call of a function of another file of the same program. */
export interface CrossCall {
  readonly module: string
  readonly name: string
  readonly owner: Owner
}

export interface CallRecord extends Range {
  readonly callee: string
  readonly effect: Effect
  readonly shell: boolean
  /** Kind of each argument: `constant`, `unknown`, a source, `list`, … */
  readonly kinds: readonly string[]
  readonly constants: readonly string[]
  /** Classes of the paths among the constants. */
  readonly paths: readonly PathClass[]
  /** Reached by reflection (`getattr`, `globals()[…]`) instead of by its name. */
  readonly reflected: boolean
  /** The name or the constant was put together so that a reader does not see it. */
  readonly obfuscated: boolean
  readonly owner: Owner
  /** Command line or argument vector of a process where it is constant, for the shell analysis. */
  readonly command?: readonly (string | undefined)[]
}

export type Sink = Effect | 'process-argument'

export interface FlowRecord extends Range {
  readonly source: Source
  readonly sink: Sink
  readonly callee: string
  /** What gave the data, and where. */
  readonly origin: (Range & { readonly callee: string }) | undefined
  readonly constants: readonly string[]
  readonly paths: readonly PathClass[]
  readonly owner: Owner
}

export interface DecodedRecord extends Range {
  readonly via: string
  readonly content: string
  readonly isBytes: boolean
  /** It is run as code. */
  readonly runs: boolean
  readonly owner: Owner
}

export interface EnvironmentRecord extends Range {
  readonly name: string
  readonly owner: Owner
}

/** Everything one file was seen to do, in order of place. */
export interface Behaviour {
  readonly imports: readonly ImportRecord[]
  readonly calls: readonly CallRecord[]
  readonly flows: readonly FlowRecord[]
  readonly decoded: readonly DecodedRecord[]
  readonly environment: readonly EnvironmentRecord[]
  contextOf(owner: Owner): Context
  /** Names of the tools whose handlers reach this place; `*` for some tool that cannot be told. */
  toolsOf(owner: Owner): readonly string[]
  /** Names of the functions of the file that reach a place: what other files call it by. */
  functionsOf(owner: Owner): readonly string[]
  readonly crossings: readonly CrossCall[]
  readonly tools: readonly ToolRecord[]
  /** The analysis ended early: too much to evaluate. */
  readonly exhausted: boolean
}
