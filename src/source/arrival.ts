import { createHash, type Hash } from 'node:crypto'
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { CHUNK } from '../bytes/source.ts'
import type { SourceFile } from '../model/lock.ts'

/** What an answer is to what has arrived: it goes on with it or begins anew; or it lies. */
export type Fit = 'fits' | 'more bytes' | 'fewer bytes' | 'another range'

/**
 * Bytes of one write. A file system that allocates pages in folios makes one of the size of the write, and a cold folio of
 * a MiB costs five times what its sixteen parts do (measured on ext4).
 */
const PIECE = 64 * 1024

const BEFORE = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)

/**
 * The bytes of one file so far, hashed and written as they come. What is there from an interrupted run is hashed first.
 * Never holds more than is expected. Calls block: it lives in a thread of its own, or takes what is small.
 */
export class Arrival implements Disposable {
  size = 0
  readonly #descriptor: number
  readonly #expected: Pick<SourceFile, 'size' | 'sha256'>
  #hash: Hash = createHash('sha256')
  #digest: string | undefined

  /** Throws the system's error where `target` cannot be written. */
  constructor(target: string, expected: Pick<SourceFile, 'size' | 'sha256'>) {
    this.#expected = expected
    this.#descriptor = openSync(target, BEFORE)
    this.#takeUp()
  }

  #takeUp(): void {
    let { size } = fstatSync(this.#descriptor)
    if (size > this.#expected.size) {
      this.restart()
      size = 0
    }
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size))
    while (this.size < size) {
      const read = readSync(this.#descriptor, buffer, 0, buffer.length, this.size)
      if (read === 0) break
      this.#hash.update(buffer.subarray(0, read))
      this.size += read
    }
    if (this.isComplete && !this.isLocked) this.restart()
  }

  get isComplete(): boolean {
    return this.size === this.#expected.size
  }

  /** Is what is here what was expected, to the last bit? */
  get isLocked(): boolean {
    this.#digest ??= this.#hash.copy().digest('hex')
    return this.isComplete && this.#digest === this.#expected.sha256
  }

  restart(): void {
    ftruncateSync(this.#descriptor, 0)
    this.#hash = createHash('sha256')
    this.#digest = undefined
    this.size = 0
  }

  /** Makes ready for the body of a 200 or 206; one that begins anew is taken from the start. */
  fit(status: number, headers: { get(name: string): string | null }): Fit {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')
    if (status === 206 && this.size > 0) {
      const [from, total] = [Number(range?.[1]), Number(range?.[2])]
      if (from !== this.size || Number.isNaN(total)) return 'another range'
      if (total === this.#expected.size) return 'fits'
      return total > this.#expected.size ? 'more bytes' : 'fewer bytes'
    }
    if (this.size > 0) this.restart()
    const length = headers.get('content-length')
    return length !== null && Number(length) > this.#expected.size ? 'more bytes' : 'fits'
  }

  /** Takes the next bytes; false where there are more than expected. Throws the system's error where they find no room. */
  take(chunk: Uint8Array): boolean {
    if (this.size + chunk.length > this.#expected.size) return false
    this.#hash.update(chunk)
    this.#digest = undefined
    for (let done = 0; done < chunk.length; ) {
      const length = Math.min(PIECE, chunk.length - done)
      const written = writeSync(this.#descriptor, chunk, done, length, this.size)
      done += written
      this.size += written
    }
    return true
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}
