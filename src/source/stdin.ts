import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Standard input as a file, since inspectors need random access. Removed when disposed. */
export interface Received extends AsyncDisposable {
  readonly path: string
  readonly size: number
}

/** Reads standard input to its end into a private temporary file (mode 0600 in a folder of mode 0700). */
export async function receiveStdin(signal?: AbortSignal): Promise<Received> {
  const folder = await mkdtemp(path.join(tmpdir(), 'weighmaster-stdin-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const file = path.join(folder, 'stdin')
    await pipeline(
      process.stdin,
      createWriteStream(file, { mode: 0o600, flags: 'wx' }),
      signal ? { signal } : {},
    )
    const { size } = await stat(file)
    return { path: file, size, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
