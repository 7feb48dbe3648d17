import { effectOf } from './effects.ts'
import type { Expr } from './ir.ts'
import type { Machine } from './machine.ts'
import { Scope } from './scope.ts'
import { toolDescribed } from './tools.ts'
import {
  CONSTANT_LIMIT,
  either,
  ITEMS_LIMIT,
  joined,
  labelled,
  taintOf,
  text,
  UNKNOWN,
  type Value,
} from './values.ts'

/** Elements of a comprehension that are computed one by one: obfuscated strings are shorter, data is not interesting. */
const UNROLLED = 20_000

/** What is known of an expression, and what evaluating it does. */
export function evaluateExpression(machine: Machine, expr: Expr, scope: Scope): Value {
  machine.spend()
  switch (expr.op) {
    case 'constant':
      return text(expr.value, expr.bytes)
    case 'name':
      return nameValue(machine, expr.name, scope)
    case 'member':
      return memberOf(machine, machine.evaluate(expr.object, scope), expr.name)
    case 'index':
      return indexOf(machine, machine.evaluate(expr.object, scope), machine.evaluate(expr.index, scope))
    case 'slice':
      return sliced(machine, expr, scope)
    case 'call':
      return machine.call(expr, scope)
    case 'list':
      return list(machine, expr.items, scope)
    case 'map':
      return mapping(machine, expr, scope)
    case 'join':
      return joined(expr.parts.map((p) => machine.evaluate(p, scope)))
    case 'binary':
      return binary(expr.operator, machine.evaluate(expr.left, scope), machine.evaluate(expr.right, scope))
    case 'function':
      return machine.define(expr.fn, scope)
    case 'comprehension':
      return comprehension(machine, expr, scope)
    case 'assign': {
      const value = machine.evaluate(expr.value, scope)
      machine.assign(expr.target, value, scope)
      return value
    }
    case 'any': {
      if (expr.flag !== undefined) return { labels: 0, flag: expr.flag }
      const values = expr.parts.map((p) => machine.evaluate(p, scope))
      return expr.truth ? UNKNOWN : values.reduce(either, UNKNOWN)
    }
  }
}

export function nameValue(machine: Machine, name: string, scope: Scope): Value {
  const held = scope.get(name)
  if (held) return held
  const { builtins, effects } = machine.dialect
  const star = scope.allStars.find((module) => effectOf(effects, `${module}.${name}`) !== undefined)
  if (star !== undefined) return { path: `${star}.${name}`, labels: 0 }
  return builtins.has(name) ? { ...machine.dialect.member(name), path: name, labels: 0 } : UNKNOWN
}

export function memberOf(machine: Machine, object: Value, name: string): Value {
  const entry = object.entries?.get(name)
  if (entry) return entry
  const { path } = object
  if (path === undefined) return taintOf([object])
  const full = `${path}.${name}`
  const known = machine.member(full) ?? machine.dialect.member(full)
  if (known) return known
  const { hidden, pieced, handle, constant } = object
  return {
    path: full,
    labels: object.labels,
    ...(object.origin ? { origin: object.origin } : {}),
    ...(hidden && constant === undefined ? { hidden } : {}),
    ...(pieced && constant === undefined ? { pieced } : {}),
    ...(object.bound ? { bound: object.bound } : {}),
    ...(handle ? { handle } : {}),
  }
}

function indexOf(machine: Machine, object: Value, key: Value): Value {
  const special = machine.dialect.index(object, key)
  if (special) return special
  const { constant } = key
  if (typeof constant === 'string') {
    const entry = object.entries?.get(constant)
    if (entry) return entry
    if (object.path !== undefined && machine.dialect.language === 'javascript') {
      const member = memberOf(machine, object, constant)
      const marks = { ...(key.hidden ? { hidden: true } : {}), ...(key.pieced ? { pieced: true } : {}) }
      return { ...member, ...marks, bound: member.bound ?? [] }
    }
  }
  if (typeof constant === 'number') {
    if (object.items) return object.items.at(constant) ?? UNKNOWN
    if (typeof object.constant === 'string' && !object.bytes) {
      return { ...object, constant: object.constant.at(constant) ?? '', pieced: true }
    }
    if (typeof object.constant === 'string') return text(object.constant.charCodeAt(constant) || 0)
  }
  return taintOf([object])
}

