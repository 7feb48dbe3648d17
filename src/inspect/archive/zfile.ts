import { ZFILE } from '../../codec/compress/zfile.ts'
import { compressed } from './compressed.ts'

/** joblib's own compressed files from before 0.10. */
export const zfile = compressed({
  codec: ZFILE,
  probe: (head) => (ZFILE.starts(head) ? 'strong' : 'no'),
  suffixes: { '.joblib': '.joblib' },
})
