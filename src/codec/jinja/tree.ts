import { parse, tokenize } from '@huggingface/jinja'

/** A node of the syntax tree, as far as everything here needs it: its type, and its fields by name. */
export interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

/** Longer templates are read lexically; the largest honest ones have some 30 KiB. */
const PARSED = 256 * 1024

/**
 * The syntax tree of a chat template; why there is none, where the parser refuses. The parser is the one that
 * transformers.js renders with. Nothing is evaluated.
 */
export function parseTemplate(source: string): { readonly tree: Node } | { readonly refused: string } {
  if (source.length > PARSED) return { refused: `longer than ${PARSED} characters` }
  try {
    // The library looks for tags behind white space in quadratic time; long runs of it mean nothing to Jinja.
    const tokens = tokenize(
      source.replace(/\s{65,}/g, (run) => run.slice(0, 64)),
      TRANSFORMERS,
    )
    return { tree: parse(tokens) as unknown as Node }
  } catch (error) {
    // A plain Error is what the library throws for syntax; deep nesting exhausts the stack.
    if (!(error instanceof Error)) throw error
    return { refused: error.message.slice(0, 200) }
  }
}

/** How transformers configures its renderer. */
const TRANSFORMERS = { trim_blocks: true, lstrip_blocks: true }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** A field that holds a node. */
export function child(node: Node, field: string): Node | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** The text of a name or string literal. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.type !== 'Identifier' && node?.type !== 'StringLiteral') return undefined
  return typeof node.value === 'string' ? node.value : undefined
}

export function operatorOf(node: Node): string {
  const { operator } = node
  const isToken = typeof operator === 'object' && operator !== null && 'value' in operator
  return isToken && typeof operator.value === 'string' ? operator.value : ''
}

export function list(node: Node, field: string): readonly Node[] {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The nodes right below one. */
export function children(node: Node): Node[] {
  return Object.entries(node).flatMap(([field, value]) => {
    if (field === 'operator') return []
    if (value instanceof Map) return [...value].flat().filter(isNode)
    return (Array.isArray(value) ? value : [value]).filter(isNode)
  })
}

/** A node and everything below it, parents first. */
export function* descendants(root: Node): Generator<Node> {
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    yield node
    open.push(...children(node).reverse())
  }
}
