import { randomBytes } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../model/trouble.ts'
import type { Output } from './flags.ts'

/** A file to write; without a format where the command has one anyway. */
type Target = Pick<Output, 'file'> & Partial<Pick<Output, 'format'>>

/** Pieces are joined up to this size before they are written: a system call for each would dominate. */
const BATCH = 1 << 16

/** Throws `UsageError` where a report could not be written in the end; leaves nothing behind. */
export async function checkWritable(outputs: readonly Target[]): Promise<void> {
  for (const output of outputs) {
    const { file } = output
    try {
      if (await isRegularOrNew(file)) {
        const probe = temporary(file)
        await (await open(probe, 'wx')).close()
        await unlink(probe)
      } else {
        await (await open(file, 'a')).close()
      }
    } catch (error) {
      throw unwritable(flagOf(output), error)
    }
  }
}

/** Throws `UsageError` where nothing could be appended; creates the file if it is not there, as a log would be. */
export async function checkAppendable(flag: string, file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close()
  } catch (error) {
    throw unwritable(`${flag} ${file}`, error)
  }
}

/** Writes a whole file or none: to a temporary name beside it, then renamed over it. Devices are written directly. */
export async function writeAtomically(output: Target, pieces: Iterable<string>): Promise<void> {
  const { file } = output
  const direct = !(await isRegularOrNew(file))
  const name = direct ? file : temporary(file)
  const remove = () => unlinkSync(name)
  if (!direct) process.once('exit', remove)
  try {
    const handle = await open(name, direct ? 'w' : 'wx')
    try {
      await writePieces(handle, pieces)
    } finally {
      await handle.close()
    }
    if (!direct) await rename(name, file)
  } catch (error) {
    if (!direct) await unlink(name).catch(() => undefined)
    throw unwritable(flagOf(output), error)
  } finally {
    process.removeListener('exit', remove)
  }
}

function flagOf({ format, file }: Target): string {
  return format === undefined ? `-o ${file}` : `-o ${format}=${file}`
}

async function writePieces(handle: FileHandle, pieces: Iterable<string>): Promise<void> {
  for (const batch of batches(pieces)) await handle.writeFile(batch)
}

/** Writes to a stream as fast as its reader takes it; stops quietly when the reader has gone. */
export async function writeStream(stream: NodeJS.WriteStream, pieces: Iterable<string>): Promise<void> {
  for (const batch of batches(pieces)) {
    if (stream.destroyed || stream.errored) return
    await new Promise<void>((resolve) => stream.write(batch, () => resolve()))
  }
}

function* batches(pieces: Iterable<string>): Generator<string> {
  let [held, length]: [string[], number] = [[], 0]
  for (const piece of pieces) {
    held.push(piece)
    length += piece.length
    if (length < BATCH) continue
    yield held.join('')
    held = []
    length = 0
  }
  if (held.length > 0) yield held.join('')
}

async function isRegularOrNew(file: string): Promise<boolean> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (info?.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
  return info === undefined || info.isFile()
}

function temporary(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist; make it first',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'is a folder; name a file in it',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
}

function unwritable(what: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException
  return new UsageError(`${what}: ${WHY[code ?? ''] ?? `cannot be written (${message})`}`)
}
