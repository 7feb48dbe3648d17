import type { Json, JsonObject } from '../model/fact.ts'
import type { Argument, ArgumentList, Signature, SignaturesList } from './schema.ts'

/** Decides whether a list of signatures allows one use of a global, as the fact `pickle.global` states it. */
export class SignatureMatcher {
  readonly #entries = new Map<string, Signature[]>()

  constructor(list: SignaturesList) {
    for (const entry of list.entries) {
      const held = this.#entries.get(entry.global)
      if (held) held.push(entry)
      else this.#entries.set(entry.global, [entry])
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Anything the fact does not say, or says in a way that is not known here, is not allowed. */
  allows(data: JsonObject): boolean {
    const { args: given, callable, name, role } = data
    if (typeof callable !== 'string') return false
    const entries = this.#entries.get(callable)
    if (!entries) return false
    const args = argumentsOf(given)
    // STACK_GLOBAL 'a' 'b.c' walks attributes from module a: only by chance the same as name c of module a.b.
    const candidates = hasDot(name) ? entries.filter((entry) => entry.dotted === true) : entries
    return candidates.some((entry) => this.#fits(entry, role, args))
  }

  #fits(entry: Signature, role: Json | undefined, args: readonly string[] | undefined): boolean {
    if (role === 'reference') return entry.reference === true
    if (!args) return false
    if (role === 'call') return (entry.call ?? []).some((list) => this.#fitsAll(list, args))
    if (role === 'new') return (entry.new ?? []).some((list) => this.#fitsAll(list, args))
    if (role !== 'build' || args.length !== 1) return false
    return (entry.build ?? []).some((state) => this.#fitsAll([state], args))
  }

  /** Simulates all ways to use `kind*` and `kind?` at once: time is patterns × arguments, whatever the arguments. */
  #fitsAll(patterns: ArgumentList, args: readonly string[]): boolean {
    let states = skipOptional(patterns, new Set([0]))
    for (const arg of args) {
      const next = new Set<number>()
      for (const state of states) {
        const pattern = patterns[state]
        if (pattern === undefined || !this.#fitsOne(pattern, arg)) continue
        next.add(quantifier(pattern) === '*' ? state : state + 1)
      }
      if (next.size === 0) return false
      states = skipOptional(patterns, next)
    }
    return states.has(patterns.length)
  }

  #fitsOne(pattern: Argument, arg: string): boolean {
    const { kind, name, literal } = parts(arg)
    if (typeof pattern !== 'string') {
      return pattern.in.some((value) => literal === String(value) && kindOf(value).includes(kind))
    }
    const bare = quantifier(pattern) === '' ? pattern : pattern.slice(0, -1)
    return bare.split('|').some((wanted) => {
      if (wanted === 'any') return kind !== 'global' && kind !== 'unknown'
      if (wanted === 'type') return kind === 'global' && this.#isType(name)
      if (wanted === 'callable') return kind === 'global' && this.#isCallable(name)
      if (wanted.includes(':')) return wanted === `${kind}:${name ?? ''}`
      // `int:huge` is more than an int: what allocates by its value must name it.
      return wanted === kind && (name === undefined || kind === 'object' || kind === 'global')
    })
  }

  #isType(name: string | undefined): boolean {
    return (this.#entries.get(name ?? '') ?? []).some((entry) => entry.reference === true)
  }

  #isCallable(name: string | undefined): boolean {
    return (this.#entries.get(name ?? '') ?? []).some(
      (entry) => entry.call !== undefined || entry.new !== undefined,
    )
  }
}

function hasDot(name: Json | undefined): boolean {
  return typeof name === 'string' && name.includes('.')
}

function argumentsOf(value: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item): item is string => typeof item === 'string')
  return texts.length === value.length ? texts : undefined
}

/** `str=latin1` → str with a literal; `object:numpy.dtype`, `int:huge` → a kind with a name. */
function parts(arg: string): { kind: string; name?: string; literal?: string } {
  const [, kind = arg, mark, rest = ''] = /^([a-z]+)([:=])(.*)$/s.exec(arg) ?? []
  if (mark === '=') return { kind, literal: rest }
  return mark === ':' ? { kind, name: rest } : { kind }
}

function kindOf(value: string | number | boolean | null): readonly string[] {
  if (value === null) return ['none']
  if (typeof value === 'boolean') return ['bool']
  return typeof value === 'number' ? ['int', 'float'] : ['str', 'bytes']
}

function quantifier(pattern: Argument): '' | '*' | '?' {
  if (typeof pattern !== 'string') return ''
  return pattern.endsWith('*') ? '*' : pattern.endsWith('?') ? '?' : ''
}

function skipOptional(patterns: ArgumentList, states: Set<number>): Set<number> {
  // A Set is walked in insertion order and grows while it is walked, so chains of optional ones are followed.
  for (const state of states) {
    const pattern = patterns[state]
    if (pattern !== undefined && quantifier(pattern) !== '') states.add(state + 1)
  }
  return states
}
