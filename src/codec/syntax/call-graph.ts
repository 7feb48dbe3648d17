import type { FunctionDef } from './ir.ts'
import type { Context, CrossCall, Owner } from './records.ts'
import type { Handler, ToolRecord } from './tool-record.ts'

/** Stands for every tool of a server where it cannot be said which one a place belongs to. */
export const ANY_TOOL = '*'

/** Functions that are told apart by name; generated code has thousands. */
const NAMED_AT_MOST = 400

interface CallEdge {
  readonly to: FunctionDef
  /** Tools for which alone the call is made; none where it is made for all. */
  readonly names: readonly string[]
}

/** Who calls whom in one file, and so what runs when, and for which tool. */
export class CallGraph {
  readonly #handlers: Handler[] = []
  readonly #tools = new Map<string, ToolRecord>()
  readonly #calls = new Map<FunctionDef, Map<string, CallEdge>>()
  readonly #onImport = new Set<FunctionDef>()
  readonly #onInstall = new Set<FunctionDef>()
  readonly #ids = new Map<FunctionDef, number>()
  /** Branches that ask for the name of a tool, by the function they stand in. */
  readonly #asked = new Map<FunctionDef, Set<string>>()
  readonly #names = new Map<FunctionDef, string>()
  readonly crossings = new Map<string, CrossCall>()
  #named: Map<FunctionDef, ReadonlySet<string>> | undefined
  #reached: { imported: Set<FunctionDef>; installed: Set<FunctionDef> } | undefined
  #handled: Map<FunctionDef, ReadonlySet<string>> | undefined

  call(from: Owner, to: FunctionDef): void {
    if (!from.fn) {
      if (!from.guard) this.#onImport.add(to)
      return
    }
    const names = from.names ?? []
    this.asks(from.fn, names)
    const known = this.#calls.get(from.fn) ?? new Map<string, CallEdge>()
    this.#calls.set(from.fn, known)
    known.set(`${this.#id(to)} ${names.join()}`, { to, names })
  }

  #id(fn: FunctionDef): number {
    const known = this.#ids.get(fn) ?? this.#ids.size
    this.#ids.set(fn, known)
    return known
  }

  handles(handler: Handler | undefined): void {
    if (!handler) return
    if (handler.tool) this.describes(handler.tool)
    if (!this.isTool(handler.fn)) this.#handlers.push(handler)
  }

  /** A tool is described in one place and handled in another; what both say is joined. */
  describes(tool: ToolRecord): void {
    const before = this.#tools.get(tool.name)
    if (!before) this.#tools.set(tool.name, tool)
    else {
      const description = before.description || tool.description
      this.#tools.set(tool.name, { ...before, description, hints: { ...tool.hints, ...before.hints } })
    }
  }

  /** Code of a function that runs only for these tools. */
  asks(fn: FunctionDef | undefined, names: readonly string[]): void {
    if (!fn || names.length === 0) return
    const held = this.#asked.get(fn) ?? new Set()
    this.#asked.set(fn, held)
    for (const name of names) held.add(name)
  }

  isTool(fn: FunctionDef): boolean {
    return this.#handlers.some((h) => h.fn === fn)
  }

  /** Every tool that is described, handled, or asked for by a handler of several. */
  get tools(): readonly ToolRecord[] {
    const all = new Map(this.#tools)
    for (const [fn, names] of this.#asked) {
      if (!(this.#tags().get(fn)?.has(ANY_TOOL) ?? false)) continue
      const { start, end } = fn
      for (const name of names) {
        if (!all.has(name)) all.set(name, { name, role: 'tool', description: '', hints: {}, start, end })
      }
    }
    return [...all.values()]
  }

  /** A function that other files can call by this name. */
  defines(fn: FunctionDef, name: string): void {
    if (name !== '' && this.#names.size < NAMED_AT_MOST) this.#names.set(fn, name)
  }

  /** `./lib.js.read`, `.lib.read`: a name that was imported from a file beside this one. */
  crosses(path: string, owner: Owner): void {
    const cut = path.lastIndexOf('.')
    const [module, name] = [path.slice(0, cut), path.slice(cut + 1)]
    this.crossings.set(`${path} ${owner.fn?.start ?? ''} ${owner.names?.join() ?? ''}`, {
      module,
      name,
      owner,
    })
  }

  /** The named functions that reach a place. */
  functionsOf({ fn }: Owner): readonly string[] {
    if (!fn) return []
    this.#named ??= this.#spread([...this.#names], () => [])
    return [...(this.#named.get(fn) ?? [])]
  }

  installs(fn: FunctionDef): void {
    this.#onInstall.add(fn)
  }

  contextOf(owner: Owner): Context {
    this.#reached ??= { imported: this.#closure(this.#onImport), installed: this.#closure(this.#onInstall) }
    if (!owner.fn) return owner.guard ? 'main-guard' : owner.inClass ? 'class' : 'import-time'
    if (this.#reached.imported.has(owner.fn)) return 'import-time'
    return this.#reached.installed.has(owner.fn) ? 'install' : 'function'
  }

  /** The tools a place runs for; `*` where a handler of several runs it and does not ask which is meant. */
  toolsOf(owner: Owner): readonly string[] {
    if (!owner.fn) return []
    const tags = this.#tags().get(owner.fn)
    if (!tags) return []
    const names = new Set([...tags].filter((name) => name !== ANY_TOOL))
    if (tags.has(ANY_TOOL)) for (const name of owner.names ?? [ANY_TOOL]) names.add(name)
    return [...names]
  }

  /** For every function the tools it is reached for, `*` where it is reached before anybody asked which. */
  #tags(): Map<FunctionDef, ReadonlySet<string>> {
    this.#handled ??= this.#spread(
      this.#handlers.map(({ fn, tool }) => [fn, tool?.name ?? ANY_TOOL]),
      (edge) => edge.names,
    )
    return this.#handled
  }

  /** Carries tags along the calls; `*` becomes what a branch asks for. */
  #spread(
    roots: readonly (readonly [FunctionDef, string])[],
    narrowed: (edge: CallEdge) => readonly string[],
  ): Map<FunctionDef, ReadonlySet<string>> {
    const tags = new Map<FunctionDef, Set<string>>()
    const open: [FunctionDef, string][] = []
    const reach = (fn: FunctionDef, name: string) => {
      const held = tags.get(fn) ?? new Set()
      tags.set(fn, held)
      if (held.has(name)) return
      held.add(name)
      open.push([fn, name])
    }
    for (const [fn, tag] of roots) reach(fn, tag)
    for (let next = open.pop(); next; next = open.pop()) {
      const [fn, name] = next
      for (const edge of this.#calls.get(fn)?.values() ?? []) {
        const names = name === ANY_TOOL ? narrowed(edge) : []
        for (const tag of names.length > 0 ? names : [name]) reach(edge.to, tag)
      }
    }
    return tags
  }

  #closure(roots: ReadonlySet<FunctionDef>): Set<FunctionDef> {
    const reached = new Set(roots)
    for (const fn of reached) for (const { to } of this.#calls.get(fn)?.values() ?? []) reached.add(to)
    return reached
  }
}
