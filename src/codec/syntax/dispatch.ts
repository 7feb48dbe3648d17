import { child, type SyntaxNode } from './language.ts'
import { javascriptText } from './literal.ts'

/** A part of a conditional statement, and the names for which alone it runs; none where it may run for all. */
export interface Branch {
  readonly nodes: readonly SyntaxNode[]
  readonly names: readonly string[]
}

type Slice = (node: SyntaxNode | undefined) => string

/** Tools are told apart by these: `params.name`, `tool_name`, `request["name"]`. */
const SUBJECT =
  /^[\w.?![\]'"() ]*?(?:^|[.["' (])(?:(?:tool|function|func|fn|request)?_?name|tool|toolName)['"\]!)]*$/i
/** What the protocol and the model providers take for the name of a tool. */
const TOOL_NAME = /^[A-Za-z0-9_.:/-]{1,128}$/

/**
 * The branches of an `if`, `elif`, `switch` or `match`. Servers of the low-level protocol have one handler for all tools,
 * which asks for the name: what stands behind the question belongs to that tool alone.
 */
export function branchesOf(node: SyntaxNode, test: SyntaxNode | undefined, slice: Slice): Branch[] {
  const others = node.children.filter((c) => c !== test && c.type !== 'comment')
  const plain = (c: SyntaxNode): Branch => ({ nodes: [c], names: [] })
  if (!test) return others.map(plain)
  if (node.type === 'switch_statement' || node.type === 'match_statement') {
    return SUBJECT.test(slice(test)) ? others.flatMap((c) => casesOf(c, slice)) : others.map(plain)
  }
  if (!/^(?:if_statement|elif_clause)$/.test(node.type)) return others.map(plain)
  const names = namesAsked(test, slice)
  return others.map((c) => ({ nodes: [c], names: isTaken(c) ? names : [] }))
}

/** Is it what runs if the condition holds? */
function isTaken({ field, type }: SyntaxNode): boolean {
  return field === 'consequence' || (field === undefined && type === 'block')
}

/** The cases of a `switch` or `match`; labels that share one body are joined. */
function casesOf(body: SyntaxNode, slice: Slice): Branch[] {
  let waiting: string[] = []
  return (body.type === 'case_clause' ? [body] : body.children).map((c): Branch => {
    const [label, ...rest] = c.children
    const isCase = c.type === 'switch_case' || c.type === 'case_clause'
    if (!isCase || !label) {
      waiting = []
      return { nodes: [c], names: [] }
    }
    const own = label.type === 'case_pattern' ? patternNames(label, slice) : constants([label], slice)
    const names = own.length > 0 ? [...waiting, ...own] : []
    waiting = rest.length === 0 ? names : []
    return { nodes: [c], names }
  })
}

/** `case "a" | "b":` */
function patternNames(pattern: SyntaxNode, slice: Slice): string[] {
  const texts = slice(pattern)
    .split('|')
    .map((part) => /^\s*(['"])(.*)\1\s*$/.exec(part)?.[2] ?? '')
  return texts.every((text) => TOOL_NAME.test(text)) ? texts : []
}

/** The names that a condition compares with: `name === 'a' || name === 'b'`, `name in ("a", "b")`. */
function namesAsked(test: SyntaxNode, slice: Slice): string[] {
  const text = slice(test)
  if (text.length > 2000) return []
  const parts = text
    .replace(/^\((.*)\)$/s, '$1')
    .split(/\s*\|\||\s+or\s+/)
    .map((part) => namesCompared(part.trim()))
  return parts.every((names) => names.length > 0) ? parts.flat() : []
}

function namesCompared(text: string): string[] {
  const [, left = '', right = ''] = /^(.+?)\s*===?\s*(.+)$/s.exec(text) ?? []
  for (const [subject, value] of [
    [left, right],
    [right, left],
  ] as const) {
    const name = /^(['"`])([^'"`]*)\1$/.exec(value.trim())?.[2] ?? ''
    if (TOOL_NAME.test(name) && SUBJECT.test(subject.trim())) return [name]
  }
  const [, asked = '', list = ''] = /^(.+?)\s+in\s+[([{]([^)\]}]*)[)\]}]$/s.exec(text) ?? []
  if (!SUBJECT.test(asked.trim())) return []
  const items = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => /^(['"])(.*)\1$/.exec(item)?.[2] ?? '')
  return items.every((item) => TOOL_NAME.test(item)) ? items : []
}

function constants(nodes: readonly SyntaxNode[], slice: Slice): string[] {
  const texts = nodes.map((n) => (n.type === 'string' ? javascriptText(slice(n).slice(1, -1)) : ''))
  return texts.every((text) => TOOL_NAME.test(text)) ? texts : []
}

/** Is it what tools are told apart by? */
export function isToolName(text: string): boolean {
  return text.length < 200 && SUBJECT.test(text.trim())
}

/** Are these names of tools? */
export function areToolNames(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => TOOL_NAME.test(name))
}

/** Of a statement's condition. */
export function conditionOf(node: SyntaxNode): SyntaxNode | undefined {
  return child(node, 'condition') ?? child(node, 'value') ?? child(node, 'subject')
}
