import { LZ4, LZ4_LEGACY_MAGIC, LZ4_MAGIC } from '../../codec/compress/lz4.ts'
import { firstFrame } from '../../codec/compress/zstd.ts'
import { compressed } from './compressed.ts'

/** Skippable frames are common to lz4 and zstd: what follows them tells which it is. */
function probe(head: Uint8Array): 'strong' | 'no' {
  if (!LZ4.starts(head)) return 'no'
  const first = firstFrame(head) ?? LZ4_MAGIC
  return first === LZ4_MAGIC || first === LZ4_LEGACY_MAGIC ? 'strong' : 'no'
}

export const lz4 = compressed({
  codec: LZ4,
  probe,
  suffixes: { '.lz4': '', '.tlz4': '.tar', '.joblib': '.joblib' },
})
