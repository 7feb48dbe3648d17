import { branchesOf, conditionOf } from './dispatch.ts'
import type { Argument, Expr, FunctionDef, Parameter, Stmt } from './ir.ts'
import { combined, JavascriptPatterns } from './javascript-patterns.ts'
import { child, ofType, type SyntaxNode } from './language.ts'
import { javascriptText, numberOf } from './literal.ts'

/** JavaScript and TypeScript to the small language. Types are left out: they do nothing. */
export function lowerJavascript(root: SyntaxNode, text: string): Stmt[] {
  return new JavascriptLowering(text).block(root)
}

type Owner = FunctionDef['owner']

/** Syntax that says what values are, not what they do. */
const SILENT =
  /^(?:comment|hash_bang_line|interface_declaration|type_alias_declaration|ambient_declaration|type_annotation|type_arguments|type_parameters|import_alias|function_signature|abstract_method_signature|method_signature|predefined_type|accessibility_modifier|implements_clause)$/

class JavascriptLowering {
  readonly #text: string
  readonly #patterns: JavascriptPatterns

  constructor(text: string) {
    this.#text = text
    this.#patterns = new JavascriptPatterns(text, (node) =>
      node.type === 'template_substitution' ? this.#wrapped(node) : this.expr(node),
    )
  }

  block(node: SyntaxNode | undefined): Stmt[] {
    return node ? node.children.flatMap((c) => this.#statement(c)) : []
  }

  #slice(node: SyntaxNode | undefined): string {
    return node ? this.#text.slice(node.start, node.end) : ''
  }

  #statement(node: SyntaxNode): Stmt[] {
    const { start, end, type } = node
    if (SILENT.test(type)) return []
    switch (type) {
      case 'import_statement':
        return this.#import(node)
      case 'lexical_declaration':
      case 'variable_declaration':
        return node.children.flatMap((c) => this.#declarator(c))
      case 'function_declaration':
      case 'generator_function_declaration':
        return [{ op: 'function', fn: this.#function(node), start, end }]
      case 'class_declaration':
      case 'abstract_class_declaration':
        return [this.#class(node)]
      case 'return_statement':
        return this.#exprs(node.children).map((value) => ({ op: 'return', value, start, end }))
      case 'for_in_statement':
        return [this.#forIn(node)]
      case 'if_statement':
      case 'for_statement':
      case 'while_statement':
      case 'do_statement':
      case 'try_statement':
      case 'switch_statement':
        return [this.#conditional(node)]
      case 'program':
      case 'statement_block':
      case 'export_statement':
      case 'else_clause':
      case 'catch_clause':
      case 'finally_clause':
      case 'switch_body':
      case 'switch_case':
      case 'switch_default':
      case 'labeled_statement':
      case 'class_static_block':
      case 'internal_module':
      case 'module':
      case 'ERROR':
        return this.block(node)
      case 'expression_statement':
        return this.#exprs(node.children).flatMap((value) => this.#sequence(value))
      default:
        return [{ op: 'expr', value: this.expr(node), start, end }]
    }
  }

  /** `a, b, c` as statements: minifiers write whole programs so. */
  #sequence(value: Expr): Stmt[] {
    const { start, end } = value
    return [{ op: 'expr', value, start, end }]
  }

  #import(node: SyntaxNode): Stmt[] {
    const { start, end } = node
    const module = this.#moduleName(child(node, 'source'))
    const clause = ofType(node, 'import_clause')
    if (!clause) return [{ op: 'import', module, alias: '', start, end }]
    return clause.children.flatMap((c): Stmt[] => {
      if (c.type === 'identifier') return [{ op: 'import', module, alias: this.#slice(c), start, end }]
      if (c.type === 'namespace_import') {
        return [{ op: 'import', module, alias: this.#slice(c.children[0]), start, end }]
      }
      return c.children
        .filter((s) => s.type === 'import_specifier')
        .map((s) => {
          const name = this.#slice(child(s, 'name'))
          return { op: 'import', module, name, alias: this.#slice(child(s, 'alias')) || name, start, end }
        })
    })
  }

  #moduleName(node: SyntaxNode | undefined): string {
    return this.#slice(node)
      .slice(1, -1)
      .replace(/^node:/, '')
  }

  #declarator(node: SyntaxNode): Stmt[] {
    const { start, end } = node
    const [name, value] = [child(node, 'name'), child(node, 'value')]
    if (node.type !== 'variable_declarator' || !name) return []
    const unset: Expr = { op: 'any', parts: [], start, end }
    const given = value ? this.expr(value) : unset
    const stmt: Stmt = { op: 'assign', target: this.#patterns.pattern(name), value: given, start, end }
    return [stmt]
  }

  #function(node: SyntaxNode, owner?: Owner): FunctionDef {
    const { start, end } = node
    const body = child(node, 'body')
    const isBlock = body?.type === 'statement_block'
    const single = child(node, 'parameter')
    const returns: Stmt[] = body && !isBlock ? [{ op: 'return', value: this.expr(body), start, end }] : []
    return {
      name: this.#slice(child(node, 'name')),
      parameters: single ? [{ name: this.#slice(single) }] : this.#parameters(child(node, 'parameters')),
      body: isBlock ? this.block(body) : returns,
      decorators: [],
      ...(owner ? { owner } : {}),
      start,
      end,
    }
  }

  #parameters(node: SyntaxNode | undefined): Parameter[] {
    return (node?.children ?? [])
      .filter((c) => !SILENT.test(c.type))
      .map((p) => {
        const pattern =
          child(p, 'pattern') ?? child(p, 'left') ?? (p.type === 'rest_pattern' ? p.children[0] : p)
        const given = child(p, 'value') ?? child(p, 'right')
        const rest = p.type === 'rest_pattern' || pattern?.type === 'rest_pattern'
        return {
          // A pattern binds several names to parts of one argument.
          name: pattern ? this.#patterns.names(pattern).join(',') : '',
          ...(given ? { default: this.expr(given) } : {}),
          ...(rest ? { rest } : {}),
        }
      })
  }

  #class(node: SyntaxNode): Stmt {
    const { start, end } = node
    const name = this.#slice(child(node, 'name'))
    const heritage = ofType(node, 'class_heritage')
    const bases = heritage
      ? this.#exprs(heritage.children.flatMap((c) => (c.type === 'extends_clause' ? c.children : [c])))
      : []
    const owner = { name, bases }
    const members = child(node, 'body')?.children ?? []
    const body = members.flatMap((m): Stmt[] => {
      if (m.type === 'method_definition')
        return [{ op: 'function', fn: this.#function(m, owner), start: m.start, end: m.end }]
      if (m.type === 'class_static_block') return this.block(ofType(m, 'statement_block') ?? m)
      const value = child(m, 'value')
      return value ? [{ op: 'expr', value: this.expr(value), start: m.start, end: m.end }] : []
    })
    return { op: 'class', name, bases, decorators: [], body, start, end }
  }

  #forIn(node: SyntaxNode): Stmt {
    const { start, end } = node
    const [left, right, body] = [child(node, 'left'), child(node, 'right'), child(node, 'body')]
    const bind: Stmt[] =
      left && right
        ? [
            {
              op: 'bind',
              target: this.#patterns.pattern(left),
              value: this.expr(right),
              each: true,
              start,
              end,
            },
          ]
        : []
    const bodies = [[...bind, ...(body ? this.#statement(body) : [])]]
    return { op: 'block', heads: [], bodies, loops: true, mainGuard: false, start, end }
  }

  #conditional(node: SyntaxNode): Stmt {
    const { start, end } = node
    const test = conditionOf(node)
    const heads = test ? [this.expr(test)] : []
    const branches = branchesOf(node, test, (n) => this.#slice(n))
    const mainGuard = /require\.main\s*===?\s*module|import\.meta\.main/.test(this.#slice(test).slice(0, 200))
    const bodies = branches.map(({ nodes }) => nodes.flatMap((c) => this.#statement(c)))
    const names = branches.map((branch) => branch.names)
    const loops = /^(?:for|while|do)_/.test(node.type)
    return { op: 'block', heads, bodies, loops, mainGuard, names, start, end }
  }

  expr(node: SyntaxNode): Expr {
    const { start, end } = node
    switch (node.type) {
      case 'identifier':
      case 'property_identifier':
      case 'shorthand_property_identifier':
      case 'this':
      case 'import':
      case 'undefined':
        return { op: 'name', name: this.#slice(node).normalize('NFC'), start, end }
      case 'true':
      case 'false':
        return { op: 'name', name: `${node.type}`, start, end }
      case 'string':
        return { op: 'constant', value: javascriptText(this.#slice(node).slice(1, -1)), start, end }
      case 'template_string':
        return this.#patterns.template(node)
      case 'number': {
        const value = numberOf(this.#slice(node))
        return value === undefined ? this.#any([], node) : { op: 'constant', value, start, end }
      }
      case 'member_expression':
        return this.#member(node)
      case 'subscript_expression':
        return this.#subscript(node)
      case 'call_expression':
      case 'new_expression':
        return this.#call(node)
      case 'binary_expression':
        return this.#binary(node)
      case 'assignment_expression':
      case 'augmented_assignment_expression':
        return this.#assignment(node)
      case 'arrow_function':
      case 'function_expression':
      case 'generator_function':
      case 'function':
      case 'method_definition':
        return { op: 'function', fn: this.#function(node), start, end }
      case 'object':
        return { op: 'map', entries: node.children.flatMap((c) => this.#property(c)), start, end }
      case 'array':
      case 'arguments':
        return { op: 'list', items: this.#exprs(node.children), start, end }
      case 'sequence_expression':
        return this.#last(node)
      case 'as_expression':
      case 'satisfies_expression':
      case 'non_null_expression':
      case 'parenthesized_expression':
      case 'await_expression':
      case 'spread_element':
      case 'type_assertion':
        return this.#wrapped(node)
      case 'unary_expression':
        return this.#unary(node)
      case 'regex':
        return this.#any([], node)
      default:
        return this.#any(node.children, node)
    }
  }

  #exprs(nodes: readonly SyntaxNode[]): Expr[] {
    return nodes.filter((n) => !SILENT.test(n.type)).map((n) => this.expr(n))
  }

  #any(nodes: readonly SyntaxNode[], { start, end }: SyntaxNode, truth = false): Expr {
    const parts = this.#exprs(nodes.filter((n) => n.field !== 'operator'))
    return { op: 'any', parts, start, end, ...(truth ? { truth } : {}) }
  }

  #wrapped(node: SyntaxNode): Expr {
    const inner = node.children.find((c) => !SILENT.test(c.type))
    return inner ? this.expr(inner) : this.#any([], node)
  }

  /** `(0, eval)(x)`: all are evaluated, the last one is the value. */
  #last(node: SyntaxNode): Expr {
    const { start, end } = node
    const parts = this.#exprs(node.children)
    const last = parts.at(-1)
    if (!last) return this.#any([], node)
    if (parts.slice(0, -1).every((p) => p.op === 'constant')) return last
    return {
      op: 'index',
      object: { op: 'list', items: parts, start, end },
      index: { op: 'constant', value: -1, start, end },
      start,
      end,
    }
  }

  #unary(node: SyntaxNode): Expr {
    const inner = child(node, 'argument')
    const operator = this.#slice(child(node, 'operator'))
    const value = inner ? this.expr(inner) : this.#any([], node)
    if (operator === '-' && value.op === 'constant' && typeof value.value === 'number') {
      return { ...value, value: -value.value }
    }
    return {
      op: 'any',
      parts: [value],
      truth: operator !== 'await' && operator !== '+',
      start: node.start,
      end: node.end,
    }
  }

  #member(node: SyntaxNode): Expr {
    const { start, end } = node
    const object = child(node, 'object')
    const name = this.#slice(child(node, 'property'))
    return object ? { op: 'member', object: this.expr(object), name, start, end } : this.#any([], node)
  }

  #subscript(node: SyntaxNode): Expr {
    const { start, end } = node
    const [object, index] = [child(node, 'object'), child(node, 'index')]
    if (!object || !index) return this.#any(node.children, node)
    return { op: 'index', object: this.expr(object), index: this.expr(index), start, end }
  }

  #call(node: SyntaxNode): Expr {
    const { start, end } = node
    const callee = child(node, 'function') ?? child(node, 'constructor')
    const given = child(node, 'arguments')
    if (!callee) return this.#any(node.children, node)
    const args: Argument[] =
      given?.type === 'arguments'
        ? given.children
            .filter((c) => !SILENT.test(c.type))
            .map((c) => ({ value: this.expr(c), ...(c.type === 'spread_element' ? { spread: true } : {}) }))
        : given
          ? [{ value: this.expr(given) }]
          : []
    return { op: 'call', callee: this.expr(callee), args, start, end }
  }

  #binary(node: SyntaxNode): Expr {
    const { start, end } = node
    const chain: SyntaxNode[] = []
    let at = node
    while (at.type === 'binary_expression') {
      chain.push(at)
      const left = child(at, 'left')
      if (!left) break
      at = left
    }
    let value = at.type === 'binary_expression' ? this.#any([], at) : this.expr(at)
    for (const link of chain.toReversed()) {
      const right = child(link, 'right')
      if (right) value = combined(value, this.#slice(child(link, 'operator')), this.expr(right), start, end)
    }
    return value
  }

  #assignment(node: SyntaxNode): Expr {
    const { start, end } = node
    const [left, right] = [child(node, 'left'), child(node, 'right')]
    if (!left || !right) return this.#any(node.children, node)
    const target = this.#patterns.pattern(left)
    const given = this.expr(right)
    const adds = node.type === 'augmented_assignment_expression'
    const value: Expr = adds ? { op: 'join', parts: [target, given], start, end } : given
    return { op: 'assign', target, value, start, end }
  }

  #property(node: SyntaxNode): { key?: Expr; value: Expr }[] {
    const { start, end } = node
    if (SILENT.test(node.type)) return []
    if (node.type === 'shorthand_property_identifier') {
      return [{ key: { op: 'constant', value: this.#slice(node), start, end }, value: this.expr(node) }]
    }
    if (node.type === 'method_definition') {
      const name = this.#slice(child(node, 'name'))
      return [{ key: { op: 'constant', value: name, start, end }, value: this.expr(node) }]
    }
    const [key, value] = [child(node, 'key'), child(node, 'value')]
    if (!key || !value) return [{ value: this.expr(node) }]
    const named: Expr =
      key.type === 'computed_property_name'
        ? this.#wrapped(key)
        : { op: 'constant', value: this.#slice(key).replace(/^(['"])(.*)\1$/s, '$2'), start, end }
    return [{ key: named, value: this.expr(value) }]
  }
}
