import type { Meter } from '../../bytes/meter.ts'
import { DYNAMIC_GLOBAL, EXTENSION_VALUE, FIRST_INTERNED, PERSISTENT_VALUE, plainKind } from './kinds.ts'
import { fromPython2 } from './python2.ts'

/** An imported name as the stream writes it and as Python 3 looks it up. */
export interface GlobalName {
  /** As written, before the Python 2 mapping. */
  readonly module: string
  readonly name: string
  /** `module.name` after the mapping, which applies when the protocol is below 3 at that point. */
  readonly callable: string
  /** Attributes walked through on the way (`_os` of `random:_os.system`), whether or not the protocol allows it. */
  readonly hops: readonly string[]
  /** The protocol in force at the import: below 4 a dotted name is one attribute and fails. */
  readonly protocol: number
}

type Interned =
  | { readonly kind: 'global'; readonly global: GlobalName }
  | { readonly kind: 'object'; readonly maker: number; readonly depth: number }
  | { readonly kind: 'literal'; readonly text: string }

/** Results of results of results: beyond this the chain is cut, so that `f()()()…` stays one entry. */
const LONGEST_CHAIN = 4

/**
 * Everything that is not a plain kind, each once per scan. Bounded by `Limits.facts`: a stream that imports more distinct
 * names than that ends in `parse.limit`.
 */
export class Descriptors {
  readonly #entries: Interned[] = []
  readonly #ids = new Map<string, number>()
  readonly #meter: Meter | undefined

  constructor(meter?: Meter) {
    this.#meter = meter
  }

  global(module: string, name: string, protocol: number): number {
    const era = protocol < 3 ? '2' : protocol < 4 ? '3' : '4'
    return this.#intern(`g${era}${module}\n${name}`, () => {
      const [newModule, newName] = protocol < 3 ? fromPython2(module, name) : [module, name]
      const hops = newName.split('.').slice(0, -1)
      return {
        kind: 'global',
        global: { module, name, callable: `${newModule}.${newName}`, hops, protocol },
      }
    })
  }

  /** What calling `maker` (a global, an object, a persistent value…) returned. */
  object(maker: number): number {
    const entry = this.#entry(maker)
    const depth = entry?.kind === 'object' ? entry.depth + 1 : 1
    if (depth > LONGEST_CHAIN) return maker
    return this.#intern(`o${maker}`, () => ({ kind: 'object', maker, depth }))
  }

  literal(text: string): number {
    return this.#intern(`l${text}`, () => ({ kind: 'literal', text }))
  }

  globalOf(descriptor: number): GlobalName | undefined {
    const entry = this.#entry(descriptor)
    return entry?.kind === 'global' ? entry.global : undefined
  }

  /** What made an object: the descriptor that was called, or undefined if it is none. */
  makerOf(descriptor: number): number | undefined {
    const entry = this.#entry(descriptor)
    return entry?.kind === 'object' ? entry.maker : undefined
  }

  /** The dotted name that a call of this value runs: `os.system`, `builtins.getattr()` for a result, `<dynamic>`. */
  callableName(descriptor: number): string {
    const entry = this.#entry(descriptor)
    if (entry?.kind === 'global') return entry.global.callable
    if (entry?.kind === 'object') return `${this.callableName(entry.maker)}()`
    if (descriptor === EXTENSION_VALUE) return '<extension>'
    if (descriptor === PERSISTENT_VALUE) return '<persistent>'
    if (descriptor === DYNAMIC_GLOBAL) return '<dynamic>'
    return `<${entry ? 'str' : plainKind(descriptor)}>`
  }

  /** The argument kind that rules compare: `int`, `global:os.system`, `object:numpy.dtype`, `str=latin1`. */
  kindName(descriptor: number): string {
    const entry = this.#entry(descriptor)
    if (!entry) return plainKind(descriptor)
    if (entry.kind === 'global') return `global:${entry.global.callable}`
    if (entry.kind === 'object') return `object:${this.callableName(entry.maker)}`
    return `str=${entry.text}`
  }

  #entry(descriptor: number): Interned | undefined {
    return descriptor < FIRST_INTERNED ? undefined : this.#entries[descriptor - FIRST_INTERNED]
  }

  #intern(key: string, make: () => Interned): number {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#meter?.check('facts', this.#entries.length + 1)
    const id = FIRST_INTERNED + this.#entries.length
    this.#entries.push(make())
    this.#ids.set(key, id)
    return id
  }
}
