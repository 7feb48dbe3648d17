import { effectOf, type Known } from './effects.ts'
import type { Expr } from './ir.ts'
import type { CallSite, Given, Machine } from './machine.ts'
import { pathClass } from './places.ts'
import type { Scope } from './scope.ts'
import { LABEL, labelled, taintOf, type Value } from './values.ts'

/** Evaluates callee and arguments of a call, each once. */
export function callSite(
  machine: Machine,
  expr: Expr & { op: 'call' },
  scope: Scope,
  memberOf: MemberOf,
): CallSite {
  const { callee: written, start, end } = expr
  let receiver: Value | undefined
  let method: string | undefined
  let callee: Value
  if (written.op === 'member') {
    receiver = machine.evaluate(written.object, scope)
    method = written.name
    callee = memberOf(machine, receiver, written.name)
  } else {
    callee = machine.evaluate(written, scope)
    if (written.op === 'index') receiver = machine.evaluate(written.object, scope)
  }
  const given = expr.args.map((a): Given => {
    const value = machine.evaluate(a.value, scope)
    return {
      value,
      expr: a.value,
      ...(a.name ? { name: a.name } : {}),
      ...(a.spread ? { spread: true } : {}),
    }
  })
  // Arguments bound by a partial application come first.
  const bound = callee.bound ?? []
  const args = [...bound.map((value): Given => ({ value, expr: written })), ...given]
  const name = callee.path?.replaceAll('()', '')
  return { callee, name, receiver, method, args, start, end }
}

export type MemberOf = (machine: Machine, object: Value, name: string) => Value

/** Python's `open`: reads or writes by its mode. */
export function openEffect(site: CallSite): Known {
  const mode = site.args.find((a) => a.name === 'mode') ?? site.args.filter((a) => a.name === undefined)[1]
  const writes = typeof mode?.value.constant === 'string' && /[wax+]/.test(mode.value.constant)
  return writes ? { effect: 'file-write' } : { effect: 'file-read', gives: 'file' }
}

/** What a call with a known effect returns: data from there, and an object whose methods belong to it. */
export function resultOf(site: CallSite, known: Known | undefined, callee: string): Value {
  const from = taintOf([...(site.receiver ? [site.receiver] : []), ...site.args.map((a) => a.value)])
  const given = known?.gives ? fileLabel(site, known.gives) : 0
  const origin = given !== 0 ? { start: site.start, end: site.end, callee } : from.origin
  const labels = given | (known?.effect === 'network' ? 0 : from.labels)
  return { labels, path: `${callee}()`, ...(origin ? { origin } : {}) }
}

function fileLabel(site: CallSite, gives: keyof typeof LABEL): number {
  if (gives !== 'file') return LABEL[gives]
  const named = [site.receiver, site.receiver?.handle, ...site.args.map((a) => a.value)].map(
    (v) => v?.constant ?? (v && 'prefix' in v ? v.prefix : undefined),
  )
  const secret = named.some((n) => typeof n === 'string' && pathClass(n) === 'secret')
  return secret ? LABEL.file | LABEL['secret-file'] : LABEL.file
}

export function effectAt(machine: Machine, site: CallSite): Known | undefined {
  const { name } = site
  if (name === undefined) return undefined
  const isOpen = name === 'open' || name === 'io.open' || name === 'codecs.open' || name === 'builtins.open'
  if (isOpen && machine.dialect.language === 'python') return openEffect(site)
  if (name === 'pathlib.Path.open') {
    const known = openEffect({
      ...site,
      args: [{ value: site.receiver ?? site.callee, expr: site.args[0]?.expr ?? NOTHING }, ...site.args],
    })
    return { ...known, sink: -1 }
  }
  return effectOf(machine.dialect.effects, name)
}

const NOTHING: Expr = { op: 'any', parts: [], start: 0, end: 0 }

/** Does it write to (rather than read from) the file behind a handle? Gives the value with the label of the data. */
export function written(site: CallSite, known: Known): Value | undefined {
  if (known.effect !== 'file-write') return undefined
  return labelled({ labels: 0 }, taintOf(site.args.map((a) => a.value)))
}
