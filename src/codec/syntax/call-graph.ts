import type { FunctionDef } from './ir.ts'
import type { Context, Owner } from './records.ts'

/** Who calls whom in one file, and so what runs when. */
export class CallGraph {
  readonly tools: { readonly name: string; readonly fn: FunctionDef }[] = []
  readonly #calls = new Map<FunctionDef, Set<FunctionDef>>()
  readonly #onImport = new Set<FunctionDef>()
  readonly #onInstall = new Set<FunctionDef>()
  #reached: { imported: Set<FunctionDef>; installed: Set<FunctionDef> } | undefined
  #handled: Map<FunctionDef, string[]> | undefined

  call(from: Owner, to: FunctionDef): void {
    if (!from.fn) {
      if (!from.guard) this.#onImport.add(to)
      return
    }
    const known = this.#calls.get(from.fn)
    if (known) known.add(to)
    else this.#calls.set(from.fn, new Set([to]))
  }

  tool(name: string, fn: FunctionDef): void {
    if (!this.isTool(fn)) this.tools.push({ name, fn })
  }

  isTool(fn: FunctionDef): boolean {
    return this.tools.some((t) => t.fn === fn)
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

  toolsOf(owner: Owner): readonly string[] {
    if (!this.#handled) {
      this.#handled = new Map()
      for (const { name, fn } of this.tools) {
        for (const reached of this.#closure(new Set([fn]))) {
          const names = this.#handled.get(reached)
          if (!names) this.#handled.set(reached, [name])
          else if (!names.includes(name)) names.push(name)
        }
      }
    }
    return owner.fn ? (this.#handled.get(owner.fn) ?? []) : []
  }

  #closure(roots: ReadonlySet<FunctionDef>): Set<FunctionDef> {
    const reached = new Set(roots)
    for (const fn of reached) for (const next of this.#calls.get(fn) ?? []) reached.add(next)
    return reached
  }
}
