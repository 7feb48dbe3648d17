import type { Descriptors } from './descriptors.ts'
import { FIRST_INTERNED } from './kinds.ts'
import type { Elements } from './stack.ts'

/** Examples kept of each distinct use; model's `LOCATIONS_KEPT`. */
const PLACES_KEPT = 8

/**
 * How a value was used: called (REDUCE, INST, OBJ), instantiated by `__new__`, given a state (BUILD), given a state though
 * it is itself the imported object (`patch`), or only pushed.
 */
export type Role = 'reference' | 'call' | 'new' | 'build' | 'patch'

/** One occurrence: where, and the values a preview is written from. */
export interface Place {
  readonly offset: number
  readonly elements?: Elements | undefined
  /** What is particular about this one, in words. */
  readonly text?: string
}

/** One distinct use of a callable: equal role, opcode, callable and argument kinds are one, with a count. */
export interface Use {
  readonly role: Role
  readonly opcode: number
  /** Descriptor of the callable. */
  readonly callee: number
  /** Descriptors of the arguments, undefined where they are not known. */
  readonly args: readonly number[] | undefined
  /** Number of arguments, -1 where not known. */
  readonly arity: number
  readonly places: Place[]
  count: number
  /** Only a reader that does not know joblib, and takes the pickle of an array for a part of this one, sees it. */
  readonly misread?: boolean
}

/** Calls that the opcodes make without naming a callable: `append`, `__setitem__`, … of what is no container. */
export interface MethodUse {
  readonly target: number
  readonly method: string
  readonly opcode: number
  readonly places: Place[]
  count: number
}

export interface AttributeUse {
  readonly target: number
  readonly attribute: string
  /** Descriptor of the value that the attribute was set to. */
  readonly value: number
  readonly places: Place[]
  count: number
}

export interface PersistentUse {
  readonly opcode: number
  readonly kinds: readonly number[]
  readonly places: Place[]
  count: number
}

/** Something that another reader sees otherwise, or no honest pickler writes. */
export interface Note {
  readonly about: string
  readonly detail: string
  readonly places: Place[]
  count: number
}

interface Pushed {
  readonly opcode: number
  readonly misread?: boolean
  count: number
  ran: number
  readonly places: number[]
}

/** Folds what the machine sees by distinct key, so that a million equal calls are one entry with a count. */
export class Census {
  readonly #uses = new Map<string, Use>()
  readonly #last = new Map<number, Use>()
  readonly #methods = new Map<string, MethodUse>()
  readonly #attributes = new Map<string, AttributeUse>()
  readonly #persistent = new Map<string, PersistentUse>()
  readonly #notes = new Map<string, Note>()
  readonly #pushed: (Pushed | undefined)[] = []
  readonly #descriptors: Descriptors
  /** Opcodes met, as 256 flags. */
  readonly opcodes: Uint8Array = new Uint8Array(256)
  /** Highest protocol declared. */
  protocol = 0

  constructor(descriptors: Descriptors) {
    this.#descriptors = descriptors
  }

  /** Is anything imported or called? Then even a broken stream is a live pickle; an id alone may be the `P` of a zip. */
  get live(): boolean {
    return this.#uses.size > 0 || this.#pushed.length > 0
  }

  /** A global came onto the stack, by import, from the memo or by DUP. */
  push(callee: number, opcode: number, offset: number) {
    let entry = this.#pushed[callee - FIRST_INTERNED]
    if (!entry) {
      entry = { opcode, count: 0, ran: 0, places: [] }
      this.#pushed[callee - FIRST_INTERNED] = entry
    }
    entry.count++
    if (entry.places.length < PLACES_KEPT) entry.places.push(offset)
  }

  use(role: Role, opcode: number, callee: number, args: Elements | undefined, offset: number) {
    const entry = callee >= FIRST_INTERNED ? this.#pushed[callee - FIRST_INTERNED] : undefined
    if (entry && role !== 'build' && role !== 'patch') entry.ran++
    const use = this.#find(role, opcode, callee, args)
    use.count++
    if (use.places.length < PLACES_KEPT) use.places.push({ offset, elements: args })
  }

