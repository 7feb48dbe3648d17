import { constants, createZstdDecompress } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import type { Cursor } from './cursor.ts'
import { Engine } from './engine.ts'
import { u16, u32, u64 } from './little.ts'

export const ZSTD_MAGIC = 0xfd2fb528
/** Block types of RFC 8878; 3 is reserved. */
const RLE = 1
/** log2 of the largest window the format can ask for; how much is granted is the meter's business. */
const WINDOW_LOG_MAX = 31

/**
 * RFC 8878. The decoding itself is node:zlib's (in every Node that our `engines` admit); frames and blocks are walked
 * here, so that the end of each frame is exact, windows are paid for before they are allocated, and a block that
 * fails takes nothing with it that was decoded before.
 */
export const ZSTD: Codec = {
  id: 'zstd',
  starts: (head) => head.length >= 4 && (u32(head, 0) === ZSTD_MAGIC || isSkippable(u32(head, 0))),
  member,
}

/** Frames that zstd and lz4 decoders step over; they can hold anything. */
export function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5
}

/** Steps over a skippable frame. */
export async function skipFrame({ input, skipped }: Decoding): Promise<void> {
  const length = u32(await input.take(8, 'skippable frame'), 4)
  const at = input.position
  input.skip(length, 'skippable frame')
  skipped(at, length)
}

/** The magic of the first frame that decodes to something; undefined where it is not within these bytes. */
export function firstFrame(head: Uint8Array): number | undefined {
  for (let at = 0; at + 8 <= head.length; at += 8 + u32(head, at + 4)) {
    if (!isSkippable(u32(head, at))) return u32(head, at)
  }
  return undefined
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, meter, mismatch } = decoding
  if (isSkippable(u32(await input.take(4, 'zstd magic'), 0))) {
    input.seek(input.position - 4)
    await skipFrame(decoding)
    return
  }
  input.seek(input.position - 4)
  const frame = await frameHeader(input)
  meter.hold(frame.memory)
  try {
    using engine = new Engine(
      createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX } }),
    )
    yield* step(engine, input, frame.headerLength)
    let produced = 0
    for (let lastBlock = false; !lastBlock; ) {
      const header = (await input.peek(3)).subarray(0, 3)
      if (header.length < 3) throw input.truncated('zstd frame')
      const word = u16(header, 0) | (header[2]! << 16)
      lastBlock = (word & 1) === 1
      const size = ((word >> 1) & 3) === RLE ? 1 : word >> 3
      for await (const chunk of step(engine, input, 3 + size)) {
        produced += chunk.length
        yield chunk
      }
    }
    if (frame.checksum) yield* checksum(engine, input, mismatch)
    if (frame.contentSize !== undefined && frame.contentSize !== produced) mismatch('the declared length')
  } finally {
    meter.release(frame.memory)
  }
}

/** Feeds exactly the next `length` bytes. */
async function* step(engine: Engine, input: Cursor, length: number): AsyncGenerator<Uint8Array> {
  // Copied: the engine reads it on another thread. Of a raw block cut short it gives what there is.
  const piece = Uint8Array.from((await input.peek(length)).subarray(0, length))
  try {
    yield* engine.feed(piece)
  } catch (error) {
    if (!(error instanceof Error) || error instanceof FormatError) throw error
    throw new FormatError('corrupt', `zstd: ${error.message}`, input.position)
  }
  input.skip(length, 'zstd frame')
}

async function* checksum(
  engine: Engine,
  input: Cursor,
  mismatch: Decoding['mismatch'],
): AsyncGenerator<Uint8Array> {
  try {
    yield* step(engine, input, 4)
  } catch (error) {
    if (!(error instanceof FormatError) || error.kind !== 'corrupt') throw error
    input.skip(4)
    mismatch('the checksum')
  }
}

interface Frame {
  readonly headerLength: number
  readonly contentSize: number | undefined
  /** What the decoder will allocate: the window, or the content where that is less. */
  readonly memory: number
  readonly checksum: boolean
}

/** Reads the header of a frame without stepping over it. */
async function frameHeader(input: Cursor): Promise<Frame> {
  const head = await input.peek(18)
  const descriptor = head[4]
  if (descriptor === undefined) throw input.truncated('zstd frame header')
  const single = (descriptor & 0x20) !== 0
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3]!
  const sizeLength = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  let at = single ? 5 : 6
  const headerLength = at + dictionaryLength + sizeLength
  if (head.length < headerLength) throw input.truncated('zstd frame header')
  if (descriptor & 8) throw new FormatError('corrupt', 'zstd: a reserved bit is set', input.position + 4)
  if (head.subarray(at, at + dictionaryLength).some((byte) => byte !== 0)) {
    throw new FormatError('unsupported', 'zstd: the frame needs a dictionary', input.position + at)
  }
  at += dictionaryLength
  const contentSize = [
    single ? head[at] : undefined,
    sizeLength === 2 ? u16(head, at) + 256 : undefined,
    sizeLength === 4 ? u32(head, at) : undefined,
    sizeLength === 8 ? u64(head, at) : undefined,
  ][descriptor >> 6]
  const window = single ? (contentSize ?? 0) : windowSize(head[5]!)
  const memory = Math.min(window, contentSize ?? window)
  return { headerLength, contentSize, memory, checksum: (descriptor & 4) !== 0 }
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}
