import { FormatError } from '../model/trouble.ts'
import { type ByteSource, chunks } from './source.ts'

type Range = { readonly offset: number; readonly length: number }

/** A file that is read elsewhere, range by range, and what is known of that afterwards. */
export interface RemoteSource extends ByteSource, AsyncDisposable {
  readonly remote: number
  /** What was read so far, in order, without overlaps. */
  readonly seen: readonly Range[]
  /** The first read that failed, whoever caught it. */
  readonly trouble: FormatError | undefined
}

export function remoteSource(
  size: number,
  ask: (offset: number, length: number) => Promise<Uint8Array>,
): RemoteSource {
  let seen: Range[] = []
  let trouble: FormatError | undefined
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const wanted = Math.max(0, Math.min(length, size - offset))
    if (wanted === 0) return new Uint8Array(0)
    try {
      const bytes = await ask(offset, wanted)
      if (bytes.length !== wanted) throw new FormatError('internal', 'a range of another length')
      seen = merged(seen, { offset, length: wanted })
      return bytes
    } catch (error) {
      if (error instanceof FormatError) trouble ??= error
      throw error
    }
  }
  return {
    remote: 0,
    isHeld: (offset, length) =>
      seen.some((range) => range.offset <= offset && offset + length <= range.offset + range.length),
    size,
    read,
    stream: (signal) => chunks({ size, read }, signal),
    get seen() {
      return seen
    },
    get trouble() {
      return trouble
    },
    async [Symbol.asyncDispose]() {},
  }
}

function merged(ranges: readonly Range[], added: Range): Range[] {
  let { offset } = added
  let end = offset + added.length
  const apart = ranges.filter((range) => {
    const isApart = range.offset > end || range.offset + range.length < offset
    if (!isApart) {
      offset = Math.min(offset, range.offset)
      end = Math.max(end, range.offset + range.length)
    }
    return isApart
  })
  return [...apart, { offset, length: end - offset }].sort((a, b) => a.offset - b.offset)
}
