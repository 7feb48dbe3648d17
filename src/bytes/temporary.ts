import { closeSync, mkdtempSync, openSync, read, rmdirSync, rmSync, unlinkSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FormatError } from '../model/trouble.ts'

const readAt = promisify(read)
const writeAt = promisify(write)

/** What the folders of our temporary files are called under `os.tmpdir()`. */
export const TEMPORARY_PREFIX = 'weighmaster-'

/** A nameless file that only this process can reach. */
export interface TemporaryFile extends AsyncDisposable {
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** Exactly `length` bytes at `offset`, in a buffer of their own. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Folders that could not be removed while their file is open (Windows); emptied at dispose or exit. */
const leftovers = new Set<string>()

function removeLeftovers(): void {
  for (const folder of leftovers) rmSync(folder, { recursive: true, force: true })
  leftovers.clear()
}

/**
 * Creates a file (exclusively, mode 0600, in a fresh folder of mode 0700) and unlinks both at once, so that nothing is
 * left behind however the process ends. The calls are synchronous to keep the moment in which a signal could leave the
 * name behind as short as it can be.
 */
export function openTemporary(): TemporaryFile {
  const folder = mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX))
  const path = join(folder, 'spool')
  let named = true
  let fd: number
  try {
    fd = openSync(path, 'wx+', 0o600)
  } catch (error) {
    rmdirSync(folder)
    throw error
  }
  try {
    unlinkSync(path)
    rmdirSync(folder)
    named = false
  } catch {
    if (leftovers.size === 0) process.once('exit', removeLeftovers)
    leftovers.add(folder)
  }
  let open = true
  return {
    write: (bytes, offset) => writeFully(fd, bytes, offset),
    read: (offset, length) => readFully(fd, offset, length),
    async [Symbol.asyncDispose]() {
      if (!open) return
      open = false
      closeSync(fd)
      if (named) {
        rmSync(folder, { recursive: true, force: true })
        leftovers.delete(folder)
      }
    },
  }
}

async function writeFully(fd: number, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeAt(fd, bytes, done, bytes.length - done, offset + done)
    done += bytesWritten
  }
}

async function readFully(fd: number, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let got = 0; got < length; ) {
    const { bytesRead } = await readAt(fd, buffer, got, length - got, offset + got)
    if (bytesRead === 0) throw new FormatError('unreadable', 'the temporary file shrank', offset + got)
    got += bytesRead
  }
  return buffer
}
