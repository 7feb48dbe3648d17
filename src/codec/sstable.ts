import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'

/** Where a block lies; five bytes of type and checksum follow it. */
export interface Block {
  readonly offset: number
  readonly length: number
}

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Two block handles, padding, magic. */
export const FOOTER = 48
export const TRAILER = 5
/** Writers cut blocks at 256 KiB; one entry may make a block longer. */
const LONGEST_BLOCK = 64 * 1024 * 1024

/** The handles at the end of a LevelDB table: the block of metadata and the index. */
export async function readFooter(source: ByteSource): Promise<{ meta: Block; index: Block }> {
  const bytes = await source.read(Math.max(0, source.size - FOOTER), FOOTER)
  if (bytes.length < FOOTER) throw new FormatError('truncated', 'shorter than the footer of a table', 0)
  const cursor = { at: 0 }
  return { meta: handle(bytes, cursor, source.size), index: handle(bytes, cursor, source.size) }
}

export function handle(bytes: Uint8Array, cursor: { at: number }, size: number): Block {
  const [offset, length] = [varint(bytes, cursor), varint(bytes, cursor)]
  if (offset + length + TRAILER > size - FOOTER) {
    throw new FormatError('corrupt', 'a block ends beyond the table', cursor.at)
  }
  return { offset, length }
}

/** The entries of a block: keys share a prefix with the one before. Compressed blocks are not read. */
export async function* readBlock(source: ByteSource, block: Block): AsyncGenerator<Entry> {
  if (block.length > LONGEST_BLOCK)
    throw new FormatError('limit', 'a block of more than 64 MiB', block.offset)
  const bytes = Uint8Array.prototype.slice.call(await source.read(block.offset, block.length + TRAILER))
  const type = bytes[block.length]
  if (type !== 0) throw new FormatError('unsupported', `a block compressed by method ${type}`, block.offset)
  const restarts = block.length >= 4 ? new DataView(bytes.buffer).getUint32(block.length - 4, true) : 0
  const end = block.length - 4 - 4 * restarts
  if (end < 0) throw new FormatError('corrupt', 'more restart points than a block holds', block.offset)
  let key: Uint8Array = new Uint8Array(0)
  for (const cursor = { at: 0 }; cursor.at < end; ) {
    const [shared, own, length] = [varint(bytes, cursor), varint(bytes, cursor), varint(bytes, cursor)]
    if (shared > key.length || cursor.at + own + length > end) {
      throw new FormatError('corrupt', 'an entry ends beyond its block', block.offset + cursor.at)
    }
    const next = new Uint8Array(shared + own)
    next.set(key.subarray(0, shared))
    next.set(bytes.subarray(cursor.at, cursor.at + own), shared)
    key = next
    const start = cursor.at + own
    cursor.at = start + length
    yield { key, value: bytes.subarray(start, start + length) }
  }
}

function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw new FormatError('truncated', 'a table ends inside a number', cursor.at)
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (Number.isSafeInteger(value)) return value
      break
    }
  }
  throw new FormatError('corrupt', 'a number too large for any table', cursor.at)
}
