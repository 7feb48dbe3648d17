/**
 * The small language that Python and JavaScript are lowered to: only what says which names a program reaches, with which
 * values, and in which order. Loops and conditions are bodies that may run.
 */
export interface Range {
  /** Offsets into the text in UTF-16 units. */
  readonly start: number
  readonly end: number
}

export interface Argument {
  readonly value: Expr
  /** Keyword. */
  readonly name?: string
  readonly spread?: boolean
}

export interface Parameter {
  readonly name: string
  readonly default?: Expr
  readonly rest?: boolean
}

export interface FunctionDef extends Range {
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: readonly Stmt[]
  readonly decorators: readonly Expr[]
  /** The class it is a method of, and what that derives from. */
  readonly owner?: { readonly name: string; readonly bases: readonly Expr[] }
}

export type Expr = Range &
  (
    | { readonly op: 'constant'; readonly value: string | number; readonly bytes?: boolean }
    | { readonly op: 'name'; readonly name: string }
    | { readonly op: 'member'; readonly object: Expr; readonly name: string }
    | { readonly op: 'index'; readonly object: Expr; readonly index: Expr }
    | {
        readonly op: 'slice'
        readonly object: Expr
        readonly from?: Expr
        readonly to?: Expr
        readonly step?: Expr
      }
    | { readonly op: 'call'; readonly callee: Expr; readonly args: readonly Argument[] }
    | { readonly op: 'list'; readonly items: readonly Expr[] }
    | { readonly op: 'map'; readonly entries: readonly { readonly key?: Expr; readonly value: Expr }[] }
    /** Text put together: an f-string, a template, adjacent literals, or a chain of `+`. */
    | { readonly op: 'join'; readonly parts: readonly Expr[] }
    | { readonly op: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
    | { readonly op: 'function'; readonly fn: FunctionDef }
    | {
        readonly op: 'comprehension'
        readonly element: Expr
        readonly target: Expr
        readonly source: Expr
      }
    | { readonly op: 'assign'; readonly target: Expr; readonly value: Expr }
    /** One of these, or something made of them that does not matter further. `truth`: only yes or no comes out. */
    | {
        readonly op: 'any'
        readonly parts: readonly Expr[]
        readonly truth?: boolean
        /** `True` or `False`. */
        readonly flag?: boolean
      }
  )

export type Stmt = Range &
  (
    | { readonly op: 'expr'; readonly value: Expr }
    | { readonly op: 'assign'; readonly target: Expr; readonly value: Expr; readonly adds?: boolean }
    /** `target` takes the elements of `value` (for), or what it manages (with). */
    | { readonly op: 'bind'; readonly target: Expr; readonly value: Expr; readonly each: boolean }
    /** `module` alone binds `alias` to it; with `name` one member; `*` all of them. */
    | { readonly op: 'import'; readonly module: string; readonly name?: string; readonly alias?: string }
    | { readonly op: 'function'; readonly fn: FunctionDef }
    | {
        readonly op: 'class'
        readonly name: string
        readonly bases: readonly Expr[]
        readonly decorators: readonly Expr[]
        readonly body: readonly Stmt[]
      }
    | {
        readonly op: 'block'
        readonly heads: readonly Expr[]
        readonly bodies: readonly (readonly Stmt[])[]
        readonly loops: boolean
        /** Runs only when the file is run as a program, not when it is imported. */
        readonly mainGuard: boolean
        /** For each body the names of tools for which alone it runs; empty where that is not known. */
        readonly names?: readonly (readonly string[])[]
      }
    | { readonly op: 'return'; readonly value: Expr }
  )
