import { BZIP2 } from '../../codec/compress/bzip2.ts'
import { compressed } from './compressed.ts'

const BLOCK = '314159265359'
const END = '177245385090'

function probe(head: Uint8Array): 'strong' | 'no' {
  if (!BZIP2.starts(head)) return 'no'
  const magic = Buffer.from(head.subarray(4, 10)).toString('hex')
  return BLOCK.startsWith(magic) || END.startsWith(magic) ? 'strong' : 'no'
}

export const bzip2 = compressed({
  codec: BZIP2,
  probe,
  suffixes: { '.bz2': '', '.bz': '', '.tbz2': '.tar', '.tbz': '.tar', '.joblib': '.joblib' },
})
