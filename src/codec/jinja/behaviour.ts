import { child, descendants, list, type Node, operatorOf, textOf } from './tree.ts'

/** Something in a template that changes what a model is told, without any code. */
export interface Behaviour {
  readonly what: 'trigger' | 'date-trigger' | 'invisible' | 'encoded' | 'link'
  readonly text: string
}

/** Zero-width characters, bidirectional controls, tag characters: what a reader of the template does not see. */
const INVISIBLE = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u{e0000}-\u{e007f}]/u
const ENCODED = /(?:[A-Za-z\d+/]{4}){30,}={0,2}/
const LINK = /\bhttps?:\/\/[^\s'"<>]+/i
/** Four words in a row: prose, where templates otherwise print markup. */
const PROSE = /(?:\p{L}{2,}[,;:]?\s+){3,}\p{L}{2,}/u
/** Markup that a message may hold by the chat format itself: `<think>`, `[TOOL_CALLS]`, `/no_think`, `</s>`. */
const MARKUP = /^[^\p{L}\p{N}]/u
const COMPARISONS = new Set(['in', 'not in', '==', '!='])
const COMPARING_METHODS = new Set(['startswith', 'endswith', 'find', 'count', 'index'])

/** The first of each kind: what is printed that nobody sees, and what is printed only if somebody says a word. */
export function* behaviours(tree: Node): Generator<Behaviour> {
  const nodes = [...descendants(tree)]
  for (const text of nodes.map(textIn)) {
    if (INVISIBLE.test(text)) yield { what: 'invisible', text: text.replace(INVISIBLE, '·').slice(0, 100) }
    const encoded = ENCODED.exec(text)
    if (encoded) yield { what: 'encoded', text: encoded[0].slice(0, 60) }
    const link = LINK.exec(text)
    if (link) yield { what: 'link', text: link[0].slice(0, 100) }
  }
  const derived = messageNames(nodes)
  for (const node of nodes)
    if (node.type === 'If' || node.type === 'Ternary') yield* conditional(node, derived)
}

/** Text that a node prints or computes with. */
function textIn(node: Node): string {
  return node.type === 'StringLiteral' ? (textOf(node) ?? '') : ''
}

/** Variables that hold what somebody wrote, or a part of it. */
function messageNames(nodes: readonly Node[]): Set<string> {
  const names = new Set(['content', 'text'])
  for (const node of nodes) {
    const [target, value] = [child(node, 'assignee'), child(node, 'value')]
    const name = textOf(target)
    if (node.type === 'Set' && name !== undefined && value && readsMessage(value, names)) names.add(name)
  }
  return names
}

function readsMessage(node: Node, names: ReadonlySet<string>): boolean {
  for (const part of descendants(node)) if (names.has(textOf(part) ?? '')) return true
  return false
}

function* conditional(node: Node, derived: ReadonlySet<string>): Generator<Behaviour> {
  const test = child(node, 'test') ?? child(node, 'condition')
  if (!test) return
  const trigger = triggerIn(test, derived)
  if (trigger === undefined && !asksDate(test)) return
  const branch = node.type === 'If' ? list(node, 'body') : [child(node, 'trueExpr')]
  const printed = branch
    .flatMap((part) => (part ? [...descendants(part)] : []))
    .map(textIn)
    .find((text) => PROSE.test(text) || LINK.test(text) || INVISIBLE.test(text) || ENCODED.test(text))
  if (printed === undefined) return
  if (trigger === undefined) yield { what: 'date-trigger', text: printed.slice(0, 100) }
  // A format's own markup in a message may call for an explanation of it; a word may not.
  else if (!MARKUP.test(trigger) || LINK.test(printed)) {
    yield { what: 'trigger', text: `${trigger.slice(0, 40)}: ${printed.slice(0, 100)}` }
  }
}

/** A literal that a message is compared with or searched for. */
function triggerIn(test: Node, derived: ReadonlySet<string>): string | undefined {
  for (const part of descendants(test)) {
    if (part.type === 'BinaryExpression' && COMPARISONS.has(operatorOf(part))) {
      const sides = [child(part, 'left'), child(part, 'right')]
      const literal = sides.find((side) => side?.type === 'StringLiteral')
      const other = sides.find((side) => side !== literal)
      const word = textOf(literal)
      if (word && other && readsMessage(other, derived)) return word
    }
    const callee = part.type === 'CallExpression' ? child(part, 'callee') : undefined
    const owner = callee && child(callee, 'object')
    const word = textOf(list(part, 'args').find((arg) => arg.type === 'StringLiteral'))
    if (word && owner && COMPARING_METHODS.has(textOf(child(callee, 'property')) ?? '')) {
      if (readsMessage(owner, derived)) return word
    }
  }
  return undefined
}

/** Does a condition compare the date? Templates print it; only one that waits for a day compares it. */
function asksDate(test: Node): boolean {
  for (const part of descendants(test)) {
    if (part.type !== 'BinaryExpression') continue
    for (const inner of descendants(part)) {
      if (inner.type === 'CallExpression' && textOf(child(inner, 'callee')) === 'strftime_now') return true
    }
  }
  return false
}
