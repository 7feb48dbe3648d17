import { ZFILE } from '../../codec/compress/zfile.ts'
import { compressed } from './compressed.ts'

/** joblib's own compressed files from before 0.10. They have no suffix of their own. */
export const zfile = compressed({
  codec: ZFILE,
  probe: (head) => (ZFILE.starts(head) ? 'strong' : 'no'),
  suffixes: {},
})
