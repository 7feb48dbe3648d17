import type { CallSite } from './machine.ts'
import type { Scope } from './scope.ts'
import { LABEL, type Value } from './values.ts'

/** Functions that write what they fetch to a file. */
export const DOWNLOADS = /^(?:urllib\.(?:request\.)?urlretrieve|wget\.download|gdown\.download)$/

/** Files that were written with data from the network: running one is running what came. */
export class Downloads {
  readonly #paths = new Set<string>()

  has(path: string): boolean {
    return this.#paths.has(path)
  }

  add(path: string): void {
    this.#paths.add(path)
  }

  /** A constant path to a file that came from the network is as good as what came. */
  written(value: Value): Value {
    if (this.#paths.size === 0) return value
    if (value.items && value.items.length <= 64)
      return { ...value, items: value.items.map((i) => this.written(i)) }
    const names = typeof value.constant === 'string' ? value.constant.split(/\s+/) : []
    return names.some((n) => this.#paths.has(n)) ? { ...value, labels: value.labels | LABEL.network } : value
  }

  /** Remembers which file now holds data from the network, by its constant path and by the variable that names it. */
  remember(site: CallSite, labels: number, scope: Scope): void {
    if ((labels & LABEL.network) === 0) return
    const [first] = site.args
    const handle = site.receiver?.handle
    const constant = handle?.constant ?? first?.value.constant ?? site.receiver?.constant
    if (typeof constant === 'string') this.#paths.add(constant)
    const name = handle?.name ?? (first?.expr.op === 'name' ? first.expr.name : undefined)
    const held = name === undefined ? undefined : scope.get(name)
    if (name !== undefined && held)
      scope.set(name, { ...held, labels: held.labels | LABEL.network }, false, true)
  }
}
