import { type ByteSource, chunks, slice } from '../../bytes/source.ts'
import type { Fork } from './status.ts'

/**
 * One way to read a file. The reader of a bytes object ignores frames; the reader of a file without `peek` takes exactly
 * a frame at a time and, when an instruction crosses its end, throws away what is left of it (cpython#154848); a reader
 * with `peek` does the one or the other as its buffer happens to be filled. So each place where they part is followed
 * both ways. The reading that drops bytes is the plain machine on a source without them.
 */
export interface Reading {
  readonly source: ByteSource
  /** Ends of frames in this source, where bytes were dropped, by offset of the FRAME opcode. */
  readonly frameEnds: ReadonlyMap<number, number>
  /** Whether it is joblib that reads, which steps over the arrays behind its wrappers. */
  readonly steps: boolean
  /** Wrappers whose arrays were taken out of the source, by the offset of their BUILD. */
  readonly stepped: ReadonlySet<number>
  /** Does one unpickler, with its memo, read all pickles of the file? */
  readonly keepMemo: boolean
  /** Offset in the file of an offset in this source. */
  real(offset: number): number
}

/** The readings that part from this one, as it showed. */
export function* readingsAfter(
  reading: Reading,
  result: {
    forks: readonly Fork[]
    keyMissing: boolean
    outside: readonly { build: number; from: number; to: number }[]
    stepped: boolean
  },
): Generator<Reading> {
  for (const { build, from, to } of result.outside) {
    yield { ...cut(reading, from, to), stepped: new Set([...reading.stepped, build]) }
  }
  for (const { frame, from, to } of result.forks) {
    yield { ...cut(reading, from, to), frameEnds: new Map([...reading.frameEnds, [frame, from]]) }
  }
  // Any other reader than joblib's takes the bytes of an array for instructions.
  if (result.stepped && reading.steps) yield { ...reading, steps: false }
  if (result.keyMissing && !reading.keepMemo) yield { ...reading, keepMemo: true }
}

function cut(reading: Reading, from: number, to: number): Reading {
  return {
    ...reading,
    source: without(reading.source, from, to),
    real: (offset) => reading.real(offset < from ? offset : offset + (to - from)),
  }
}

/** A source with the bytes `[from, to)` taken out. */
export function without(source: ByteSource, from: number, to: number): ByteSource {
  const end = Math.min(to, source.size)
  const head = slice(source, 0, from)
  const tail = slice(source, end, source.size - end)
  const size = head.size + tail.size
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    if (offset >= head.size) return tail.read(offset - head.size, length, signal)
    const before = await head.read(offset, length, signal)
    if (before.length === length || offset + before.length >= size) return before
    const joined = new Uint8Array(Math.min(length, size - offset))
    joined.set(before)
    joined.set(await tail.read(0, joined.length - before.length, signal), before.length)
    return joined
  }
  return { size, read, stream: (signal) => chunks({ size, read }, signal) }
}
