import { FormatError } from '../../model/trouble.ts'
import { type HuffmanTable, huffmanTable } from './huffman.ts'

/**
 * Deflate (RFC 1951) in our own code, byte for byte. node:zlib does the work for sound streams; but where a stream is
 * corrupt it drops up to a whole buffer that it had decoded before the error, and a loader would have acted on it.
 * This one loses nothing, and it is synchronous, which a probe needs.
 */

const WINDOW = 32 * 1024
/** Output gathered before it is handed out. */
const ROOM = 64 * 1024
/** A dynamic block's header takes at most 14 + 19·3 + 320·14 bits; a symbol with its distance 48. */
const HEADER_BYTES = 640
const SYMBOL_BYTES = 8

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

type Mode = 'header' | 'stored' | 'symbols' | 'done'

export class Inflater {
  #mode: Mode = 'header'
  #final: boolean = false
  #literals: HuffmanTable = FIXED_LITERALS
  #distances: HuffmanTable = FIXED_DISTANCES
  #stored = 0
  // Input: the buffer of the present call, and bits taken from it but not used.
  #input: Uint8Array = new Uint8Array(0)
  #at = 0
  #bits = 0
  #count = 0
  // Output: window and room in one buffer; what is before `#handed` has been given out.
  readonly #out = new Uint8Array(WINDOW + ROOM + 258)
  #length = 0
  #handed = 0

  get done(): boolean {
    return this.#mode === 'done'
  }

  /** Where in the input of the last `run` decoding stands. */
  get at(): number {
    return this.#at
  }

  /** The output not handed out yet; valid until the next `run`. */
  take(): Uint8Array {
    const bytes = this.#out.subarray(this.#handed, this.#length)
    this.#handed = this.#length
    return bytes
  }

  /**
   * Decodes until the stream is done, the output wants taking, or more input is needed (never with `last`). Returns the
   * number of input bytes used: the rest must be there again at the next call. Throws `FormatError`, after which
   * `take` still gives what came before.
   */
  run(input: Uint8Array, last: boolean): number {
    this.#slide()
    this.#input = input
    this.#at = 0
    while (this.#mode !== 'done' && this.#length < WINDOW + ROOM) {
      const left = input.length - this.#at
      if (this.#mode === 'header') {
        if (left < HEADER_BYTES && !last) break
        this.#header()
      } else if (this.#mode === 'stored') {
        if (left === 0 && this.#stored > 0 && !last) break
        this.#copyStored()
      } else if (!this.#symbols(last)) break
    }
    if (this.#mode === 'done') {
      this.#at -= this.#count >> 3
      this.#count = 0
    }
    return this.#at
  }

  #slide(): void {
    if (this.#length < WINDOW + ROOM) return
    const from = this.#length - WINDOW
    this.#out.copyWithin(0, from, this.#length)
    this.#length = this.#handed = WINDOW
  }

  #header(): void {
    this.#final = this.#take(1) === 1
    const type = this.#take(2)
    if (type === 0) {
      this.#take(this.#count & 7)
      this.#stored = this.#take(16)
      if ((this.#take(16) ^ 0xffff) !== this.#stored) throw corrupt('the length of a stored block is wrong')
      this.#mode = 'stored'
      return
    }
    if (type === 3) throw corrupt('a block has no valid type')
    if (type === 1) {
      this.#literals = FIXED_LITERALS
      this.#distances = FIXED_DISTANCES
    } else this.#dynamic()
    this.#mode = 'symbols'
  }

  #dynamic(): void {
    const literals = this.#take(5) + 257
    const distances = this.#take(5) + 1
    if (literals > 286 || distances > 30) throw corrupt('a block declares too many codes')
    const codeLengths = new Uint8Array(19)
    const given = this.#take(4) + 4
    for (let i = 0; i < given; i++) codeLengths[CODE_LENGTH_ORDER[i]!] = this.#take(3)
    const table = huffmanTable(codeLengths)
    if (!table || table.bits === 0) throw corrupt('a block has no valid code')
    const lengths = new Uint8Array(literals + distances)
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.#symbol(table)
      if (symbol < 16) {
        lengths[i++] = symbol
        continue
      }
      if (symbol === 16 && i === 0) throw corrupt('a block repeats a code before the first')
      const value = symbol === 16 ? lengths[i - 1]! : 0
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7)
      if (i + times > lengths.length) throw corrupt('a block declares too many codes')
      lengths.fill(value, i, i + times)
      i += times
    }
    if (lengths[256] === 0) throw corrupt('a block has no end')
    const [first, second] = [
      huffmanTable(lengths.subarray(0, literals)),
      huffmanTable(lengths.subarray(literals)),
    ]
    if (!first || !second) throw corrupt('a block has no valid code')
    this.#literals = first
    this.#distances = second
  }

