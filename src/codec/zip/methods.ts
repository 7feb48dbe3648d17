import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
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
}

export function methodName(method: number): string {
  return METHOD_NAMES[method] ?? String(method)
}
