import { copyFile, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../model/trouble.ts'

const OWNER = '.owner'

/**
 * A private folder beside a destination (so that a rename can move it there), where bytes wait until they are judged. It
 * is called by what is expected in it: a run that was interrupted is continued, and one for another lock is not.
 */
export interface Quarantine extends AsyncDisposable {
  readonly folder: string
  /** Where a file of it goes; its folders are there. */
  place(file: string): Promise<string>
  /** Moves everything to the destination in one step. What was there goes. */
  release(): Promise<void>
  /** Removes it with everything in it: what was refused is not kept. */
  discard(): Promise<void>
}

export async function openQuarantine(destination: string, expected: string): Promise<Quarantine> {
  const top = path.join(
    path.dirname(destination),
    `.${path.basename(destination)}.${expected.replace(/^sha256:/, '')}.quarantine`,
  )
  const folder = path.join(top, 'files')
  // Closed at the top; what is inside keeps the modes that it will have in its place.
  await mkdir(top, { recursive: true, mode: 0o700 })
  await mkdir(folder, { recursive: true })
  await own(top)
  let open = true
  const discard = async () => {
    open = false
    await rm(top, { recursive: true, force: true })
  }
  return {
    folder,
    discard,
    async place(file) {
      const target = path.join(folder, file)
      await mkdir(path.dirname(target), { recursive: true })
      return target
    },
    async release() {
      await swap(folder, destination, path.join(top, 'replaced'))
      await discard()
    },
    async [Symbol.asyncDispose]() {
      // What is still here is the part of a download: the next run goes on with it.
      if (open) await rm(path.join(top, OWNER), { force: true })
    },
  }
}

/** One run at a time: the file says whose it is, and one left by a run that died is taken over. */
async function own(top: string): Promise<void> {
  const file = path.join(top, OWNER)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await using handle = await open(file, 'wx', 0o600)
      await handle.writeFile(String(process.pid))
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const pid = Number(await readFile(file, 'utf8').catch(() => ''))
      if (pid > 0 && isAlive(pid))
        throw new UsageError(`${top}: another pull (process ${pid}) is at work here; wait for it`)
      await rm(file, { force: true })
    }
  }
  throw new UsageError(`${top}: another pull is at work here; wait for it`)
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Node has no exchange of two names; what was there is brought back if its place cannot be taken. */
async function swap(from: string, to: string, aside: string): Promise<void> {
  const old = await stat(to).catch(() => undefined)
  if (old) await rename(to, aside)
  try {
    await rename(from, to)
  } catch (error) {
    if (old) await rename(aside, to)
    throw error
  }
}

/** A file that is there already, put where it will be hashed again; without copying where the file system can share. */
export async function reuse(from: string, to: string): Promise<void> {
  const { COPYFILE_FICLONE } = (await import('node:fs')).constants
  if (await stat(to).catch(() => undefined)) return
  await copyFile(from, to, COPYFILE_FICLONE).catch(() => undefined)
}

/**
 * Makes the folders above a destination and checks that they are really inside `base`: a link on the way would lead
 * the writes elsewhere.
 */
export async function makeWay(destination: string, base: string): Promise<void> {
  await mkdir(base, { recursive: true })
  const home = await realpath(base)
  const parent = path.dirname(destination)
  let existing = parent
  while (!(await stat(existing).catch(() => undefined))) existing = path.dirname(existing)
  const real = await realpath(existing)
  const isInside = real === home || real.startsWith(home + path.sep)
  if (!isInside) throw new UsageError(`${parent}: a link on the way leads out of ${base}; remove it`)
  await mkdir(parent, { recursive: true })
}
