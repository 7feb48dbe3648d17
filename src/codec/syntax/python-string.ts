import type { Expr } from './ir.ts'
import { child, ofType, type SyntaxNode } from './language.ts'
import { pythonText } from './literal.ts'

/** A literal with its prefix, escapes and, in an f-string, the expressions inside. */
export function pythonString(node: SyntaxNode, text: string, lower: (inner: SyntaxNode) => Expr): Expr {
  const { start, end } = node
  const slice = (n: SyntaxNode | undefined) => (n ? text.slice(n.start, n.end) : '')
  const opening = slice(ofType(node, 'string_start')).toLowerCase()
  const raw = opening.includes('r')
  const bytes = opening.includes('b')
  const parts = node.children
    .filter((c) => c.type === 'string_content' || c.type === 'interpolation')
    .map((c): Expr => {
      if (c.type === 'interpolation') {
        const inner = child(c, 'expression') ?? c.children[0]
        return inner ? lower(inner) : { op: 'any', parts: [], start: c.start, end: c.end }
      }
      const inside = slice(c)
      return { op: 'constant', value: raw ? inside : pythonText(inside), bytes, start: c.start, end: c.end }
    })
  const [first] = parts
  if (!first) return { op: 'constant', value: '', bytes, start, end }
  return parts.length === 1 && first.op === 'constant'
    ? { ...first, start, end }
    : { op: 'join', parts, start, end }
}
