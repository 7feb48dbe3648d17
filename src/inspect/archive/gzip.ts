import { GZIP } from '../../codec/compress/gzip.ts'
import { compressed } from './compressed.ts'

const SUFFIXES = { '.gz': '', '.gzip': '', '.tgz': '.tar', '.joblib': '.joblib' }

/** Readers check two bytes of magic and that the method is deflate; they take any flags. */
export const gzip = compressed({
  codec: GZIP,
  probe: (head) => (GZIP.starts(head) && head[2] === 8 ? 'strong' : 'no'),
  suffixes: SUFFIXES,
  ambiguous: true,
})
