import { XZ } from '../../codec/compress/xz.ts'
import { compressed } from './compressed.ts'

export const xz = compressed({
  codec: XZ,
  probe: (head) => (XZ.starts(head) ? 'strong' : 'no'),
  suffixes: { '.xz': '', '.txz': '.tar', '.joblib': '.joblib' },
})
