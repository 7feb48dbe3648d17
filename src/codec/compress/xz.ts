import { crc32 } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import type { Cursor } from './cursor.ts'
import { filtered } from './filter.ts'
import { u32 } from './little.ts'
import { lzma2 } from './lzma2.ts'
import { type BlockHeader, blockHeader, varint } from './xz-block.ts'
import { checkOf, checkSize } from './xz-check.ts'

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]

/** The .xz file format 1.2: each stream is a member; zeros may stand between them. */
export const XZ: Codec = {
  id: 'xz',
  starts: (head) => MAGIC.every((byte, i) => head[i] === byte),
  member,
  padding,
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, mismatch } = decoding
  const header = await input.take(12, 'xz header')
  if (!XZ.starts(header)) throw corrupt('no valid header', input)
  if (header[6] !== 0 || header[7]! > 15) {
    throw new FormatError('unsupported', 'xz: unknown stream flags', input.position - 6)
  }
  if (crc32(header.subarray(6, 8)) !== u32(header, 8)) mismatch('the header CRC')
  const check = header[7]!
  const records: Record[] = []
  while ((await input.peek(1))[0] !== 0) {
    if (input.remaining === 0) throw input.truncated('xz stream')
    const record: Record = { unpadded: 0, uncompressed: 0 }
    yield* block(decoding, check, record)
    // An index is checked record by record; so many blocks are made by no writer.
    if (records.length < MOST_RECORDS) records.push(record)
  }
  await index(input, records, mismatch)
  await footer(input, check, mismatch)
}

interface Record {
  unpadded: number
  uncompressed: number
}

const MOST_RECORDS = 1_000_000

async function* block(decoding: Decoding, check: number, record: Record): AsyncGenerator<Uint8Array> {
  const { input, meter, mismatch } = decoding
  const start = input.position
  const size = ((await input.peek(1))[0]! + 1) * 4
  const header = blockHeader(await input.take(size, 'xz block header'), start)
  if (!header.sound) mismatch('a block header CRC')
  const dataAt = input.position
  const verify = checkOf(check)
  for await (const chunk of decoded(input, header, meter)) {
    record.uncompressed += chunk.length
    verify.update(chunk)
    yield chunk
  }
  const compressed = input.position - dataAt
  if (header.compressed !== undefined && header.compressed !== compressed) mismatch('a declared length')
  if (header.uncompressed !== undefined && header.uncompressed !== record.uncompressed) {
    mismatch('a declared length')
  }
  input.skip((4 - (compressed % 4)) % 4, 'xz block')
  const stored = await input.take(checkSize(check), 'xz check')
  record.unpadded = size + compressed + stored.length
  if (!verify.holds(stored)) mismatch('the check of a block')
}

function decoded(input: Cursor, header: BlockHeader, meter: Decoding['meter']): AsyncIterable<Uint8Array> {
  let stream: AsyncIterable<Uint8Array> = lzma2(input, meter, header.dictionary, header.uncompressed)
  for (const filter of header.filters.toReversed()) stream = filtered(stream, filter)
  return stream
}

/** The index repeats the sizes of the blocks; a reader that seeks by it must see the same as one that does not. */
async function index(
  input: Cursor,
  records: readonly Record[],
  mismatch: Decoding['mismatch'],
): Promise<void> {
  const start = input.position
  let crc = 0
  const next = async () => {
    const { value, length } = varint(await input.peek(9), 0, input.position)
    crc = crc32((await input.peek(length)).subarray(0, length), crc)
    input.skip(length)
    return value
  }
  crc = crc32(await input.take(1, 'xz index'), crc)
  const count = await next()
  if (count !== records.length) {
    if (records.length === MOST_RECORDS) throw new FormatError('limit', 'xz: too many blocks', start)
    throw corrupt('the index counts other blocks', input)
  }
  for (const record of records) {
    const [unpadded, uncompressed] = [await next(), await next()]
    if (unpadded !== record.unpadded || uncompressed !== record.uncompressed) mismatch('the index')
  }
  const zeros = await input.take((4 - ((input.position - start) % 4)) % 4, 'xz index')
  crc = crc32(zeros, crc)
  if (u32(await input.take(4, 'xz index'), 0) !== crc) mismatch('the index CRC')
}

async function footer(input: Cursor, check: number, mismatch: Decoding['mismatch']): Promise<void> {
  const bytes = await input.take(12, 'xz footer')
  if (bytes[10] !== 0x59 || bytes[11] !== 0x5a) throw corrupt('no valid footer', input)
  if (crc32(bytes.subarray(4, 10)) !== u32(bytes, 0)) mismatch('the footer CRC')
  if (bytes[8] !== 0 || bytes[9] !== check) mismatch('the flags of the footer')
}

/** Zeros in fours may follow a stream where another one comes. */
async function padding(input: Cursor): Promise<void> {
  const start = input.position
  while ((await input.peek(4)).length >= 4 && u32(await input.peek(4), 0) === 0) input.skip(4)
  if (input.remaining === 0) input.seek(start)
}

function corrupt(message: string, input: Cursor): FormatError {
  return new FormatError('corrupt', `xz: ${message}`, input.position)
}
