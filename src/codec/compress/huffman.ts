/**
 * A decoding table of a canonical Huffman code in deflate's bit order: indexed by the next `bits` bits (first bit
 * lowest), each entry `symbol << 4 | length`, 0 where no code matches.
 */
export interface HuffmanTable {
  readonly bits: number
  readonly entries: Uint16Array
}

/**
 * Builds the table from code lengths of at most 15. Returns undefined for an over-subscribed code and for an incomplete
 * one, save the single code of length 1 that deflate allows (zlib's rule: readers accept nothing else).
 */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | undefined {
  const counts = new Uint16Array(16)
  for (const length of lengths) counts[length]! += 1
  let bits = 15
  while (bits > 0 && counts[bits] === 0) bits--
  let free = 1
  const next = new Uint16Array(16)
  for (let length = 1, code = 0; length <= 15; length++) {
    free = free * 2 - counts[length]!
    if (free < 0) return undefined
    code = (code + (length > 1 ? counts[length - 1]! : 0)) << 1
    next[length] = code
  }
  if (free > 0 && bits > 1) return undefined
  const entries = new Uint16Array(1 << bits)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    const code = reverse(next[length]!++, length)
    for (let i = code; i < entries.length; i += 1 << length) entries[i] = (symbol << 4) | length
  }
  return { bits, entries }
}

function reverse(code: number, length: number): number {
  let reversed = 0
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i)
  return reversed
}
