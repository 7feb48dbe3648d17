import { FormatError } from '../../model/trouble.ts'

/**
 * Decodes one lz4 block into `out` from `at` on and returns where its output ends. Matches may reach back to
 * `out[0]`: what is there before `at` is the history of linked blocks. Calls `keep(end)` before it throws, so that what
 * was decoded up to there is not lost.
 */
export function lz4Block(
  block: Uint8Array,
  out: Uint8Array,
  at: number,
  most: number,
  keep: (end: number) => void,
): number {
  const limit = Math.min(out.length, at + most)
  let from = 0
  const fail = (message: string) => {
    keep(at)
    return new FormatError('corrupt', `lz4: ${message}`)
  }
  const extended = (length: number) => {
    for (let byte = 255; byte === 255; length += byte) {
      if (from >= block.length) throw fail('a block ends within a length')
      byte = block[from++]!
    }
    return length
  }
  while (from < block.length) {
    const token = block[from++]!
    const literals = token >> 4 === 15 ? extended(15) : token >> 4
    if (from + literals > block.length) throw fail('a block ends within its literals')
    if (at + literals > limit) throw fail('a block is larger than declared')
    out.set(block.subarray(from, from + literals), at)
    at += literals
    from += literals
    // The last sequence has no match.
    if (from === block.length) break
    if (from + 2 > block.length) throw fail('a block ends within an offset')
    const distance = block[from]! | (block[from + 1]! << 8)
    from += 2
    const length = ((token & 15) === 15 ? extended(15) : token & 15) + 4
    if (distance === 0 || distance > at) throw fail('a match reaches before the start')
    if (at + length > limit) throw fail('a block is larger than declared')
    if (distance >= length) out.copyWithin(at, at - distance, at - distance + length)
    else for (let i = 0; i < length; i++) out[at + i] = out[at - distance + i]!
    at += length
  }
  return at
}
