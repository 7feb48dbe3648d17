import {
  FOREIGN_GLOBALS,
  KNOWN_FILTERS,
  KNOWN_FUNCTIONS,
  KNOWN_METHODS,
  leadsInside,
  SINKS,
} from './names.ts'
import { child, children, descendants, list, type Node, operatorOf, textOf } from './tree.ts'

/** One thing a template does that chat templates do not need. */
export interface Observation {
  readonly what: 'attribute' | 'computed' | 'global' | 'call' | 'sink' | 'format' | 'load' | 'loop'
  readonly name: string
}

/** Filters that look up an attribute by a name they are given. */
const BY_ATTRIBUTE = new Set([
  'map',
  'selectattr',
  'rejectattr',
  'groupby',
  'sort',
  'unique',
  'sum',
  'max',
  'min',
])
const MOST_STEPS = 1_000_000

/** The ways out of a template: attribute walks, names built at run time, functions no renderer of chats offers. */
export function* escapes(tree: Node): Generator<Observation> {
  const defined = definedNames(tree)
  const built = builtNames(tree)
  const labels = new Set<Node>()
  for (const node of descendants(tree)) {
    for (const label of labelsOf(node)) labels.add(label)
    if (node.type === 'MemberExpression') yield* member(node, built)
    else if (node.type === 'CallExpression' && !labels.has(node)) yield* call(node, defined)
    else if (node.type === 'FilterExpression' || node.type === 'FilterStatement') yield* filter(node)
    else if (node.type === 'Identifier' && !labels.has(node)) yield* name(node, defined)
    else if (node.type === 'StringLiteral') yield* literal(node)
  }
  yield* loops(tree)
}

/** Variables, parameters and macros that the template itself defines. */
function definedNames(tree: Node): Set<string> {
  const names = new Set<string>()
  const add = (node: Node | undefined): void => {
    if (!node) return
    if (node.type === 'TupleLiteral' || node.type === 'ArrayLiteral') list(node, 'value').forEach(add)
    else if (node.type === 'KeywordArgumentExpression') add(child(node, 'key'))
    else if (node.type === 'Identifier') names.add(textOf(node) ?? '')
  }
  for (const node of descendants(tree)) {
    if (node.type === 'Set') add(child(node, 'assignee'))
    if (node.type === 'For') add(child(node, 'loopvar'))
    if (node.type === 'Macro') [child(node, 'name'), ...list(node, 'args')].forEach(add)
    if (node.type === 'CallStatement') list(node, 'callerArgs').forEach(add)
  }
  return names
}

/** Variables whose value is a text put together, which may become a name later. */
function builtNames(tree: Node): Set<string> {
  const names = new Set<string>()
  for (const node of descendants(tree)) {
    const [target, value] = [child(node, 'assignee'), child(node, 'value')]
    if (node.type === 'Set' && target && value && isBuiltText(value)) names.add(variable(target) ?? '')
  }
  return names
}

/** What a variable, or a field of a namespace, is called. */
function variable(node: Node): string | undefined {
  return node.type === 'Identifier' ? textOf(node) : textOf(child(node, 'property'))
}

/** The parts of a node that only look like variables and calls: names of attributes, filters, tests and arguments. */
function labelsOf(node: Node): Node[] {
  const isPlain = node.type === 'MemberExpression' && node.computed !== true
  const label = isPlain ? child(node, 'property') : (child(node, 'filter') ?? child(node, 'key'))
  const named = node.type === 'TestExpression' ? child(node, 'test') : label
  const callee = named?.type === 'CallExpression' ? child(named, 'callee') : undefined
  return [named, callee].filter((part) => part !== undefined)
}

function* member(node: Node, built: ReadonlySet<string>): Generator<Observation> {
  const property = child(node, 'property')
  if (!property) return
  const known = textOf(property)
  const isName = node.computed !== true || property.type === 'StringLiteral'
  if (isName && known !== undefined) {
    if (leadsInside(known)) yield { what: 'attribute', name: known }
  } else if (property.type === 'SliceExpression') {
    // A part of a list; no name.
  } else if (node.computed === true && (isBuiltText(property) || built.has(variable(property) ?? '')))
    yield { what: 'computed', name: 'subscript' }
}

/** An expression that puts a text together, where plain subscripts compute numbers or pass variables on. */
function isBuiltText(node: Node): boolean {
  for (const part of descendants(node)) {
    const operands = [child(part, 'left'), child(part, 'right')]
    const hasText = operands.some((operand) => operand?.type === 'StringLiteral')
    const operator = operatorOf(part)
    if (part.type === 'BinaryExpression' && (operator === '~' || (/^[+*%]$/.test(operator) && hasText)))
      return true
    if (part.type === 'FilterExpression' && TEXT_FILTERS.has(filterName(part) ?? '')) return true
    if (part.type === 'SliceExpression' && child(part, 'step')) return true
    const method = part.type === 'CallExpression' ? methodName(part) : undefined
    if (method !== undefined && TEXT_METHODS.has(method)) return true
  }
  return false
}

const TEXT_FILTERS = new Set(['join', 'format', 'replace', 'reverse'])
const TEXT_METHODS = new Set([
  'join',
  'format',
  'format_map',
  'replace',
  'decode',
  'removeprefix',
  'removesuffix',
])

