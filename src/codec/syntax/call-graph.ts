import type { FunctionDef } from './ir.ts'
import type { Context, Owner } from './records.ts'
import type { Handler, ToolRecord } from './tool-record.ts'

/** Stands for every tool of a server where it cannot be said which one a place belongs to. */
export const ANY_TOOL = '*'

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
    if (this.#handled) return this.#handled
    const tags = new Map<FunctionDef, Set<string>>()
    const open: [FunctionDef, string][] = []
    const reach = (fn: FunctionDef, name: string) => {
      const held = tags.get(fn) ?? new Set()
      tags.set(fn, held)
      if (held.has(name)) return
      held.add(name)
      open.push([fn, name])
    }
    for (const { fn, tool } of this.#handlers) reach(fn, tool?.name ?? ANY_TOOL)
    for (let next = open.pop(); next; next = open.pop()) {
      const [fn, name] = next
      for (const { to, names } of this.#calls.get(fn)?.values() ?? []) {
        if (name === ANY_TOOL && names.length > 0) for (const n of names) reach(to, n)
        else reach(to, name)
      }
    }
    this.#handled = tags
    return tags
  }

  #closure(roots: ReadonlySet<FunctionDef>): Set<FunctionDef> {
    const reached = new Set(roots)
    for (const fn of reached) for (const { to } of this.#calls.get(fn)?.values() ?? []) reached.add(to)
    return reached
  }
}
