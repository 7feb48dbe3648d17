import { FormatError } from '../../model/trouble.ts'

/** Bits of a buffer from the highest down, as bzip2 writes them. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at: number

  /** @param at the first bit to read. */
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** Position in bits. */
  get at(): number {
    return this.#at
  }

  /** The next `count` (at most 24) bits without stepping over them; zeros behind the end. */
  peek(count: number): number {
    const byte = this.#at >> 3
    const bytes = this.#bytes
    const word =
      ((bytes[byte] ?? 0) << 24) |
      ((bytes[byte + 1] ?? 0) << 16) |
      ((bytes[byte + 2] ?? 0) << 8) |
      (bytes[byte + 3] ?? 0)
    return (word << (this.#at & 7)) >>> (32 - count)
  }

  skip(count: number): void {
    this.#at += count
    if (this.#at > this.#bytes.length * 8) throw new FormatError('truncated', 'bzip2: the data ends early')
  }

  take(count: number): number {
    const value = this.peek(count)
    this.skip(count)
    return value
  }
}

const LONGEST_CODE = 20
const GROUP = 50
const RUN_A = 0
const RUN_B = 1

/** A canonical code: by length, the first code left-aligned to 20 bits, and where its symbols start. */
interface Code {
  readonly limits: Int32Array
  readonly offsets: Int32Array
  readonly symbols: Uint16Array
  readonly shortest: number
}

/** A block as it comes out of Huffman and move-to-front decoding: input of the inverse Burrows-Wheeler transform. */
export interface Block {
  readonly length: number
  /** Index of the row that is the original text. */
  readonly origin: number
  readonly randomised: boolean
}

/**
 * Decodes one block behind its magic and CRC into `text`; the reader is left behind it.
 * @param text room for the largest block of this stream.
 */
export function readBlock(bits: BitReader, text: Uint8Array): Block {
  const randomised = bits.take(1) === 1
  const origin = bits.take(24)
  const used = readUsed(bits)
  const groups = bits.take(3)
  const selectorCount = bits.take(15)
  if (groups < 2 || groups > 6 || selectorCount === 0) throw corrupt('a block has no valid tables')
  const selectors = readSelectors(bits, groups, selectorCount)
  const codes = Array.from({ length: groups }, () => readCode(bits, used.length + 2))
  const length = readSymbols(bits, text, used, selectors, codes)
  if (length === 0 ? origin !== 0 : origin >= length) throw corrupt('a block has no valid origin')
  return { length, origin, randomised }
}

/** The bytes that occur in the block, ascending. */
function readUsed(bits: BitReader): Uint8Array {
  const rows = bits.take(16)
  const used: number[] = []
  for (let row = 0; row < 16; row++) {
    if (!(rows & (0x8000 >> row))) continue
    const columns = bits.take(16)
    for (let column = 0; column < 16; column++) {
      if (columns & (0x8000 >> column)) used.push(row * 16 + column)
    }
  }
  if (used.length === 0) throw corrupt('a block uses no bytes')
  return Uint8Array.from(used)
}

function readSelectors(bits: BitReader, groups: number, count: number): Uint8Array {
  const order = [0, 1, 2, 3, 4, 5]
  const selectors = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    let place = 0
    while (bits.take(1) === 1) if (++place >= groups) throw corrupt('a block has no valid selector')
    const [group] = order.splice(place, 1) as [number]
    order.unshift(group)
    selectors[i] = group
  }
  return selectors
}

function readCode(bits: BitReader, symbolCount: number): Code {
  const lengths = new Uint8Array(symbolCount)
  let length = bits.take(5)
  for (let i = 0; i < symbolCount; i++) {
    while (bits.take(1) === 1) length += bits.take(1) === 0 ? 1 : -1
    if (length < 1 || length > LONGEST_CODE) throw corrupt('a block has no valid code')
    lengths[i] = length
  }
  const symbols: number[] = []
  const limits = new Int32Array(LONGEST_CODE + 2)
  const offsets = new Int32Array(LONGEST_CODE + 2)
  let code = 0
  for (let bitsOf = 1; bitsOf <= LONGEST_CODE; bitsOf++) {
    offsets[bitsOf] = symbols.length - code
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      if (lengths[symbol] === bitsOf) symbols.push(symbol)
    }
    const end = symbols.length - offsets[bitsOf]!
    limits[bitsOf] = end << (LONGEST_CODE - bitsOf)
    code = end << 1
  }
  return { limits, offsets, symbols: Uint16Array.from(symbols), shortest: Math.min(...lengths) }
}

function readSymbol(bits: BitReader, code: Code): number {
  const next = bits.peek(LONGEST_CODE)
  let length = code.shortest
  while (next >= code.limits[length]!) if (++length > LONGEST_CODE) throw corrupt('bits match no code')
  bits.skip(length)
  const symbol = code.symbols[(next >> (LONGEST_CODE - length)) + code.offsets[length]!]
  if (symbol === undefined) throw corrupt('bits match no code')
  return symbol
}

/** Huffman, zero runs and move-to-front. Returns the length of the text. */
function readSymbols(
  bits: BitReader,
  text: Uint8Array,
  order: Uint8Array,
  selectors: Uint8Array,
  codes: readonly Code[],
): number {
  const end = order.length + 1
  let length = 0
  let run = 0
  let weight = 1
  let left = 0
  let group = 0
  let code = codes[0]!
  for (;;) {
    if (left-- === 0) {
      if (group >= selectors.length) throw corrupt('a block has too few selectors')
      code = codes[selectors[group++]!]!
      left = GROUP - 1
    }
    const symbol = readSymbol(bits, code)
    if (symbol === RUN_A || symbol === RUN_B) {
      run += weight << symbol
      weight *= 2
      if (run > text.length) throw corrupt('a block is larger than declared')
      continue
    }
    if (length + run > text.length) throw corrupt('a block is larger than declared')
    text.fill(order[0]!, length, length + run)
    length += run
    run = 0
    weight = 1
    if (symbol === end) return length
    const place = symbol - 1
    const byte = order[place]!
    order.copyWithin(1, 0, place)
    order[0] = byte
    if (length >= text.length) throw corrupt('a block is larger than declared')
    text[length++] = byte
  }
}

export function corrupt(message: string): FormatError {
  return new FormatError('corrupt', `bzip2: ${message}`)
}
