import { FormatError } from '../../model/trouble.ts'
import type { Dictionary } from './dictionary.ts'

/** The most input one symbol can take (liblzma: LZMA_REQUIRED_INPUT_MAX). */
export const SYMBOL_BYTES = 20

/** lc, lp and pb: how literals and positions select their contexts. */
export interface LzmaProperties {
  readonly literalContext: number
  readonly literalPosition: number
  readonly position: number
}

/** Reads the properties byte; undefined where it can be none. */
export function lzmaProperties(byte: number): LzmaProperties | undefined {
  if (byte >= 225) return undefined
  const rest = Math.floor(byte / 9)
  return { literalContext: byte % 9, literalPosition: rest % 5, position: Math.floor(rest / 5) }
}

// Probabilities of all models lie in one array, at these places.
const IS_MATCH = 0
const IS_REP0_LONG = IS_MATCH + 192
const IS_REP = IS_REP0_LONG + 192
const IS_REP_G0 = IS_REP + 12
const IS_REP_G1 = IS_REP_G0 + 12
const IS_REP_G2 = IS_REP_G1 + 12
const SLOT = IS_REP_G2 + 12
const SPECIAL = SLOT + 256
const ALIGN = SPECIAL + 128
const LENGTH = ALIGN + 16
const REP_LENGTH = LENGTH + 514
const LITERAL = REP_LENGTH + 514

const HALF = 1024
/** Output handed out at a time. */
const OUTPUT = 256 * 1024
/** Most positions the literal coder's contexts can select: 8 + 4 bits. */
const LITERAL_SIZE = 0x300

export type LzmaStop = 'input' | 'output' | 'end'

/**
 * LZMA as the SDK's specification has it, symbol by symbol, so that what is known before a break is kept. It runs on the
 * input at hand and stops where it needs more.
 */
export class LzmaDecoder {
  readonly #dictionary: Dictionary
  #probabilities = new Uint16Array(0)
  #contextShift = 0
  #literalMask = 0
  #positionMask = 0
  #state = 0
  #rep0 = 0
  #rep1 = 0
  #rep2 = 0
  #rep3 = 0
  #range = -1
  #code = 0
  #input: Uint8Array = new Uint8Array(0)
  #at = 0
  /** What is left of a match that did not fit in the room there was. */
  #pending = 0

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  /** New properties: all models start afresh. */
  configure(properties: LzmaProperties): void {
    const { literalContext, literalPosition, position } = properties
    this.#contextShift = literalContext
    this.#literalMask = (1 << literalPosition) - 1
    this.#positionMask = (1 << position) - 1
    this.#probabilities = new Uint16Array(LITERAL + (LITERAL_SIZE << (literalContext + literalPosition)))
    this.reset()
  }

  /** Forgets what the models have learnt. */
  reset(): void {
    this.#probabilities.fill(HALF)
    this.#state = 0
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0
    this.#pending = 0
  }

  /** Starts the range coder with the first five bytes of its data. */
  start(bytes: Uint8Array): void {
    if (bytes[0] !== 0) throw new FormatError('corrupt', 'lzma: the range coder does not start with zero')
    this.#range = -1
    this.#code = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1)
  }

  /** The range coder has nothing left, as it must be where the data ends. */
  get exhausted(): boolean {
    return this.#code === 0
  }

  /** How much of the last `run`'s input was used. */
  get used(): number {
    return this.#at
  }

