import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { FormatError } from '../model/trouble.ts'
import { type ByteSource, chunks } from './source.ts'

/** A regular file on one open descriptor: what is hashed is what is inspected, even if the path is swapped meanwhile. */
export interface FileSource extends ByteSource, AsyncDisposable {
  readonly descriptor: number
  /** Throws `FormatError('unreadable')` where the file was written to since it was opened: its parts may not belong together. */
  readonly checkUnchanged: () => void
  readonly fill: NonNullable<ByteSource['fill']>
}

/** Reads below this share memory with others. */
const POOLED = 4096

/** Absent on Windows, which has no such flags; opening a pipe there does not block. */
const WITHOUT_WAITING = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * Opens a file for `pread`. Throws `FormatError('unreadable')` where it cannot be opened or is no regular file; never
 * waits for the other end of a pipe. Reads block the thread, which is a worker's own: a hop to the thread pool for every
 * read costs more than the read, and with all cores hashing there is nothing to overlap it with.
 */
export async function openFile(path: string): Promise<FileSource> {
  const descriptor = opened(path)
  const stat = fstatSync(descriptor, { bigint: true })
  if (!stat.isFile()) {
    closeSync(descriptor)
    throw new FormatError('unreadable', 'is no regular file')
  }
  const checkUnchanged = () => {
    const now = fstatSync(descriptor, { bigint: true })
    if (now.mtimeNs !== stat.mtimeNs || now.size !== stat.size)
      throw new FormatError('unreadable', 'the file was changed while it was read')
  }
  return {
    ...descriptorSource(descriptor, Number(stat.size)),
    checkUnchanged,
    [Symbol.asyncDispose]: async () => closeSync(descriptor),
  }
}

/** The bytes of an open file, which whoever opened it closes; a thread of its own may read it beside others. */
export function descriptorSource(
  descriptor: number,
  size: number,
): Omit<FileSource, keyof AsyncDisposable | 'checkUnchanged'> {
  const fill = async (target: Uint8Array, offset: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const wanted = Math.max(0, Math.min(target.length, size - offset))
    let got = 0
    while (got < wanted) {
      const read = attempt(() => readSync(descriptor, target, got, wanted - got, offset + got))
      if (read === 0) throw new FormatError('unreadable', 'the file shrank while being read', offset + got)
      got += read
    }
    return got
  }
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    const wanted = Math.max(0, Math.min(length, size - offset))
    // Small ones come from Node's pool: an archive of a million members would make as many buffers of its own.
    const buffer = wanted < POOLED ? Buffer.allocUnsafe(wanted) : Buffer.allocUnsafeSlow(wanted)
    await fill(buffer, offset, signal)
    return buffer
  }
  return { descriptor, size, read, fill, stream: (signal) => chunks({ size, read }, signal) }
}

function opened(path: string): number {
  return attempt(() => openSync(path, constants.O_RDONLY | WITHOUT_WAITING))
}

/** The system's errors, told as what they mean here. */
function attempt(act: () => number): number {
  try {
    return act()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new FormatError('unreadable', `cannot be read (${String(code)})`)
  }
}
