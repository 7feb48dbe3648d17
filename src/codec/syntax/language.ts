/** A language that is parsed, and the grammar it is parsed with. */
export type Grammar = 'python' | 'javascript' | 'typescript' | 'tsx' | 'bash' | 'powershell'

/** A syntax tree as plain data: what analysis walks, independent of the parser's memory. */
export interface SyntaxNode {
  readonly type: string
  /** Name of the field of the parent that it fills, if any. */
  readonly field: string | undefined
  /** Offsets into the text in UTF-16 units. */
  readonly start: number
  readonly end: number
  readonly children: readonly SyntaxNode[]
}

export interface Syntax {
  readonly root: SyntaxNode
  /** Where the text is no valid program, in order; `dropped` counts subtrees beyond the limits of size and depth. */
  readonly errors: readonly { readonly start: number; readonly end: number }[]
  readonly errorCount: number
  readonly dropped: number
}

export function child(node: SyntaxNode, field: string): SyntaxNode | undefined {
  return node.children.find((c) => c.field === field)
}

export function ofType(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | undefined {
  return node.children.find((c) => types.includes(c.type))
}
