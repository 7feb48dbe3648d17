import { FormatError } from '../model/trouble.ts'

/** Bytes that can be read once, in order: a deflated member, a tar.gz entry, a download. */
export interface ByteStream {
  /** Bytes, where the container declares it; the declared size is not to be trusted. */
  readonly size: number | undefined
  /** Chunks in order. Throws `FormatError` where decoding fails; what was yielded before stands. */
  stream(signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** Bytes with random access. */
export interface ByteSource extends ByteStream {
  readonly size: number
  /**
   * The bytes `[offset, offset + length)`, cut short at the end of the source; never a longer or shorter answer
   * otherwise. The view is valid until the next `read` of the same source unless copied.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * Present where every read is a request to a server: what nothing interprets is not read. The place of these bytes in
   * their file.
   */
  readonly remote?: number
  /** Of a remote file: was this range read already, so that looking at it costs nothing? */
  readonly isHeld?: (offset: number, length: number) => boolean
  /**
   * Fills `target` from `offset` on and resolves to the bytes written, fewer only at the end of the source. Present
   * where bytes would otherwise be allocated for every read; sequential passes reuse two buffers through it.
   */
  readonly fill?: (target: Uint8Array, offset: number, signal?: AbortSignal) => Promise<number>
  /** Where the source is all of an open file: another thread can read the same bytes through it. */
  readonly descriptor?: number
  /** Where the source is a window on another one: on which, and from where on. */
  readonly window?: { readonly of: ByteSource; readonly offset: number }
}

export function isSource(bytes: ByteStream | ByteSource): bytes is ByteSource {
  return 'read' in bytes
}

/** Chunk size of sequential reads: large enough that calls cost nothing, small enough to stay in the L2 cache. */
export const CHUNK = 1024 * 1024

/** A window on a source: a stored zip member, a trailing region. No copy is made. */
export function slice(source: ByteSource, offset: number, length: number): ByteSource {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new FormatError('corrupt', `a region at ${offset} of ${length} bytes cannot exist`)
  }
  const size = Math.max(0, Math.min(length, source.size - offset))
  const read = (at: number, count: number, signal?: AbortSignal) => {
    const start = Math.min(at, size)
    return source.read(offset + start, Math.min(count, size - start), signal)
  }
  const whole = source.fill
  const fill =
    whole &&
    ((target: Uint8Array, at: number, signal?: AbortSignal) => {
      const start = Math.min(at, size)
      return whole(target.subarray(0, Math.min(target.length, size - start)), offset + start, signal)
    })
  const { remote, isHeld } = source
  const far = remote === undefined ? {} : { remote: remote + offset }
  const held = isHeld && { isHeld: (at: number, count: number) => isHeld(offset + at, count) }
  return {
    size,
    read,
    stream: (signal) => chunks({ size, read }, signal),
    ...(fill ? { fill } : {}),
    ...far,
    ...held,
    window: { of: source, offset },
  }
}

/** The sequential reading of any random-access source. Each chunk is valid until the next one is asked for. */
export async function* chunks(
  source: Pick<ByteSource, 'size' | 'read'>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; ) {
    const chunk = await source.read(offset, CHUNK, signal)
    if (chunk.length === 0) throw new FormatError('unreadable', 'the bytes ended while being read', offset)
    yield chunk
    offset += chunk.length
  }
}
