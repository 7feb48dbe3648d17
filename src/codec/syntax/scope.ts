import type { FunctionDef } from './ir.ts'
import { either, type Value } from './values.ts'

/** Names and what they hold, inside the scope around it. */
export class Scope {
  readonly parent: Scope | undefined
  /** The function whose body this is; none for the module. */
  readonly fn: FunctionDef | undefined
  readonly #names = new Map<string, Value>()
  /** Modules whose every name was imported. */
  readonly stars: string[] = []

  constructor(parent?: Scope, fn?: FunctionDef) {
    this.parent = parent
    this.fn = fn
  }

  get(name: string): Value | undefined {
    let scope: Scope | undefined = this
    while (scope) {
      const value = scope.#names.get(name)
      if (value) return value
      scope = scope.parent
    }
    return undefined
  }

  /** @param weak the assignment may not happen: what was held before may still be. */
  set(name: string, value: Value, weak: boolean, outer: boolean): void {
    const home = (outer ? this.#holder(name) : undefined) ?? this
    const before = home.#names.get(name)
    // A closure may run at any time, so what it assigns to an outer name is a possibility.
    home.#names.set(name, before && (weak || home !== this) ? either(value, before) : value)
  }

  #holder(name: string): Scope | undefined {
    let scope: Scope | undefined = this
    while (scope && !scope.#names.has(name)) scope = scope.parent
    return scope
  }

  get allStars(): readonly string[] {
    return this.parent ? [...this.stars, ...this.parent.allStars] : this.stars
  }
}
