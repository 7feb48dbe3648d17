import type { Expr } from './ir.ts'
import { child, type SyntaxNode } from './language.ts'
import { javascriptText } from './literal.ts'

/** Patterns that take values apart, templates, and operators of JavaScript. */
export class JavascriptPatterns {
  readonly #text: string
  readonly #lower: (node: SyntaxNode) => Expr

  constructor(text: string, lower: (node: SyntaxNode) => Expr) {
    this.#text = text
    this.#lower = lower
  }

  #slice(node: SyntaxNode): string {
    return this.#text.slice(node.start, node.end)
  }

  /** What is assigned to: names, members, and patterns that take things apart. */
  pattern(node: SyntaxNode): Expr {
    const { start, end } = node
    switch (node.type) {
      case 'object_pattern':
      case 'object':
        return { op: 'map', entries: node.children.flatMap((c) => this.#patternEntry(c)), start, end }
      case 'array_pattern':
      case 'array':
        return { op: 'list', items: node.children.map((c) => this.pattern(c)), start, end }
      case 'assignment_pattern':
      case 'rest_pattern':
      case 'spread_element': {
        const inner = child(node, 'left') ?? node.children[0]
        return inner ? this.pattern(inner) : { op: 'any', parts: [], start, end }
      }
      default:
        return this.#lower(node)
    }
  }

  #patternEntry(node: SyntaxNode): { key?: Expr; value: Expr }[] {
    const { start, end } = node
    const named = (of: SyntaxNode): Expr => ({ op: 'constant', value: this.#slice(of), start, end })
    if (
      node.type === 'shorthand_property_identifier_pattern' ||
      node.type === 'shorthand_property_identifier'
    ) {
      return [{ key: named(node), value: { op: 'name', name: this.#slice(node), start, end } }]
    }
    if (node.type === 'object_assignment_pattern') {
      const left = child(node, 'left')
      return left ? this.#patternEntry({ ...left, type: 'shorthand_property_identifier_pattern' }) : []
    }
    const [key, value] = [child(node, 'key'), child(node, 'value')]
    if (key && value) return [{ key: named(key), value: this.pattern(value) }]
    return node.type === 'rest_pattern' && node.children[0] ? [{ value: this.pattern(node.children[0]) }] : []
  }

  names(pattern: SyntaxNode): string[] {
    if (/^(?:identifier|shorthand_property_identifier_pattern|this)$/.test(pattern.type))
      return [this.#slice(pattern)]
    return pattern.children
      .filter((c) => c.field !== 'key' && c.field !== 'right')
      .flatMap((c) => this.names(c))
  }

  template(node: SyntaxNode): Expr {
    const { start, end } = node
    const parts: Expr[] = []
    let at = start + 1
    const literal = (to: number) => {
      if (to > at)
        parts.push({ op: 'constant', value: javascriptText(this.#text.slice(at, to)), start: at, end: to })
    }
    for (const part of node.children.filter((c) => c.type === 'template_substitution')) {
      literal(part.start)
      parts.push(this.#lower(part))
      at = part.end
    }
    literal(end - 1)
    const [first] = parts
    if (!first) return { op: 'constant', value: '', start, end }
    return parts.length === 1 && first.op === 'constant'
      ? { ...first, start, end }
      : { op: 'join', parts, start, end }
  }
}

const TRUTH = /^(?:[=!]==?|[<>]=?|in|instanceof)$/

/** Two operands in a chain: sums become one join, comparisons say only yes or no. */
export function combined(left: Expr, operator: string, right: Expr, start: number, end: number): Expr {
  if (operator === '+') {
    if (left.op === 'join' && left.start === start && left.end === end) {
      ;(left.parts as Expr[]).push(right)
      return left
    }
    return { op: 'join', parts: [left, right], start, end }
  }
  if (TRUTH.test(operator)) return { op: 'any', parts: [left, right], truth: true, start, end }
  if (operator === '||' || operator === '??' || operator === '&&') {
    return { op: 'any', parts: [left, right], start, end }
  }
  return { op: 'binary', operator, left, right, start, end }
}
