import type { Constant } from './constants.ts'
import type { Elements } from './stack.ts'

/** Constants under suspicion that are remembered until somebody decodes them. More are a `limit`. */
const CONSTANTS_KEPT = 20_000

/**
 * A code object that the pickle makes, as dill and cloudpickle write functions by value. Its bytecode is of one release of
 * Python; what the function names and holds is beside it in tuples, whatever the release.
 */
export interface CodeMade {
  /** Offset of the call. */
  readonly offset: number
  /** `co_code`, `co_consts`, `co_names`; undefined where the tuple was made too long ago. */
  readonly code: number
  readonly constants: Elements | undefined
  readonly names: Elements | undefined
  /** Offsets of `co_filename` and `co_name`. */
  readonly file: number
  readonly name: number
}

/** What the machine remembers of values beyond their descriptors, because a later step may need it. All bounded. */
export class Traces {
  /** Has a string of `HOOKS` been pushed? Only then need the keys of dicts be looked at. */
  hooksSeen: boolean = false
  /** Were there more dicts with hooks than are remembered? */
  hooksLost = false
  /** Attribute hooks by offset of the dict that holds them. */
  readonly hooked: Map<number, [hook: number, value: number][]> = new Map()
  /** Was an array wrapper of joblib made? Only then are the items of small dicts remembered. */
  wrappers: boolean = false
  /** Items of the dicts filled last, by the offset of the opcode that made the dict. */
  readonly items: Map<number, (readonly [key: number, value: number, offset: number])[]> = new Map()
  /** Text constants that were encoded to bytes, by the offset of the call. */
  readonly encoded: Map<number, number> = new Map()
  /** Arguments and state of NumPy types, by the offset of the opcode that made them. */
  readonly dtypes: Map<number, { readonly args: Elements; state?: Elements }> = new Map()
  /** Persistent ids of the tensor storages asked for last, by the offset of their BINPERSID. */
  readonly storages: Map<number, Elements> = new Map()
  /** Did a container come onto the stack again? Then `shares.ts` counts what that multiplies. */
  shares: boolean = false
  /** Places of the stack where such a container lies. */
  readonly sharedAt: number[] = []
  /** References beyond a tree's, by the offset of the opcode that made the container. */
  readonly expansions: Map<number, number> = new Map()
  readonly constants: Constant[] = []
  /** Constants that the stream passes to a function that decodes or loads, by the offset of their opcode. */
  readonly flows: { readonly made: number; readonly into: string; readonly asText: boolean }[] = []
  constantsLost = false
  /** Code objects made by all pickles. */
  readonly codes: CodeMade[] = []

  /** Need the items of dicts be looked at? */
  get watching(): boolean {
    return this.hooksSeen || this.wrappers || this.shares
  }

  /** Forgets what belongs to one pickle; constants and code objects are kept. */
  clear() {
    this.hooksSeen = false
    this.hooksLost = false
    this.hooked.clear()
    this.wrappers = false
    this.items.clear()
    this.encoded.clear()
    this.dtypes.clear()
    this.storages.clear()
    this.shares = false
    this.sharedAt.length = 0
    this.expansions.clear()
  }

  keep(constant: Constant) {
    if (this.constants.length < CONSTANTS_KEPT) this.constants.push(constant)
    else this.constantsLost = true
  }

  /** @param asText whether the constant is the text that `_codecs.encode` makes the bytes of. */
  flow(made: number, into: string, asText = false) {
    if (this.flows.length < CONSTANTS_KEPT) this.flows.push({ made, into, asText })
    else this.constantsLost = true
  }
}