  /** The entry of a use. Most repeat the one before of the same callable, for which no key need be built. */
  #find(role: Role, opcode: number, callee: number, args: Elements | undefined): Use {
    const last = this.#last.get(callee)
    if (last && last.role === role && last.opcode === opcode && sameArguments(last, args)) return last
    const key = `${role[0]}${opcode},${callee},${args ? `${args.count}:${args.descriptors}` : '?'}`
    let use = this.#uses.get(key)
    if (!use) {
      const arity = args ? args.count : -1
      use = { role, opcode, callee, args: args?.descriptors, arity, places: [], count: 0 }
      this.#uses.set(key, use)
    }
    this.#last.set(callee, use)
    return use
  }

  method(target: number, method: string, opcode: number, offset: number) {
    const make = () => ({ target, method, opcode, places: [], count: 0 })
    count(this.#methods, `${target},${method},${opcode}`, make, { offset })
  }

  attribute(target: number, attribute: string, value: number, offset: number) {
    const make = () => ({ target, attribute, value, places: [], count: 0 })
    count(this.#attributes, `${target},${attribute},${value}`, make, { offset })
  }

  persistent(opcode: number, kinds: readonly number[], offset: number, elements?: Elements) {
    const make = () => ({ opcode, kinds, places: [], count: 0 })
    count(this.#persistent, `${opcode},${kinds}`, make, { offset, elements })
  }

  note(about: string, detail: string, offset: number, text?: string) {
    const make = () => ({ about, detail, places: [], count: 0 })
    count(this.#notes, `${about},${detail}`, make, text ? { offset, text } : { offset })
  }

  /** Adds what another pickle or reading of the same file showed; `real` maps its offsets to those of the file. */
  absorb(
    other: Census,
    options: { real?: (offset: number) => number; onlyNew?: boolean; misread?: boolean } = {},
  ) {
    const real = options.real ?? ((offset) => offset)
    const move = (place: Place): Place => ({
      ...place,
      offset: real(place.offset),
      elements: place.elements && { ...place.elements, offsets: place.elements.offsets.map(real) },
    })
    const { onlyNew = false, misread = false } = options
    merge(this.#uses, other.#uses, move, onlyNew, misread ? { misread } : {})
    merge(this.#methods, other.#methods, move, onlyNew)
    merge(this.#attributes, other.#attributes, move, onlyNew)
    merge(this.#persistent, other.#persistent, move, onlyNew)
    if (!misread) merge(this.#notes, other.#notes, move, onlyNew)
    for (const [index, pushed] of other.#pushed.entries()) {
      const mine = this.#pushed[index]
      if (!pushed || (mine && onlyNew)) continue
      const places = [...(mine?.places ?? []), ...pushed.places.map(real)].slice(0, PLACES_KEPT)
      this.#pushed[index] = {
        opcode: mine?.opcode ?? pushed.opcode,
        ...(misread && !mine ? { misread } : {}),
        count: pushed.count + (mine?.count ?? 0),
        ran: pushed.ran + (mine?.ran ?? 0),
        places,
      }
    }
    for (let opcode = 0; opcode < 256; opcode++) this.opcodes[opcode]! |= other.opcodes[opcode]!
    this.protocol = Math.max(this.protocol, other.protocol)
  }

  /** All distinct uses; a global pushed more often than it ran adds a `reference`. */
  *uses(): Generator<Use> {
    yield* this.#uses.values()
    for (const [index, pushed] of this.#pushed.entries()) {
      if (!pushed || pushed.count <= pushed.ran) continue
      const callee = FIRST_INTERNED + index
      const places = pushed.places.map((offset) => ({ offset }))
      yield {
        role: 'reference',
        opcode: pushed.opcode,
        callee,
        args: [],
        arity: 0,
        places,
        count: pushed.count - pushed.ran,
        ...(pushed.misread ? { misread: true } : {}),
      }
    }
  }

  methods(): Iterable<MethodUse> {
    return this.#methods.values()
  }

  attributes(): Iterable<AttributeUse> {
    return this.#attributes.values()
  }

  persistents(): Iterable<PersistentUse> {
    return this.#persistent.values()
  }

  notes(): Iterable<Note> {
    return this.#notes.values()
  }

  get descriptors(): Descriptors {
    return this.#descriptors
  }
}

function sameArguments(use: Use, args: Elements | undefined): boolean {
  const mine = use.args
  if (!args || !mine) return args === mine
  if (use.arity !== args.count) return false
  for (let i = 0; i < mine.length; i++) if (mine[i] !== args.descriptors[i]) return false
  return true
}

function count<T extends { places: Place[]; count: number }>(
  entries: Map<string, T>,
  key: string,
  make: () => T,
  place: Place,
) {
  let entry = entries.get(key)
  if (!entry) {
    entry = make()
    entries.set(key, entry)
  }
  entry.count++
  if (entry.places.length < PLACES_KEPT) entry.places.push(place)
}

function merge<T extends { places: Place[]; count: number }>(
  mine: Map<string, T>,
  theirs: ReadonlyMap<string, T>,
  move: (place: Place) => Place,
  onlyNew: boolean,
  mark: Partial<T> = {},
) {
  for (const [key, entry] of theirs) {
    const held = mine.get(key)
    if (!held) mine.set(key, { ...entry, ...mark, places: entry.places.map(move) })
    else if (!onlyNew) {
      held.count += entry.count
      held.places.push(...entry.places.slice(0, PLACES_KEPT - held.places.length).map(move))
    }
  }
}
