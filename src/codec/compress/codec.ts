import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource, ByteStream } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { decodeName } from '../names.ts'
import { Cursor } from './cursor.ts'

/** What decoding one member needs besides its bytes, and where it notes what it learns. */
export interface Decoding {
  readonly input: Cursor
  readonly meter: Meter
  /**
   * A check that does not hold (a CRC, a declared size). Readers differ on whether and when they look, so decoding
   * goes on and the stream fails only behind its last byte.
   */
  mismatch(what: string): void
  /** A name that the member carries for its content. */
  named(name: Uint8Array, at: number): void
  /** A range that decoders step over: no output comes of it, but somebody may have put something there. */
  skipped(offset: number, length: number): void
}

/** One compressed format. A file may hold several members (streams, frames) in a row: readers join their contents. */
export interface Codec {
  readonly id: string
  /** Whether a member starts with these bytes (the next 32, or all there are). */
  starts(head: Uint8Array): boolean
  /** Decodes one member and leaves the cursor on the first byte behind it. */
  member(decoding: Decoding): AsyncIterable<Uint8Array>
  /** Steps over padding that may stand between two members and behind the last. */
  padding?(input: Cursor): Promise<void>
}

export interface Range {
  readonly offset: number
  readonly length: number
}

export interface MemberName {
  readonly name: string
  readonly at: number
}

/** The joined contents of all members. What is known about the input grows while the stream is read. */
export interface Decoded extends ByteStream {
  /** Bytes of input that belong to what was decoded; exact once the stream was read to its end or break. */
  readonly consumed: number
  readonly produced: number
  /** Members decoded to their end. */
  readonly members: number
  readonly names: readonly MemberName[]
  /** Ranges stepped over that are long enough to hold anything. */
  readonly skipped: readonly Range[]
  /** The stream was read to the end of its last member. */
  readonly whole: boolean
  /** What broke the stream, once it was read that far. */
  readonly failure: FormatError | undefined
}

/** Names kept of a stream of many members; honest files have one. */
const NAMES_KEPT = 8
/** Seek tables and the like take a frame or one per member of 4 bytes; no pickle that does anything is as short. */
const SHORT = 12
/** Skipped ranges kept; no writer makes more of any length. */
const SKIPPED_KEPT = 4096

/**
 * The stream with its first chunk already decoded. A stream that breaks before it gives a single byte is none: then
 * `failure` says why.
 */
export async function begin(
  decoded: Decoded,
  signal?: AbortSignal,
): Promise<{ content: ByteStream; failure?: FormatError }> {
  const chunks = decoded.stream(signal)[Symbol.asyncIterator]()
  const rest = { [Symbol.asyncIterator]: () => chunks }
  try {
    const first = await chunks.next()
    const content = async function* () {
      if (first.done) return
      yield first.value
      yield* rest
    }
    return { content: { size: undefined, stream: content } }
  } catch (failure) {
    if (!(failure instanceof FormatError)) throw failure
    return { content: { size: 0, stream: () => rest }, failure }
  }
}

/**
 * Decodes `input` from its start through every member of `codec` that follows. What was decoded before a break is
 * yielded before the `FormatError`. The stream can be read once.
 */
export function decode(codec: Codec, input: ByteSource, meter: Meter): Decoded {
  const decoded = {
    size: undefined,
    consumed: 0,
    produced: 0,
    members: 0,
    names: [] as MemberName[],
    skipped: [] as Range[],
    whole: false,
    failure: undefined as FormatError | undefined,
    stream,
  }
  return decoded

  async function* stream(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const cursor = new Cursor(input, signal)
    let wrong: FormatError | undefined
    const decoding: Decoding = {
      input: cursor,
      meter,
      mismatch: (what) => {
        wrong ??= new FormatError('corrupt', `${codec.id}: ${what} does not match`, cursor.position)
      },
      named: (name, at) => {
        if (decoded.names.length < NAMES_KEPT) decoded.names.push({ name: decodeName(name), at })
      },
      skipped: (offset, length) => {
        if (length <= SHORT) return
        if (decoded.skipped.length === SKIPPED_KEPT) {
          throw new FormatError('limit', `${codec.id}: too many ranges that decoders skip`, offset)
        }
        decoded.skipped.push({ offset, length })
      },
    }
    try {
      do {
        for await (const chunk of codec.member(decoding)) {
          decoded.produced += chunk.length
          meter.ratio(decoded.produced, cursor.position)
          meter.tick()
          if (chunk.length > 0) yield chunk
        }
        meter.tick()
        decoded.members += 1
        decoded.consumed = cursor.position
        await codec.padding?.(cursor)
      } while (codec.starts((await cursor.peek(32)).subarray(0, 32)))
      decoded.failure = wrong
    } catch (error) {
      if (error instanceof FormatError) {
        decoded.failure = error
        decoded.consumed = error.kind === 'truncated' ? input.size : cursor.position
      }
      throw error
    }
    decoded.whole = true
    if (wrong) throw wrong
  }
}
