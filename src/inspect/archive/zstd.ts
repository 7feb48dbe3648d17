import { firstFrame, ZSTD, ZSTD_MAGIC } from '../../codec/compress/zstd.ts'
import { compressed } from './compressed.ts'

export const zstd = compressed({
  codec: ZSTD,
  probe: (head) => (ZSTD.starts(head) && (firstFrame(head) ?? ZSTD_MAGIC) === ZSTD_MAGIC ? 'strong' : 'no'),
  suffixes: { '.zst': '', '.zstd': '', '.tzst': '.tar' },
})
