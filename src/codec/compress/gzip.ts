import { crc32 } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import type { Cursor } from './cursor.ts'
import { inflate } from './deflate.ts'
import { u16, u32 } from './little.ts'

const FHCRC = 2
const FEXTRA = 4
const FNAME = 8
const FCOMMENT = 16

/** RFC 1952. A name or comment ends with a NUL; nobody needs one longer than this. */
const LONGEST_NAME = 64 * 1024

export const GZIP: Codec = {
  id: 'gzip',
  starts: (head) => head[0] === 0x1f && head[1] === 0x8b,
  member,
  padding: zeros,
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, mismatch } = decoding
  const flags = await header(decoding)
  if (flags & FHCRC) input.skip(2, 'gzip header')
  let crc = 0
  let length = 0
  for await (const chunk of inflate(input)) {
    crc = crc32(chunk, crc)
    length = (length + chunk.length) % 0x1_0000_0000
    yield chunk
  }
  const trailer = await input.take(8, 'gzip trailer')
  if (u32(trailer, 0) !== crc) mismatch('the CRC')
  if (u32(trailer, 4) !== length) mismatch('the declared length')
}

/** Reads the header up to its CRC, and returns its flags. */
async function header({ input, mismatch, named, skipped }: Decoding): Promise<number> {
  const fixed = await input.take(10, 'gzip header')
  const flags = fixed[3]!
  if (fixed[2] !== 8) throw new FormatError('unsupported', `gzip: unknown method ${fixed[2]}`, input.position)
  // Readers ignore reserved flags or refuse them; what follows is the same.
  if (flags & 0xe0) mismatch('the reserved part of the flags')
  if (flags & FEXTRA) {
    const length = u16(await input.take(2, 'gzip header'), 0)
    const at = input.position
    input.skip(length, 'gzip header')
    skipped(at, length)
  }
  if (flags & FNAME) {
    const at = input.position
    named(await zeroTerminated(input), at)
  }
  if (flags & FCOMMENT) await zeroTerminated(input)
  return flags
}

async function zeroTerminated(input: Cursor): Promise<Uint8Array> {
  const bytes = await input.peek(LONGEST_NAME)
  const end = bytes.subarray(0, LONGEST_NAME).indexOf(0)
  if (end < 0) {
    if (bytes.length < LONGEST_NAME) throw input.truncated('gzip header')
    throw new FormatError('limit', 'gzip: a name of more than 64 KiB', input.position)
  }
  const name = Uint8Array.from(bytes.subarray(0, end))
  input.skip(end + 1)
  return name
}

/** Tape drives pad with zeros, and readers skip them between members; behind the last they are the engine's. */
async function zeros(input: Cursor): Promise<void> {
  const start = input.position
  for (;;) {
    const bytes = await input.peek(64 * 1024)
    const used = bytes.findIndex((byte) => byte !== 0)
    if (used >= 0) {
      input.skip(used)
      return
    }
    input.skip(bytes.length)
    if (input.remaining === 0) {
      input.seek(start)
      return
    }
  }
}