  #copyStored(): void {
    // The header ended on a byte boundary with no bits left over: it took whole 16-bit words.
    const room = WINDOW + ROOM - this.#length
    const part = this.#input.subarray(this.#at, this.#at + Math.min(this.#stored, Math.max(0, room)))
    this.#out.set(part, this.#length)
    this.#length += part.length
    this.#at += part.length
    this.#stored -= part.length
    if (this.#stored === 0) this.#endBlock()
    else if (this.#at === this.#input.length && part.length === 0 && room > 0) throw truncated()
  }

  /** Returns false where it needs more input first. */
  #symbols(last: boolean): boolean {
    const most = last ? Number.POSITIVE_INFINITY : this.#input.length - SYMBOL_BYTES
    while (this.#length < WINDOW + ROOM) {
      if (this.#at > most) return false
      const symbol = this.#symbol(this.#literals)
      if (symbol < 256) this.#out[this.#length++] = symbol
      else if (symbol === 256) {
        this.#endBlock()
        return true
      } else this.#match(symbol - 257)
    }
    return true
  }

  #match(code: number): void {
    if (code >= LENGTH_BASE.length) throw corrupt('a match has no valid length')
    const length = LENGTH_BASE[code]! + this.#take(LENGTH_EXTRA[code]!)
    const symbol = this.#symbol(this.#distances)
    if (symbol >= DISTANCE_BASE.length) throw corrupt('a match has no valid distance')
    const distance = DISTANCE_BASE[symbol]! + this.#take(symbol < 4 ? 0 : (symbol >> 1) - 1)
    const from = this.#length - distance
    if (from < 0) throw corrupt('a match reaches before the start')
    for (let i = 0; i < length; i++) this.#out[this.#length + i] = this.#out[from + i]!
    this.#length += length
  }

  #endBlock(): void {
    this.#mode = this.#final ? 'done' : 'header'
  }

  #symbol(table: HuffmanTable): number {
    while (this.#count < table.bits && this.#at < this.#input.length) this.#load()
    const entry = table.entries[this.#bits & (table.entries.length - 1)]!
    const length = entry & 15
    if (length === 0) throw this.#count < table.bits ? truncated() : corrupt('bits match no code')
    if (length > this.#count) throw truncated()
    this.#bits >>>= length
    this.#count -= length
    return entry >> 4
  }

  #take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#input.length) throw truncated()
      this.#load()
    }
    const value = this.#bits & ((1 << count) - 1)
    this.#bits >>>= count
    this.#count -= count
    return value
  }

  #load(): void {
    this.#bits |= this.#input[this.#at++]! << this.#count
    this.#count += 8
  }
}

const FIXED_LITERALS = huffmanTable(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
)!
const FIXED_DISTANCES = huffmanTable(new Uint8Array(32).fill(5))!

function corrupt(message: string): FormatError {
  return new FormatError('corrupt', `deflate: ${message}`)
}

function truncated(): FormatError {
  return new FormatError('truncated', 'deflate: the data ends early')
}
