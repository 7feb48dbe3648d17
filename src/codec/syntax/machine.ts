import type { EffectTable } from './effects.ts'
import type { Expr, FunctionDef, Range } from './ir.ts'
import type { Scope } from './scope.ts'
import type { ToolRecord } from './tool-record.ts'
import type { Value } from './values.ts'

export interface Given {
  readonly value: Value
  readonly name?: string
  readonly spread?: boolean
  readonly expr: Expr
}

/** A call as it is evaluated: the callee and its arguments are. */
export interface CallSite extends Range {
  readonly callee: Value
  /** Dotted name, without the parentheses of calls on the way. */
  readonly name: string | undefined
  /** The object that a method is called on, and the method. */
  readonly receiver: Value | undefined
  readonly method: string | undefined
  readonly args: readonly Given[]
}

/** What a language adds to the analysis. */
export interface Dialect {
  readonly language: 'python' | 'javascript'
  readonly effects: EffectTable
  readonly builtins: ReadonlySet<string>
  /** Assignment to a name of an outer scope changes that. */
  readonly assignsOuter: boolean
  /** Result of a function of pure data, or of one that reaches names; undefined where it is neither. */
  fold(site: CallSite, machine: Machine): Value | undefined
  /** What `object[index]` is, where that is more than an element. */
  index(object: Value, index: Value): Value | undefined
  /** What a name such as `os.environ` is by itself. */
  member(path: string): Value | undefined
}

/** The part of the interpreter that evaluation of expressions and calls needs. */
export interface Machine {
  readonly dialect: Dialect
  evaluate(expr: Expr, scope: Scope): Value
  assign(target: Expr, value: Value, scope: Scope): void
  /** Binds a name as the language does. */
  bind(name: string, value: Value, scope: Scope): void
  setMember(path: string, value: Value, at: Range): void
  setIndex(target: Expr & { op: 'index' }, value: Value, scope: Scope): void
  define(fn: FunctionDef, scope: Scope): Value
  call(expr: Expr & { op: 'call' }, scope: Scope): Value
  /** Calls a value with values, as `functools.partial` and `map` do. */
  apply(callee: Value, args: readonly Value[], at: Range): Value
  /** A member that the program itself gave a value: an attribute, a method of a class of its own. */
  member(path: string): Value | undefined
  /** A literal that describes a tool. */
  describes(tool: ToolRecord): void
  spend(): void
}

export function argument(site: CallSite, index: number, name?: string): Value | undefined {
  const named = name === undefined ? undefined : site.args.find((a) => a.name === name)
  if (named) return named.value
  const given = site.args.filter((a) => a.name === undefined)[index]
  return given?.value
}
