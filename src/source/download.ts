import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CHUNK } from '../bytes/source.ts'
import type { SourceFile } from '../model/lock.ts'
import { unreachable } from './fetch.ts'
import type { Remote, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** How what arrived differs from what is locked; undefined where it does not. */
export type Tampering = 'other bytes' | 'more bytes' | 'fewer bytes'

/** Attempts without a single new byte before a source counts as unreachable. */
const FRUITLESS = 5

/**
 * Fetches a locked file into `target`, hashing while it arrives. What is there from an interrupted run is hashed and
 * continued by range. Never writes more than is locked; a body that ends early or breaks off is continued.
 */
export async function download(
  remote: Remote,
  file: SourceFile,
  target: string,
  { signal, backoffMs = 500 }: SourceSettings,
  advance: (bytes: number) => void,
): Promise<Tampering | undefined> {
  await using handle = await open(target, 'a+', 0o600).then(async (made) => {
    // 'a' would ignore positions; it only made sure that the file is there.
    await made.close()
    return open(target, 'r+')
  })
  const arrival = new Arrival(handle, file, advance)
  let resumed = await arrival.takeUp()
  for (let fruitless = 0; !arrival.complete; ) {
    const before = arrival.size
    const end = await request(remote, arrival, signal)
    if (end === 'more bytes') return end
    fruitless = arrival.size > before ? 0 : fruitless + 1
    // A body that ends cleanly and too early, twice, is not a lost connection: that is all there is.
    if (end === 'ended' && fruitless >= 2) return 'fewer bytes'
    if (end !== 'ended' && fruitless >= FRUITLESS) throw unreachable(new URL(remote.url), end)
    if (!arrival.complete)
      await sleep(Math.min(backoffMs * 2 ** fruitless, 30_000), undefined, signal ? { signal } : {})
    if (arrival.complete && resumed && !arrival.isLocked()) {
      // The part from the earlier run may have been of something else: once more from the start.
      resumed = false
      await arrival.restart()
    }
  }
  return arrival.isLocked() ? undefined : 'other bytes'
}

/** One request for what is missing. Says how the body ended. */
async function request(
  { url, fetch, headers }: Remote,
  arrival: Arrival,
  signal: AbortSignal | undefined,
): Promise<'more bytes' | 'ended' | Error> {
  const range = arrival.size > 0 ? { range: `bytes=${arrival.size}-` } : {}
  const response = await fetch(url, { headers: { ...headers, ...range, 'accept-encoding': 'identity' } })
  if (response.status === 416) {
    await arrival.restart()
    return 'ended'
  }
  if (!response.ok) throw new SourceError('unreachable', `${url}: answers ${response.status}`)
  const trouble = await arrival.fits(response)
  if (trouble) {
    await response.body?.cancel()
    return trouble
  }
  try {
    for await (const chunk of response.body ?? []) if (!(await arrival.take(chunk))) return 'more bytes'
    return 'ended'
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TypeError) return error
    throw error
  } finally {
    await arrival.drain()
  }
}

/** The bytes of one file so far. */
class Arrival {
  size = 0
  readonly #handle: FileHandle
  readonly #file: SourceFile
  readonly #advance: (bytes: number) => void
  #hash: Hash = createHash('sha256')
  #digest: string | undefined
  /** Chunks not yet written: a system call for each would dominate. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #written = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(handle: FileHandle, file: SourceFile, advance: (bytes: number) => void) {
    this.#handle = handle
    this.#file = file
    this.#advance = advance
  }

  /** Hashes what an earlier run left; true if there is something. */
  async takeUp(): Promise<boolean> {
    const { size } = await this.#handle.stat()
    if (size > this.#file.size) await this.restart()
    else {
      const buffer = Buffer.allocUnsafe(CHUNK)
      for (let read = 0; read < size; ) {
        const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(CHUNK, size - read), read)
        if (bytesRead === 0) break
        this.#hash.update(buffer.subarray(0, bytesRead))
        read += bytesRead
        this.size = read
      }
      this.#written = this.size
      this.#advance(this.size)
      if (this.complete && !this.isLocked()) await this.restart()
    }
    return this.size > 0
  }

  get complete(): boolean {
    return this.size === this.#file.size
  }

  isLocked(): boolean {
    this.#digest ??= this.#hash.copy().digest('hex')
    return this.#digest === this.#file.sha256
  }

  async restart(): Promise<void> {
    await this.#writing
    await this.#handle.truncate(0)
    this.#advance(-this.size)
    this.#hash = createHash('sha256')
    this.#digest = undefined
    this.#held = []
    this.#heldBytes = 0
    this.#written = 0
    this.size = 0
  }

  /** Does an answer continue what is here? One that begins anew is taken from the start. */
  async fits(response: Response): Promise<'more bytes' | undefined> {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? []
    if (response.status === 206 && this.size > 0) {
      if (Number(from) === this.size && Number(total) === this.#file.size) return undefined
      throw new SourceError(
        'untrusted',
        `${new URL(response.url).origin} answers a range with another one (${this.#file.path})`,
      )
    }
    if (this.size > 0) await this.restart()
    const length = response.headers.get('content-length')
    return length !== null && Number(length) > this.#file.size ? 'more bytes' : undefined
  }

  /** Takes the next bytes; false where there are more than are locked. */
  async take(chunk: Uint8Array): Promise<boolean> {
    if (this.size + chunk.length > this.#file.size) return false
    this.#hash.update(chunk)
    this.#digest = undefined
    this.size += chunk.length
    this.#advance(chunk.length)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes >= CHUNK) await this.flush()
    return true
  }

  /** Writes what is held while the next bytes arrive; one write is under way at a time. */
  async flush(): Promise<void> {
    await this.#writing
    if (this.#heldBytes === 0) return
    const [chunks, length] = [this.#held, this.#heldBytes]
    this.#held = []
    this.#heldBytes = 0
    this.#writing = this.#write(chunks, length)
    // Whoever flushes or drains next throws it; until then it must not count as unhandled.
    this.#writing.catch(() => undefined)
  }

  /** Everything taken is in the file. */
  async drain(): Promise<void> {
    await this.flush()
    await this.#writing
  }

  async #write(chunks: readonly Uint8Array[], length: number): Promise<void> {
    const { bytesWritten } = await this.#handle.writev([...chunks], this.#written)
    this.#written += bytesWritten
    if (bytesWritten === length) return
    // A full disk fails the next call; a short write that is none is continued.
    const rest = Buffer.concat(chunks).subarray(bytesWritten)
    await this.#write([rest], rest.length)
  }
}
