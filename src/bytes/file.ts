import { type FileHandle, open } from 'node:fs/promises'
import { FormatError } from '../model/trouble.ts'
import { type ByteSource, chunks } from './source.ts'

/** A regular file on one open descriptor: what is hashed is what is inspected, even if the path is swapped meanwhile. */
export interface FileSource extends ByteSource, AsyncDisposable {
  readonly handle: FileHandle
}

/**
 * Opens a file for `pread`. Throws `FormatError('unreadable')` where it cannot be opened or is no regular file
 * (never blocks on a pipe or device: the caller has checked by `lstat`, this checks again on the descriptor).
 */
export async function openFile(path: string): Promise<FileSource> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new FormatError('unreadable', `cannot be opened (${error.code ?? error.message})`)
  })
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw new FormatError('unreadable', 'is no regular file')
  }
  const size = stat.size
  const fill = async (target: Uint8Array, offset: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    const wanted = Math.max(0, Math.min(target.length, size - offset))
    let got = 0
    while (got < wanted) {
      const { bytesRead } = await handle.read(target, got, wanted - got, offset + got)
      if (bytesRead === 0)
        throw new FormatError('unreadable', 'the file shrank while being read', offset + got)
      got += bytesRead
    }
    return got
  }
  const read = async (offset: number, length: number, signal?: AbortSignal) => {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)))
    await fill(buffer, offset, signal)
    return buffer
  }
  return {
    handle,
    size,
    read,
    fill,
    stream: (signal) => chunks({ size, read }, signal),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