function sliced(machine: Machine, expr: Expr & { op: 'slice' }, scope: Scope): Value {
  const object = machine.evaluate(expr.object, scope)
  const bound = (e: Expr | undefined) => (e ? machine.evaluate(e, scope).constant : undefined)
  const [from, to, step] = [bound(expr.from), bound(expr.to), bound(expr.step)]
  const stepped = typeof step === 'number' ? step : 1
  if (step !== undefined && typeof step !== 'number') return taintOf([object])
  const cut = <T>(all: readonly T[]): T[] => {
    const part = all.slice(typeof from === 'number' ? from : 0, typeof to === 'number' ? to : undefined)
    const ordered = stepped < 0 ? part.reverse() : part
    const every = Math.max(1, Math.abs(stepped))
    return every === 1 ? ordered : ordered.filter((_item, i) => i % every === 0)
  }
  if (typeof object.constant === 'string') {
    const constant = stepped === 1 ? sliceText(object.constant, from, to) : cut([...object.constant]).join('')
    return { ...object, constant, ...(stepped === 1 ? { pieced: true } : { hidden: true }) }
  }
  return object.items ? { ...object, items: cut(object.items) } : taintOf([object])
}

function sliceText(
  whole: string,
  from: string | number | undefined,
  to: string | number | undefined,
): string {
  return whole.slice(typeof from === 'number' ? from : 0, typeof to === 'number' ? to : undefined)
}

function list(machine: Machine, items: readonly Expr[], scope: Scope): Value {
  const values = items.map((item) => machine.evaluate(item, scope))
  const from = taintOf(values.slice(0, 64))
  return values.length <= ITEMS_LIMIT ? { ...from, items: values } : from
}

function mapping(machine: Machine, { entries, start, end }: Expr & { op: 'map' }, scope: Scope): Value {
  const held = new Map<string, Value>()
  let from: Value = UNKNOWN
  for (const { key, value } of entries) {
    const name = key && machine.evaluate(key, scope).constant
    const given = machine.evaluate(value, scope)
    from = labelled(from, given)
    if (name !== undefined) held.set(String(name), given)
    else if (!key) for (const [k, v] of given.entries ?? []) held.set(k, v)
  }
  const tool = toolDescribed(held, { start, end })
  if (tool) machine.describes(tool)
  return { labels: from.labels, ...(from.origin ? { origin: from.origin } : {}), entries: held }
}

function comprehension(machine: Machine, expr: Expr & { op: 'comprehension' }, scope: Scope): Value {
  const source = machine.evaluate(expr.source, scope)
  const inner = new Scope(scope, scope.fn)
  const elements = elementsOf(source)
  if (!elements || elements.length > UNROLLED || elements.length === 0) {
    machine.assign(expr.target, taintOf([source]), inner)
    return taintOf([machine.evaluate(expr.element, inner), source])
  }
  const items = elements.map((element) => {
    machine.assign(expr.target, element, inner)
    return machine.evaluate(expr.element, inner)
  })
  return { ...taintOf(items.slice(0, 64)), items }
}

/** The elements of a list or the characters of a text. */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (value.items) return value.items
  const { constant, bytes } = value
  if (typeof constant !== 'string') return undefined
  return bytes
    ? Array.from(constant, (c) => text(c.charCodeAt(0)))
    : Array.from(constant, (c) => ({ ...value, constant: c }))
}

function binary(operator: string, left: Value, right: Value): Value {
  const [a, b] = [left.constant, right.constant]
  if (operator === '/' && left.path?.startsWith('pathlib.')) {
    const { pieced: _pieced, ...whole } = joined([left, text('/'), right])
    return { ...whole, path: 'pathlib.Path()' }
  }
  if (operator === '%' && typeof a === 'string') return formatted(a, left, right)
  if (operator === '*' && typeof b === 'number') {
    if (typeof a === 'string')
      return b * a.length <= CONSTANT_LIMIT ? { ...left, constant: a.repeat(Math.max(0, b)) } : UNKNOWN
    if (left.items && b * left.items.length <= 4096) {
      return { ...left, items: Array.from({ length: Math.max(0, b) }, () => left.items ?? []).flat() }
    }
  }
  if (typeof a === 'number' && typeof b === 'number') {
    const number = arithmetic(operator, a, b)
    if (number !== undefined) return { constant: number, labels: left.labels | right.labels, hidden: true }
  }
  return taintOf([left, right])
}

function arithmetic(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? undefined : a / b
    case '//':
      return b === 0 ? undefined : Math.floor(a / b)
    case '%':
      return b === 0 ? undefined : ((a % b) + b) % b
    case '^':
      return a ^ b
    case '&':
      return a & b
    case '|':
      return a | b
    case '<<':
      return b < 31 ? a << b : undefined
    case '>>':
    case '>>>':
      return a >> b
    case '**':
      return a ** b
    default:
      return undefined
  }
}

function formatted(pattern: string, left: Value, right: Value): Value {
  const given = right.items ?? [right]
  let at = 0
  const pieces = pattern.split(/%[-+ #0]*\d*(?:\.\d+)?[srdioxXfgeEGac]/)
  const parts = pieces.flatMap((piece, i) =>
    i === 0 ? [text(piece)] : [given[at++] ?? UNKNOWN, text(piece)],
  )
  return labelled(joined(parts), left)
}