  /**
   * Decodes until `most` bytes or a good portion are out (take them before the next call), an end marker was met, or the input runs low
   * (with `last`: until it is over, which is `truncated`).
   */
  run(input: Uint8Array, last: boolean, most: number): LzmaStop {
    this.#input = input
    this.#at = 0
    const dictionary = this.#dictionary
    const safe = last ? input.length : input.length - SYMBOL_BYTES
    const limit = dictionary.position + Math.min(most, dictionary.room, OUTPUT)
    if (this.#pending > 0) this.#repeat(this.#pending, limit)
    while (dictionary.position < limit) {
      if (!last && this.#at > safe) return 'input'
      if (this.#symbol(limit)) return 'end'
    }
    return 'output'
  }

  /** Behind the last byte of known length: reads the byte that the range coder may still owe. */
  finish(input: Uint8Array): void {
    this.#input = input
    this.#at = 0
    if (this.#pending > 0) throw new FormatError('corrupt', 'lzma: a match crosses the declared end')
    this.#normalise()
  }

  /** Whether an end marker follows; nothing else may. */
  marker(input: Uint8Array): boolean {
    this.#input = input
    this.#at = 0
    const positionState = this.#dictionary.position & this.#positionMask
    if (this.#bit(IS_MATCH + this.#state * 16 + positionState) === 0) return false
    if (this.#bit(IS_REP + this.#state) !== 0) return false
    const length = this.#length(LENGTH, positionState)
    if (this.#distance(length) !== 0xffffffff) return false
    this.#normalise()
    return true
  }

  /** One literal or match. True at the end marker. */
  #symbol(limit: number): boolean {
    const dictionary = this.#dictionary
    const positionState = dictionary.position & this.#positionMask
    const state = this.#state
    if (this.#bit(IS_MATCH + state * 16 + positionState) === 0) {
      this.#literal()
      return false
    }
    let length: number
    if (this.#bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2
      this.#rep2 = this.#rep1
      this.#rep1 = this.#rep0
      length = this.#length(LENGTH, positionState)
      this.#state = state < 7 ? 7 : 10
      this.#rep0 = this.#distance(length)
      if (this.#rep0 === 0xffffffff) {
        this.#normalise()
        return true
      }
    } else {
      if (this.#repeated(state, positionState)) length = 1
      else {
        length = this.#length(REP_LENGTH, positionState)
        this.#state = state < 7 ? 8 : 11
      }
    }
    this.#repeat(length, limit)
    return false
  }

  /** Selects one of the last four distances. True for the match of one byte at the last distance. */
  #repeated(state: number, positionState: number): boolean {
    if (this.#bit(IS_REP_G0 + state) === 0) {
      if (this.#bit(IS_REP0_LONG + state * 16 + positionState) === 0) {
        this.#state = state < 7 ? 9 : 11
        return true
      }
      return false
    }
    let distance = this.#rep1
    if (this.#bit(IS_REP_G1 + state) !== 0) {
      distance = this.#rep2
      if (this.#bit(IS_REP_G2 + state) !== 0) {
        distance = this.#rep3
        this.#rep3 = this.#rep2
      }
      this.#rep2 = this.#rep1
    }
    this.#rep1 = this.#rep0
    this.#rep0 = distance
    return false
  }

  #repeat(length: number, limit: number): void {
    const part = Math.min(length, limit - this.#dictionary.position)
    this.#dictionary.copy(this.#rep0 + 1, part)
    this.#pending = length - part
  }

  #literal(): void {
    const dictionary = this.#dictionary
    const state = this.#state
    const low = (dictionary.position & this.#literalMask) << this.#contextShift
    const high = dictionary.back(1) >> (8 - this.#contextShift)
    const base = LITERAL + LITERAL_SIZE * (low + high)
    let symbol = 1
    if (state >= 7) {
      let match = dictionary.back(this.#rep0 + 1)
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1
        match <<= 1
        const bit = this.#bit(base + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (bit !== expected) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol)
    dictionary.put(symbol & 0xff)
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  #length(base: number, positionState: number): number {
    if (this.#bit(base) === 0) return 2 + this.#tree(base + 2 + positionState * 8, 3)
    if (this.#bit(base + 1) === 0) return 10 + this.#tree(base + 130 + positionState * 8, 3)
    return 18 + this.#tree(base + 258, 8)
  }

  #distance(length: number): number {
    const slot = this.#tree(SLOT + Math.min(length - 2, 3) * 64, 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const high = ((2 | (slot & 1)) << bits) >>> 0
    if (slot < 14) return high + this.#reverseTree(SPECIAL + high - slot, bits)
    return (high + this.#direct(bits - 4) * 16 + this.#reverseTree(ALIGN, 4)) >>> 0
  }

  #tree(base: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(base + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(base: number, bits: number): number {
    let node = 1
    let symbol = 0
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(base + node)
      node = (node << 1) | bit
      symbol |= bit << i
    }
    return symbol
  }

  /** Bits of equal probability. */
  #direct(bits: number): number {
    let value = 0
    for (let i = 0; i < bits; i++) {
      this.#normalise()
      this.#range >>>= 1
      const bit = this.#code >>> 0 >= this.#range ? 1 : 0
      if (bit) this.#code = (this.#code - this.#range) | 0
      value = (value << 1) | bit
    }
    return value
  }

  #bit(index: number): number {
    this.#normalise()
    const probability = this.#probabilities[index]!
    const bound = Math.imul(this.#range >>> 11, probability)
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound
      this.#probabilities[index] = probability + ((2048 - probability) >> 5)
      return 0
    }
    this.#range = (this.#range - bound) | 0
    this.#code = (this.#code - bound) | 0
    this.#probabilities[index] = probability - (probability >> 5)
    return 1
  }

  #normalise(): void {
    if ((this.#range & 0xff000000) !== 0) return
    if (this.#at >= this.#input.length) throw new FormatError('truncated', 'lzma: the data ends early')
    this.#range <<= 8
    this.#code = (this.#code << 8) | this.#input[this.#at++]!
  }
}
