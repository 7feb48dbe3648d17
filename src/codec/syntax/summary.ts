import { elementsOf } from './expressions.ts'
import type { Expr, FunctionDef } from './ir.ts'
import type { CallSite } from './machine.ts'
import type { ParameterSink } from './recorder.ts'
import type { Owner } from './records.ts'
import {
  either,
  labelled,
  PARAMETERS_TRACKED,
  parameterBit,
  SOURCE_BITS,
  taintOf,
  type Value,
} from './values.ts'

/** What is known of a function once it was entered: enough to know what a call of it does with data. */
export interface Summary {
  returns: Value
  readonly sinks: ParameterSink[]
  /** First bit of its parameters. */
  readonly first: number
}

export function isLiteral(expr: Expr): boolean {
  return expr.op === 'function'
}

export function originOf({ origin }: Value): Pick<Value, 'origin'> | undefined {
  return origin ? { origin } : undefined
}

/** TorchServe and inference endpoints call these with what a client sent. */
export function isHandler(fn: FunctionDef): boolean {
  const { name, owner, parameters } = fn
  if (owner && /Handler$/.test(owner.name))
    return ['handle', 'preprocess', '__call__', 'inference'].includes(name)
  return name === 'handle' && parameters[0]?.name === 'data' && parameters[1]?.name === 'context'
}

export function elementOf(source: Value): Value {
  const elements = elementsOf(source)
  if (!elements || elements.length === 0) return taintOf([source])
  return elements.slice(0, 8).reduce(either)
}

/** Values by parameter: positions first, then keywords; a method's object is not among the arguments. */
export function argumentsFor(fn: FunctionDef, site: CallSite): (Value | undefined)[] {
  const skip = fn.owner && /^(?:self|cls)$/.test(fn.parameters[0]?.name ?? '') ? 1 : 0
  const positional = site.args.filter((a) => a.name === undefined)
  return fn.parameters.map((parameter, i) => {
    const named = site.args.find((a) => a.name === parameter.name)
    if (named) return named.value
    if (parameter.rest) return taintOf(positional.slice(i - skip).map((a) => a.value))
    return i < skip ? undefined : positional[i - skip]?.value
  })
}

export function returned(summary: Summary, values: readonly (Value | undefined)[]): Value {
  let out: Value = { ...summary.returns, labels: summary.returns.labels & SOURCE_BITS }
  values.forEach((value, i) => {
    if (value && (summary.returns.labels & parameterBit(summary.first + i)) !== 0)
      out = labelled(out, taintOf([value]))
  })
  return out
}

/** Sinks that parameters of the functions around reach from in here. */
export function outerSinks(summary: Summary, fn: FunctionDef): ParameterSink[] {
  let own = 0
  fn.parameters.forEach((_p, i) => {
    if (summary.first + i < PARAMETERS_TRACKED) own |= parameterBit(summary.first + i)
  })
  return summary.sinks.flatMap((s) => ((s.bits & ~own) === 0 ? [] : [{ ...s, bits: s.bits & ~own }]))
}

/** Ends that the parameters of one function reach, told apart. */
const SINKS_KEPT = 64

/** One for each function at the end, whatever the ways to it: there may be very many. */
export function addSinks(held: ParameterSink[], sinks: readonly ParameterSink[]): void {
  for (const reached of sinks) {
    const same = held.findIndex((s) => s.sink === reached.sink && s.callee === reached.callee)
    const before = held[same]
    if (before) held[same] = { ...before, bits: before.bits | reached.bits }
    else if (held.length < SINKS_KEPT) held.push(reached)
  }
}

/** The function, or the module, that is being analysed, and how far. */
export interface Frame {
  owner: Owner
  readonly summary: Summary | undefined
  /** Conditions and loops around the current statement. */
  uncertain: number
  looping: number
  /** Callbacks of the current statement. */
  readonly deferred: { readonly fn: FunctionDef; readonly given: Value }[]
}

export function frameOf(owner: Owner, summary: Summary | undefined): Frame {
  return { owner, summary, uncertain: 0, looping: 0, deferred: [] }
}