function methodName(call: Node): string | undefined {
  const callee = child(call, 'callee')
  if (callee?.type !== 'MemberExpression') return undefined
  return textOf(child(callee, 'property'))
}

function* call(node: Node, defined: ReadonlySet<string>): Generator<Observation> {
  const callee = child(node, 'callee')
  const method = methodName(node)
  if (method !== undefined) {
    if (SINKS.has(method)) yield { what: 'sink', name: method }
    else if (!KNOWN_METHODS.has(method) && !leadsInside(method) && !isDefinedMember(callee, defined))
      yield { what: 'call', name: method }
    if ((method === 'format' || method === 'format_map') && objectOf(callee)?.type !== 'StringLiteral')
      yield { what: 'format', name: method }
    return
  }
  const name = textOf(callee)
  if (name === undefined) {
    if (callee) yield { what: 'call', name: `(${callee.type})` }
  } else if (SINKS.has(name) && !defined.has(name)) yield { what: 'sink', name }
  else if (!defined.has(name) && !KNOWN_FUNCTIONS.has(name)) yield { what: 'call', name }
}

function objectOf(callee: Node | undefined): Node | undefined {
  return callee && child(callee, 'object')
}

/** A field of something the template made itself, such as a namespace that keeps a macro. */
function isDefinedMember(callee: Node | undefined, defined: ReadonlySet<string>): boolean {
  const owner = objectOf(callee)
  return owner?.type === 'Identifier' && defined.has(textOf(owner) ?? '')
}

function filterName(node: Node): string | undefined {
  const applied = child(node, 'filter')
  return textOf(applied?.type === 'CallExpression' ? child(applied, 'callee') : applied)
}

function* filter(node: Node): Generator<Observation> {
  const applied = child(node, 'filter')
  const name = filterName(node)
  const args = applied?.type === 'CallExpression' ? list(applied, 'args') : []
  if (name !== undefined && !KNOWN_FILTERS.has(name)) yield { what: 'call', name }
  if (name === 'attr') yield* attributeNamed(args[0])
  else if (name !== undefined && BY_ATTRIBUTE.has(name)) {
    const keyword = args.find((arg) => textOf(child(arg, 'key')) === 'attribute')
    const named = keyword ? child(keyword, 'value') : args[0]
    const text = textOf(named)
    if (named?.type === 'StringLiteral' && text?.split('.').some(leadsInside))
      yield { what: 'attribute', name: text }
    else if (named && isBuiltText(named)) yield { what: 'computed', name }
    if (name === 'map' && named?.type === 'StringLiteral' && text === 'attr') yield* attributeNamed(args[1])
  }
}

function* attributeNamed(argument: Node | undefined): Generator<Observation> {
  if (argument?.type !== 'StringLiteral') yield { what: 'computed', name: 'attr' }
  else if (leadsInside(textOf(argument) ?? '') || textOf(argument) === 'format')
    yield { what: 'attribute', name: textOf(argument) ?? '' }
}

function* name(node: Node, defined: ReadonlySet<string>): Generator<Observation> {
  const value = textOf(node) ?? ''
  if (leadsInside(value) && value.startsWith('__')) yield { what: 'attribute', name: value }
  else if (FOREIGN_GLOBALS.has(value) && !defined.has(value)) yield { what: 'global', name: value }
}

/** The names that every escape from a sandbox is made of, wherever they stand. */
const WAYS_OUT =
  /^__(?:class|mro|bases?|subclasses|globals|builtins|import|init|getattribute|getattr|dict|code|reduce|reduce_ex|loader|spec)__$/

/** A name kept for later, or a format string that reads attributes: `{0.__class__}`. */
function* literal(node: Node): Generator<Observation> {
  const text = textOf(node) ?? ''
  if (WAYS_OUT.test(text)) yield { what: 'attribute', name: text }
  const inside = /\{\w*(?:\.|\[)[^{}]*__\w+/.exec(text)
  if (inside) yield { what: 'format', name: inside[0].slice(0, 60) }
}

/** Loops over ranges of a fixed size that would keep a server busy: one very long, or several in each other. */
function* loops(tree: Node): Generator<Observation> {
  const open: { node: Node; steps: number }[] = [{ node: tree, steps: 1 }]
  for (let next = open.pop(); next; next = open.pop()) {
    let { steps } = next
    const range = next.node.type === 'For' ? rangeSteps(child(next.node, 'iterable')) : undefined
    if (range !== undefined) {
      steps *= range
      if (steps > MOST_STEPS) {
        yield { what: 'loop', name: 'range' }
        return
      }
    }
    for (const node of children(next.node)) open.push({ node, steps })
  }
}

function rangeSteps(iterable: Node | undefined): number | undefined {
  if (iterable?.type !== 'CallExpression' || textOf(child(iterable, 'callee')) !== 'range') return undefined
  const numbers = list(iterable, 'args').map(numberOf)
  return Math.max(1, ...numbers)
}

function numberOf(node: Node): number {
  if (node.type === 'IntegerLiteral' && typeof node.value === 'number') return node.value
  const [left, right] = [child(node, 'left'), child(node, 'right')]
  if (node.type !== 'BinaryExpression' || !left || !right) return 1
  if (operatorOf(node) === '**') return numberOf(left) ** numberOf(right)
  return operatorOf(node) === '*' ? numberOf(left) * numberOf(right) : 1
}
