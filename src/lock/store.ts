import { randomBytes } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../model/trouble.ts'

/** Writes a whole file or none: beside it, synced, renamed over it, and the folder synced, so that a power cut leaves old or new. */
export async function storeAtomically(file: string, text: string): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`,
  )
  try {
    await using handle = await open(temporary, 'wx', 0o644)
    await handle.writeFile(text)
    await handle.sync()
    await rename(temporary, file)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be written (${String(code)})`)
  }
  await syncFolder(path.dirname(file))
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is journalled.
  const handle = await open(folder, 'r').catch(() => undefined)
  if (!handle) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}
