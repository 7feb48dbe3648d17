import { branchesOf, conditionOf } from './dispatch.ts'
import type { Argument, Expr, FunctionDef, Parameter, Stmt } from './ir.ts'
import { child, ofType, type SyntaxNode } from './language.ts'
import { numberOf } from './literal.ts'
import { pythonString } from './python-string.ts'

/** Python to the small language. */
export function lowerPython(root: SyntaxNode, text: string): Stmt[] {
  return new PythonLowering(text).block(root)
}

type Owner = FunctionDef['owner']

class PythonLowering {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  block(node: SyntaxNode | undefined, owner?: Owner): Stmt[] {
    return node ? node.children.flatMap((c) => this.#statement(c, owner)) : []
  }

  #slice(node: SyntaxNode | undefined): string {
    return node ? this.#text.slice(node.start, node.end) : ''
  }

  #statement(node: SyntaxNode, owner?: Owner): Stmt[] {
    const { start, end } = node
    switch (node.type) {
      case 'expression_statement':
        return node.children.flatMap((c) => this.#expressionStatement(c))
      case 'import_statement':
      case 'import_from_statement':
      case 'future_import_statement':
        return this.#import(node)
      case 'function_definition':
        return [{ op: 'function', fn: this.#function(node, [], owner), start, end }]
      case 'class_definition':
        return [this.#class(node, [])]
      case 'decorated_definition':
        return this.#decorated(node, owner)
      case 'return_statement':
        return node.children.map((c) => ({ op: 'return', value: this.expr(c), start, end }))
      case 'with_statement':
        return this.#with(node)
      case 'for_statement':
        return [this.#for(node)]
      case 'if_statement':
      case 'elif_clause':
      case 'while_statement':
      case 'try_statement':
      case 'match_statement':
        return [this.#conditional(node)]
      case 'block':
      case 'else_clause':
      case 'finally_clause':
      case 'except_clause':
      case 'except_group_clause':
      case 'case_clause':
      case 'ERROR':
      case 'module':
        return this.block(node, owner)
      case 'comment':
      case 'pass_statement':
        return []
      default:
        return node.type.endsWith('_statement') && node.type !== 'exec_statement'
          ? node.children.map((c) => ({ op: 'expr', value: this.expr(c), start, end }))
          : [{ op: 'expr', value: this.expr(node), start, end }]
    }
  }

  #expressionStatement(node: SyntaxNode): Stmt[] {
    const { start, end } = node
    if (node.type !== 'assignment' && node.type !== 'augmented_assignment') {
      return [{ op: 'expr', value: this.expr(node), start, end }]
    }
    const adds = node.type === 'augmented_assignment'
    // `a = b = c` nests to the right once for each target.
    const targets: SyntaxNode[] = []
    let right: SyntaxNode | undefined = node
    while (right?.type === 'assignment' || right?.type === 'augmented_assignment') {
      const left = child(right, 'left')
      if (left) targets.push(left)
      right = child(right, 'right')
    }
    if (!right) return []
    const value = this.expr(right)
    return targets.map((target) => ({ op: 'assign', target: this.expr(target), value, adds, start, end }))
  }

  #import(node: SyntaxNode): Stmt[] {
    const { start, end } = node
    const module = this.#slice(child(node, 'module_name'))
    const isFrom = node.type === 'import_from_statement'
    if (node.type === 'future_import_statement') return []
    if (isFrom && ofType(node, 'wildcard_import')) return [{ op: 'import', module, name: '*', start, end }]
    return node.children
      .filter((c) => c.field === 'name')
      .map((c) => {
        const name = this.#slice(c.type === 'aliased_import' ? child(c, 'name') : c).replaceAll(/\s/g, '')
        const given = c.type === 'aliased_import' ? this.#slice(child(c, 'alias')) : undefined
        if (isFrom) return { op: 'import', module, name, alias: given ?? name, start, end }
        return { op: 'import', module: name, ...(given ? { alias: given } : {}), start, end }
      })
  }

  #decorated(node: SyntaxNode, owner?: Owner): Stmt[] {
    const { start, end } = node
    const decorators = node.children
      .filter((c) => c.type === 'decorator')
      .flatMap((c) => c.children.filter((d) => d.type !== 'comment').map((d) => this.expr(d)))
    const definition = child(node, 'definition')
    if (!definition) return decorators.map((value) => ({ op: 'expr', value, start, end }))
    if (definition.type === 'class_definition') return [this.#class(definition, decorators)]
    return [{ op: 'function', fn: this.#function(definition, decorators, owner), start, end }]
  }

  #function(node: SyntaxNode, decorators: readonly Expr[], owner?: Owner): FunctionDef {
    return {
      name: this.#slice(child(node, 'name')),
      parameters: this.#parameters(child(node, 'parameters')),
      body: this.block(child(node, 'body')),
      decorators,
      ...(owner ? { owner } : {}),
      start: node.start,
      end: node.end,
    }
  }

  #parameters(node: SyntaxNode | undefined): Parameter[] {
    return (node?.children ?? []).flatMap((p): Parameter[] => {
      if (p.type === 'identifier') return [{ name: this.#slice(p) }]
      const named =
        child(p, 'name') ?? ofType(p, 'identifier', 'list_splat_pattern', 'dictionary_splat_pattern')
      if (!named && !p.type.endsWith('_pattern')) return []
      const given = child(p, 'value')
      const name = this.#slice(named ?? p).replace(/^\*+/, '')
      const rest = p.type.endsWith('_splat_pattern') || (named?.type.endsWith('_splat_pattern') ?? false)
      return [{ name, ...(given ? { default: this.expr(given) } : {}), ...(rest ? { rest } : {}) }]
    })
  }

  #class(node: SyntaxNode, decorators: readonly Expr[]): Stmt {
    const name = this.#slice(child(node, 'name'))
    const bases = (child(node, 'superclasses')?.children ?? []).map((c) =>
      this.expr(c.type === 'keyword_argument' ? (child(c, 'value') ?? c) : c),
    )
    const body = this.block(child(node, 'body'), { name, bases })
    return { op: 'class', name, bases, decorators, body, start: node.start, end: node.end }
  }

  #with(node: SyntaxNode): Stmt[] {
    const binds = (ofType(node, 'with_clause')?.children ?? []).map((item): Stmt => {
      const value = child(item, 'value') ?? item
      const { start, end } = value
      if (value.type !== 'as_pattern') return { op: 'expr', value: this.expr(value), start, end }
      const [managed, target] = value.children
      if (!managed || !target) return { op: 'expr', value: this.expr(value), start, end }
      const name = target.children[0] ?? target
      return { op: 'bind', target: this.expr(name), value: this.expr(managed), each: false, start, end }
    })
    return [...binds, ...this.block(child(node, 'body'))]
  }

  #for(node: SyntaxNode): Stmt {
    const { start, end } = node
    const [left, right] = [child(node, 'left'), child(node, 'right')]
    const bind: Stmt[] =
      left && right
        ? [{ op: 'bind', target: this.expr(left), value: this.expr(right), each: true, start, end }]
        : []
    const otherwise = node.children.filter((c) => c.field === 'alternative').map((c) => this.block(c))
    const bodies = [[...bind, ...this.block(child(node, 'body'))], ...otherwise]
    return { op: 'block', heads: [], bodies, loops: true, mainGuard: false, start, end }
  }

  #conditional(node: SyntaxNode): Stmt {
    const { start, end } = node
    const test = conditionOf(node)
    const mainGuard = /^\(?\s*(?:__name__\s*==\s*['"]__main__['"]|['"]__main__['"]\s*==\s*__name__)/.test(
      this.#slice(test),
    )
    const heads = test ? [this.expr(test)] : []
    const branches = branchesOf(node, test, (n) => this.#slice(n))
    const bodies = branches.map(({ nodes }) => nodes.flatMap((c) => this.#statement(c)))
    const names = branches.map((branch) => branch.names)
    const loops = node.type === 'while_statement'
    return { op: 'block', heads, bodies, loops, mainGuard, names, start, end }
  }

  expr(node: SyntaxNode): Expr {
    const { start, end } = node
    switch (node.type) {
      case 'identifier':
        return { op: 'name', name: this.#slice(node).normalize('NFKC'), start, end }
      case 'string':
        return pythonString(node, this.#text, (inner) => this.expr(inner))
      case 'concatenated_string':
        return { op: 'join', parts: this.#exprs(node.children), start, end }
      case 'integer':
      case 'float': {
        const value = numberOf(this.#slice(node))
        return value === undefined ? this.#any([], node) : { op: 'constant', value, start, end }
      }
      case 'attribute':
        return this.#attribute(node)
      case 'subscript':
        return this.#subscript(node)
      case 'call':
        return this.#call(node)
      case 'binary_operator':
        return this.#binary(node)
      case 'list':
      case 'tuple':
      case 'set':
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
      case 'expression_list':
        return { op: 'list', items: this.#exprs(node.children), start, end }
      case 'dictionary':
        return this.#dictionary(node)
      case 'parenthesized_expression':
      case 'await':
      case 'type':
      case 'list_splat':
      case 'as_pattern_target':
      case 'unary_operator':
      case 'conditional_expression':
      case 'boolean_operator':
        return this.#wrapped(node)
      case 'lambda':
        return { op: 'function', fn: this.#lambda(node), start, end }
      case 'named_expression':
        return this.#assignment(node, 'name', 'value')
      case 'assignment':
        return this.#assignment(node, 'left', 'right')
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return this.#comprehension(node)
      case 'true':
      case 'false':
        return { op: 'any', parts: [], flag: node.type === 'true', start, end }
      case 'comparison_operator':
      case 'not_operator':
        return this.#any(node.children, node, true)
      default:
        return this.#any(node.children, node)
    }
  }

  #exprs(nodes: readonly SyntaxNode[]): Expr[] {
    return nodes.filter((n) => n.type !== 'comment').map((n) => this.expr(n))
  }

  #any(nodes: readonly SyntaxNode[], { start, end }: SyntaxNode, truth = false): Expr {
    const parts = this.#exprs(nodes.filter((n) => n.field !== 'operator' && n.field !== 'operators'))
    return { op: 'any', parts, start, end, ...(truth ? { truth } : {}) }
  }

  #wrapped(node: SyntaxNode): Expr {
    const parts = node.children.filter((c) => c.type !== 'comment' && c.field !== 'operator')
    const only = parts[0]
    if (node.type === 'unary_operator' && only && this.#slice(node).startsWith('-')) {
      const inner = this.expr(only)
      if (inner.op === 'constant' && typeof inner.value === 'number') return { ...inner, value: -inner.value }
    }
    return parts.length === 1 && only ? this.expr(only) : this.#any(parts, node)
  }

  #attribute(node: SyntaxNode): Expr {
    const { start, end } = node
    const object = child(node, 'object')
    const name = this.#slice(child(node, 'attribute')).normalize('NFKC')
    return object ? { op: 'member', object: this.expr(object), name, start, end } : this.#any([], node)
  }

  #subscript(node: SyntaxNode): Expr {
    const { start, end } = node
    const value = child(node, 'value')
    const index = child(node, 'subscript')
    if (!value || !index) return this.#any(node.children, node)
    const object = this.expr(value)
    if (index.type !== 'slice') return { op: 'index', object, index: this.expr(index), start, end }
    const bounds: (Expr | undefined)[] = [undefined, undefined, undefined]
    let at = 0
    for (const part of index.children) {
      if (part.type === ':') at++
      else bounds[at] = this.expr(part)
    }
    const [from, to, step] = bounds
    return {
      ...{ op: 'slice', object, start, end },
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(step ? { step } : {}),
    }
  }

  #call(node: SyntaxNode): Expr {
    const { start, end } = node
    const [callee, given] = [child(node, 'function'), child(node, 'arguments')]
    if (!callee) return this.#any(node.children, node)
    const args =
      given?.type === 'argument_list' ? this.#arguments(given) : given ? [{ value: this.expr(given) }] : []
    return { op: 'call', callee: this.expr(callee), args, start, end }
  }

  #arguments(node: SyntaxNode): Argument[] {
    return node.children
      .filter((c) => c.type !== 'comment')
      .map((c) => {
        if (c.type === 'keyword_argument') {
          const value = child(c, 'value')
          return { value: value ? this.expr(value) : this.#any([], c), name: this.#slice(child(c, 'name')) }
        }
        const inner = c.children[0]
        if (c.type.endsWith('_splat') && inner) return { value: this.expr(inner), spread: true }
        return { value: this.expr(c) }
      })
  }

  /** Long sums nest to the left once for each operator: the chain is walked, not recursed into. */
  #binary(node: SyntaxNode): Expr {
    const { start, end } = node
    const chain: SyntaxNode[] = []
    let at = node
    while (at.type === 'binary_operator') {
      chain.push(at)
      const left = child(at, 'left')
      if (!left) break
      at = left
    }
    let value = at.type === 'binary_operator' ? this.#any([], at) : this.expr(at)
    for (const link of chain.toReversed()) {
      const right = child(link, 'right')
      if (!right) continue
      const operator = this.#slice(child(link, 'operator'))
      const added = this.expr(right)
      if (operator !== '+') value = { op: 'binary', operator, left: value, right: added, start, end }
      else if (value.op === 'join' && value.start === start && value.end === end) {
        ;(value.parts as Expr[]).push(added)
      } else value = { op: 'join', parts: [value, added], start, end }
    }
    return value
  }

  #dictionary(node: SyntaxNode): Expr {
    const entries = node.children.flatMap((c) => {
      if (c.type === 'comment') return []
      const [key, value] = [child(c, 'key'), child(c, 'value')]
      if (key && value) return [{ key: this.expr(key), value: this.expr(value) }]
      return c.children.map((inner) => ({ value: this.expr(inner) }))
    })
    return { op: 'map', entries, start: node.start, end: node.end }
  }

  #lambda(node: SyntaxNode): FunctionDef {
    const { start, end } = node
    const body = child(node, 'body')
    const returns: Stmt[] = body ? [{ op: 'return', value: this.expr(body), start, end }] : []
    const parameters = this.#parameters(child(node, 'parameters'))
    return { name: '', parameters, body: returns, decorators: [], start, end }
  }

  #assignment(node: SyntaxNode, left: string, right: string): Expr {
    const [target, value] = [child(node, left), child(node, right)]
    if (!target || !value) return this.#any(node.children, node)
    return {
      op: 'assign',
      target: this.expr(target),
      value: this.expr(value),
      start: node.start,
      end: node.end,
    }
  }

  #comprehension(node: SyntaxNode): Expr {
    const { start, end } = node
    const [body] = node.children
    const clauses = node.children.filter((c) => c.type === 'for_in_clause')
    let element = body ? this.expr(body) : this.#any([], node)
    for (const clause of clauses.toReversed()) {
      const [target, source] = [child(clause, 'left'), child(clause, 'right')]
      if (!target || !source) continue
      element = {
        ...{ op: 'comprehension', element, start, end },
        target: this.expr(target),
        source: this.expr(source),
      }
    }
    return element
  }
}
