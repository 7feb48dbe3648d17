import { createInflateRaw } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import type { Codec } from './codec.ts'
import type { Cursor } from './cursor.ts'
import { Engine } from './engine.ts'
import { Inflater } from './inflater.ts'

/** Input per step: its output waits in the engine at most a buffer at a time. */
const FEED = 64 * 1024
const OUTPUT = 128 * 1024

/** Raw deflate without a wrapper, as zip and 7z members hold it. */
export const DEFLATE: Codec = {
  id: 'deflate',
  starts: () => false,
  member: ({ input }) => inflate(input),
}

/** Decodes one deflate stream and leaves the cursor on the first byte behind it. */
export async function* inflate(input: Cursor): AsyncGenerator<Uint8Array> {
  const start = input.position
  let given = 0
  try {
    for await (const chunk of inflateNative(input)) {
      given += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    // What zlib had decoded when it met the error is lost: decode again by our own code, which gives all of it.
    input.seek(start)
    yield* inflateOwn(input, given)
    throw new FormatError('corrupt', `deflate: ${error.message}`, input.position)
  }
}

async function* inflateNative(input: Cursor): AsyncGenerator<Uint8Array> {
  using engine = new Engine(createInflateRaw({ chunkSize: OUTPUT }))
  const start = input.position
  while (!engine.ended) {
    const fed = engine.consumed
    // Copied: the engine reads it on another thread.
    const piece = Uint8Array.from((await input.peek(1)).subarray(0, FEED))
    if (piece.length > 0) yield* engine.feed(piece)
    else yield* engine.feed()
    if (!engine.ended) input.skip(engine.consumed - fed)
  }
  input.seek(start + engine.consumed)
}

/** The same by our own decoder, without the first `skip` bytes of output. */
export async function* inflateOwn(input: Cursor, skip = 0): AsyncGenerator<Uint8Array> {
  const inflater = new Inflater()
  let passed = 0
  const fresh = (bytes: Uint8Array) => {
    const unseen = bytes.subarray(Math.min(bytes.length, Math.max(0, skip - passed)))
    passed += bytes.length
    return unseen
  }
  while (!inflater.done) {
    const piece = await input.peek(FEED)
    let broken: FormatError | undefined
    let used = 0
    try {
      used = inflater.run(piece, piece.length === input.remaining)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      broken = new FormatError(error.kind, error.message, input.position + inflater.at)
      used = inflater.at
    }
    input.skip(used)
    yield fresh(inflater.take())
    if (broken) throw broken
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** How a deflate stream fares in the bytes at hand. */
export interface Head {
  /** Input that was used, or that decoded before the break. */
  readonly used: number
  readonly state: 'ended' | 'goes on' | 'broken'
}

/** Decodes what a probe has of a stream; `whole` where there is no more. */
export function inflateHead(head: Uint8Array, whole: boolean, see: (output: Uint8Array) => void): Head {
  const inflater = new Inflater()
  let used = 0
  let state: Head['state'] = 'goes on'
  try {
    for (;;) {
      const step = inflater.run(head.subarray(used), whole)
      used += step
      const output = inflater.take()
      see(output)
      if (inflater.done) state = 'ended'
      if (inflater.done || (step === 0 && output.length === 0)) break
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    used += inflater.at
    state = 'broken'
  }
  return { used, state }
}
