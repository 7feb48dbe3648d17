import { FormatError } from '../../model/trouble.ts'
import { Adler32 } from './adler32.ts'
import type { Codec, Decoding } from './codec.ts'
import { inflate, inflateHead } from './deflate.ts'

/** RFC 1950. joblib joins zlib streams that follow each other, so they are members here. */
export const ZLIB: Codec = { id: 'zlib', starts, member }

/** Method 8, a window of at most 32 KiB, the header a multiple of 31, no preset dictionary. */
function starts(head: Uint8Array): boolean {
  const [method, flags] = head
  if (method === undefined || flags === undefined) return false
  return (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 32) === 0
}

/**
 * Whether these bytes begin a zlib stream, beyond its two bytes of header. `sound`: all of them decode, and where they
 * hold its end, the checksum is right. Else `used` is how many decode before it breaks: of garbage, only a few.
 */
export function zlibHead(head: Uint8Array, whole: boolean): { sound: boolean; used: number } {
  const adler = new Adler32()
  const { used, state } = inflateHead(head.subarray(2), whole, (output) => adler.update(output))
  const trailer = head.subarray(2 + used, 6 + used)
  const holds =
    trailer.length === 4 && new DataView(trailer.buffer, trailer.byteOffset).getUint32(0) === adler.value
  return { sound: state === 'goes on' || (state === 'ended' && holds), used }
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
