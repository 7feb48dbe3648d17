import { LZMA } from '../../codec/compress/lzma.ts'
import { compressed } from './compressed.ts'

/** No magic, but thirteen bytes that must all be in range: garbage passes once in 10^17 files. */
export const lzma = compressed({
  codec: LZMA,
  probe: (head) => (LZMA.starts(head) ? 'strong' : 'no'),
  suffixes: { '.lzma': '', '.tlz': '.tar', '.joblib': '.joblib' },
  ambiguous: true,
})
