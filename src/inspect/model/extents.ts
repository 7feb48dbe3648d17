import { pathForm } from '../../codec/path-form.ts'
import { type Emission, fact } from '../inspector.ts'

/** How far the references of one file reach into the files of data beside it: one fact for each such file. */
export class Extents {
  readonly #ends = new Map<string, number>()
  readonly #role: string

  constructor(role: string) {
    this.#role = role
  }

  /** @param end the first byte behind what is referred to; lies that no file can be as long as are kept as they are. */
  see(target: string, end: number): void {
    if (!(end >= 0)) return
    const key = target.slice(0, 1000)
    this.#ends.set(key, Math.max(this.#ends.get(key) ?? 0, Math.min(end, Number.MAX_SAFE_INTEGER)))
  }

  get size(): number {
    return this.#ends.size
  }

  /** `edges`: where nothing else states that the files are referred to. */
  *facts(edges: boolean): Generator<Emission> {
    for (const [target, end] of this.#ends) {
      if (edges) yield fact('edge.data', { target, role: this.#role, form: pathForm(target) })
      yield fact('edge.extent', { target, role: this.#role, end })
    }
  }
}
