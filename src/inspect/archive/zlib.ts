import { ZLIB, zlibHead } from '../../codec/compress/zlib.ts'
import { compressed } from './compressed.ts'

/**
 * Bytes of input that decode before a break. Of garbage behind the right two bytes one in fifty gets as far as the lesser,
 * and none of 40,000 got beyond 90 (as long as it takes to find the codes of a block impossible).
 */
const SURELY = 256
const PERHAPS = 16

/**
 * Two bytes of header fit one file in a thousand, so the data must decode: without an error in what is at hand, or far
 * enough that it is no accident. A stream broken on purpose behind its payload is one all the same.
 */
function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  if (!ZLIB.starts(head)) return 'no'
  const { used, sound } = zlibHead(head, head.length === size)
  if (sound || used >= SURELY) return 'strong'
  return used >= PERHAPS ? 'weak' : 'no'
}

export const zlib = compressed({
  codec: ZLIB,
  probe,
  suffixes: { '.zlib': '', '.zz': '', '.z': '', '.joblib': '.joblib' },
  ambiguous: true,
})
