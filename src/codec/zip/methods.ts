import { crc32 } from 'node:zlib'
import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { BZIP2 } from '../compress/bzip2.ts'
import { type Decoded, decode } from '../compress/codec.ts'
import { XZ } from '../compress/xz.ts'
import { ZSTD } from '../compress/zstd.ts'
import { type Decoding, inflating } from './inflate.ts'

/** Compression methods by number (APPNOTE 4.4.5). */
export const METHOD_NAMES: Readonly<Record<number, string>> = {
  0: 'store',
  1: 'shrink',
  6: 'implode',
  8: 'deflate',
  9: 'deflate64',
  12: 'bzip2',
  14: 'lzma',
  20: 'zstd-old',
  93: 'zstd',
  94: 'mp3',
  95: 'xz',
  96: 'jpeg',
  97: 'wavpack',
  98: 'ppmd',
  99: 'aes',
}

export type MemberDecoder = (data: ByteSource, declared: number, meter: Meter) => Decoding

/** What we can decode besides `store`. A method that is missing here is `parse.unsupported`, never skipped. */
export const DECODERS: Readonly<Record<number, MemberDecoder>> = {
  8: inflating,
  12: (data, declared, meter) => checked(decode(BZIP2, data, meter), declared),
  93: (data, declared, meter) => checked(decode(ZSTD, data, meter), declared),
  95: (data, declared, meter) => checked(decode(XZ, data, meter), declared),
}

/** Sums up what a decoder gives out, for the directory's word is about that. */
function checked(inner: Decoded, declared: number): Decoding {
  let crc = 0
  return {
    size: declared,
    get decoded() {
      return inner.whole ? { consumed: inner.consumed, size: inner.produced, crc32: crc } : undefined
    },
    async *stream(signal?: AbortSignal) {
      for await (const chunk of inner.stream(signal)) {
        crc = crc32(chunk, crc)
        yield chunk
      }
    },
  }
}

export function methodName(method: number): string {
  return METHOD_NAMES[method] ?? String(method)
}
