import { bzip2 } from './archive/bzip2.ts'
import { gzip } from './archive/gzip.ts'
import { lz4 } from './archive/lz4.ts'
import { lzma } from './archive/lzma.ts'
import { xz } from './archive/xz.ts'
import { zfile } from './archive/zfile.ts'
import { zlib } from './archive/zlib.ts'
import { zstd } from './archive/zstd.ts'
import { carve } from './content/carve.ts'
import type { Inspector } from './inspector.ts'

/** Every inspector, one line each. The order is the order in which matches are reported. */
export const INSPECTORS: readonly Inspector[] = [gzip, zlib, zfile, bzip2, xz, lzma, zstd, lz4, carve]
