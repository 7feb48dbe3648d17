import { FormatError } from '../../model/trouble.ts'
import { Adler32 } from './adler32.ts'
import type { Codec, Decoding } from './codec.ts'
import { inflate } from './deflate.ts'

/** RFC 1950. joblib joins zlib streams that follow each other, so they are members here. */
export const ZLIB: Codec = { id: 'zlib', starts, member }

/** Method 8, a window of at most 32 KiB, the header a multiple of 31, no preset dictionary. */
function starts(head: Uint8Array): boolean {
  const [method, flags] = head
  if (method === undefined || flags === undefined) return false
  return (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0
}

async function* member({ input, mismatch }: Decoding): AsyncGenerator<Uint8Array> {
  const header = await input.take(2, 'zlib header')
  if (!starts(header)) throw new FormatError('corrupt', 'zlib: no valid header', input.position - 2)
  const adler = new Adler32()
  for await (const chunk of inflate(input)) {
    adler.update(chunk)
    yield chunk
  }
  const trailer = await input.take(4, 'zlib trailer')
  const stored = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0)
  if (stored !== adler.value) mismatch('the checksum')
}
