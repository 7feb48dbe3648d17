import { FormatError } from '../../model/trouble.ts'
import { BitReader, type Block, corrupt, readBlock } from './bzip2-block.ts'
import type { Codec, Decoding } from './codec.ts'
import type { Cursor } from './cursor.ts'

/** Half of a block's magic (pi) and of the stream's end (sqrt of pi): 48 bits each. */
const BLOCK = [0x314159, 0x265359]
const END = [0x177245, 0x385090]

/**
 * Most bytes a compressed block takes: 900,001 symbols of 20 bits, 32,767 selectors of 6 bits and six tables. A block
 * is decoded from memory as a whole.
 */
const LARGEST_COMPRESSED = 2_500_000
const OUTPUT = 64 * 1024

/** bzip2 streams with blocks of 100 to 900 kB; each stream is a member. */
export const BZIP2: Codec = {
  id: 'bzip2',
  starts: (head) =>
    head[0] === 0x42 && head[1] === 0x5a && head[2] === 0x68 && head[3]! >= 0x31 && head[3]! <= 0x39,
  member,
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, meter } = decoding
  const header = await input.take(4, 'bzip2 header')
  if (!BZIP2.starts(header)) throw new FormatError('corrupt', 'bzip2: no valid header', input.position - 4)
  const size = (header[3]! - 0x30) * 100_000
  // The text, its permutation, and the compressed block.
  const held = size * 5 + LARGEST_COMPRESSED
  meter.hold(held)
  try {
    yield* blocks(decoding, new Uint8Array(size), new Uint32Array(size))
  } finally {
    meter.release(held)
  }
}

async function* blocks(
  { input, mismatch }: Decoding,
  text: Uint8Array,
  links: Uint32Array,
): AsyncGenerator<Uint8Array> {
  // Blocks follow each other bit by bit: the cursor stands on the byte that holds the next bit.
  let bit = 0
  let combined = 0
  for (;;) {
    const bytes = await input.peek(LARGEST_COMPRESSED)
    const bits = new BitReader(bytes, bit)
    const magic = [bits.take(24), bits.take(24)]
    const crc = ((bits.take(16) << 16) | bits.take(16)) >>> 0
    if (magic[0] === END[0] && magic[1] === END[1]) {
      input.skip(Math.ceil(bits.at / 8))
      if (crc !== combined) mismatch('the combined CRC')
      return
    }
    if (magic[0] !== BLOCK[0] || magic[1] !== BLOCK[1]) throw at(input, corrupt('no block starts here'))
    const block = located(input, () => readBlock(bits, text))
    if (block.randomised) {
      throw new FormatError('unsupported', 'bzip2: a randomised block', input.position)
    }
    input.skip(bits.at >> 3)
    bit = bits.at & 7
    let actual = 0xffffffff
    for (const chunk of restore(block, text, links)) {
      actual = crcOf(chunk, actual)
      yield chunk
    }
    actual = ~actual >>> 0
    if (actual !== crc) mismatch('a block CRC')
    combined = (((combined << 1) | (combined >>> 31)) ^ actual) >>> 0
  }
}

function located<T>(input: Cursor, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof FormatError) throw at(input, error)
    throw error
  }
}

/** The error with its place; running out of the buffer while there is more input is no truncation. */
function at(input: Cursor, error: FormatError): FormatError {
  const kind = error.kind === 'truncated' && input.remaining > LARGEST_COMPRESSED ? 'corrupt' : error.kind
  return new FormatError(kind, error.message, input.position)
}

/** Inverse Burrows-Wheeler transform, then the first stage's runs: four equal bytes and a count of more. */
function* restore(block: Block, text: Uint8Array, links: Uint32Array): Generator<Uint8Array> {
  const { length } = block
  if (length === 0) return
  link(text, links, length)
  const out = new Uint8Array(OUTPUT + 255)
  let filled = 0
  let previous = -1
  let equal = 0
  let entry = links[block.origin]!
  for (let i = 0; i < length; i++) {
    entry = links[entry >>> 8]!
    const byte = entry & 0xff
    if (equal === 4) {
      out.fill(previous, filled, filled + byte)
      filled += byte
      equal = 0
      previous = -1
    } else {
      equal = byte === previous ? equal + 1 : 1
      previous = byte
      out[filled++] = byte
    }
    if (filled >= OUTPUT) {
      yield out.subarray(0, filled)
      filled = 0
    }
  }
  yield out.subarray(0, filled)
}

/** Fills `links`: each entry the index of the next row (upper 24 bits), and the byte of its own row. */
function link(text: Uint8Array, links: Uint32Array, length: number): void {
  const starts = new Uint32Array(257)
  for (let i = 0; i < length; i++) starts[text[i]! + 1]! += 1
  for (let byte = 0; byte < 256; byte++) starts[byte + 1]! += starts[byte]!
  for (let i = 0; i < length; i++) links[i] = text[i]!
  for (let i = 0; i < length; i++) links[starts[text[i]!]!++]! |= i << 8
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let i = 0; i < 8; i++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

function crcOf(bytes: Uint8Array, start: number): number {
  let crc = start
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ bytes[i]!]!
  return crc >>> 0
}
