import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import { lz4Block } from '../compress/lz4-block.ts'
import type { Codec } from './footer.ts'

/** Undoes the compression of a page; its size must be what the page's header says, and nothing beyond it is ever allocated. */
export async function decompressPage(bytes: Uint8Array, codec: Codec, size: number): Promise<Uint8Array> {
  const page = codec === 'none' ? bytes : size === 0 ? new Uint8Array(0) : await decoded(bytes, codec, size)
  if (page.length !== size) {
    throw new FormatError('corrupt', `a page of ${page.length} bytes that says it has ${size}`)
  }
  return page
}

async function decoded(bytes: Uint8Array, codec: Codec, size: number): Promise<Uint8Array> {
  const most = { maxOutputLength: size }
  switch (codec) {
    case 'gzip':
      return attempt(codec, () => gunzipSync(bytes, most))
    case 'brotli':
      return attempt(codec, () => brotliDecompressSync(bytes, most))
    case 'zstd':
      return attempt(codec, () => zstdDecompressSync(bytes, most))
    case 'snappy': {
      if (snappySize(bytes) !== size) throw new FormatError('corrupt', 'a page whose size snappy contradicts')
      const { compressors } = await import('hyparquet-compressors')
      return attempt(codec, () => compressors.SNAPPY?.(bytes, size) ?? new Uint8Array(0))
    }
    case 'lz4-raw':
      return lz4(bytes, size)
    case 'lz4':
      return hadoopLz4(bytes, size)
    default:
      throw new FormatError('unsupported', `pages compressed by ${codec}`)
  }
}

/** Libraries tell in their own words what is wrong. */
function attempt(codec: string, act: () => Uint8Array): Uint8Array {
  try {
    return act()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new FormatError('corrupt', 'a page larger than it says')
    throw new FormatError('corrupt', `${codec}: a page that cannot be decompressed`)
  }
}

/** The length before a block of snappy; wrong ones would have the decoder write less or more. */
function snappySize(bytes: Uint8Array): number {
  let size = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i] ?? 0
    size += (byte & 127) * 128 ** i
    if (byte < 128) return size
  }
  return -1
}

function lz4(block: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  const end = lz4Block(block, out, 0, size, () => undefined)
  return out.subarray(0, end)
}

/** Blocks as Hadoop frames them: size decompressed and compressed, big-endian; some writers left the frame out. */
function hadoopLz4(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Uint8Array(size)
  let [from, at] = [0, 0]
  while (from + 8 <= bytes.length) {
    const [plain, packed] = [view.getUint32(from), view.getUint32(from + 4)]
    if (plain > size - at || packed > bytes.length - from - 8) break
    const block = lz4(bytes.subarray(from + 8, from + 8 + packed), plain)
    out.set(block, at)
    at += block.length
    from += 8 + packed
  }
  return from === bytes.length ? out.subarray(0, at) : lz4(bytes, size)
}
