import { inflateHead } from '../../codec/compress/deflate.ts'
import { ZLIB } from '../../codec/compress/zlib.ts'
import { compressed } from './compressed.ts'

/** Output that garbage yields before it breaks only once in a hundred million files, and once in a hundred thousand. */
const SURELY = 64
const PERHAPS = 16

/**
 * Two bytes of header fit one file in a thousand, so the data must decode: without an error in what is at hand, or far
 * enough that it is no accident. A stream broken on purpose behind its payload is one all the same.
 */
function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  if (!ZLIB.starts(head)) return 'no'
  const { produced, sound } = inflateHead(head.subarray(2), head.length === size)
  if (sound || produced >= SURELY) return 'strong'
  return produced >= PERHAPS ? 'weak' : 'no'
}

export const zlib = compressed({
  codec: ZLIB,
  probe,
  suffixes: { '.zlib': '', '.zz': '', '.z': '' },
  ambiguous: true,
})
