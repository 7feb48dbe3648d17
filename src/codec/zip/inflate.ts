import { crc32, inflateRawSync } from 'node:zlib'
import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource, ByteStream } from '../../bytes/source.ts'
import { Cursor } from '../compress/cursor.ts'
import { inflate } from '../compress/deflate.ts'

/** What became of a stream that was read to its end. */
export interface Decoded {
  /** Compressed bytes that belong to the stream; less than given where something lies behind its end. */
  readonly consumed: number
  readonly size: number
  readonly crc32: number
}

/** A decoding member: a stream, and afterwards what it turned out to be. */
export interface Decoding extends ByteStream {
  readonly decoded: Decoded | undefined
}

/** Members up to this size are inflated in one call; above it a stream costs less memory. */
const AT_ONCE = 256 * 1024
const OUTPUT_AT_ONCE = 4 * 1024 * 1024
/** Raw deflate. Bytes that were decoded before an error are given out before it is thrown. */
export function inflating(source: ByteSource, declared: number, meter: Meter): Decoding {
  let decoded: Decoded | undefined
  return {
    size: declared,
    get decoded() {
      return decoded
    },
    async *stream(signal?: AbortSignal) {
      const tally = { size: 0, crc: 0 }
      const count = (chunk: Uint8Array, consumed: number) => {
        tally.size += chunk.length
        tally.crc = crc32(chunk, tally.crc)
        meter.ratio(tally.size, Math.max(consumed, 1))
        return chunk
      }
      const done = (consumed: number) => {
        decoded = { consumed, size: tally.size, crc32: tally.crc }
      }
      const whole = source.size <= AT_ONCE ? await atOnce(source, signal) : undefined
      if (whole) {
        yield count(whole.bytes, whole.consumed)
        done(whole.consumed)
        return
      }
      const cursor = new Cursor(source, signal)
      for await (const chunk of inflate(cursor)) yield count(chunk, cursor.position)
      done(cursor.position)
    },
  }
}

async function atOnce(source: ByteSource, signal?: AbortSignal) {
  const input = await source.read(0, source.size, signal)
  try {
    return inflateWhole(input)
  } catch {
    // Too large, or broken: the stream tells which, after giving out what can be had.
    return undefined
  }
}

function inflateWhole(input: Uint8Array): { bytes: Uint8Array; consumed: number } {
  const options = { maxOutputLength: OUTPUT_AT_ONCE, info: true }
  // With `info` the result is an object, which the types of Node do not say.
  const result = inflateRawSync(input, options) as unknown as {
    buffer: Buffer
    engine: { bytesWritten: number }
  }
  return { bytes: result.buffer, consumed: result.engine.bytesWritten }
}

/** Do these first bytes decode? Encrypted or random data is no deflate stream within a few bytes. */
export function looksDeflated(head: Uint8Array): boolean {
  try {
    return inflateRawSync(head, { finishFlush: 2, maxOutputLength: OUTPUT_AT_ONCE }).length > 0
  } catch (error) {
    return error instanceof RangeError
  }
}

/** Content of a small member (the target of a symlink) where it decodes at all. */
export function inflateSmall(input: Uint8Array, limit: number): Uint8Array | undefined {
  try {
    return inflateRawSync(input, { maxOutputLength: limit })
  } catch {
    return undefined
  }
}
