import { Worker } from 'node:worker_threads'
import type { Checksum } from '../inspect/inspector.ts'
import { ChecksumRun } from './checksum.ts'
import type { Aside, AsideMessage, AsideStart } from './verifier-worker.ts'

/** Owns the buffers of a pass and verifies checksums over what is in them, here or on another core. */
export interface Verifier extends AsyncDisposable {
  /** The buffer of a turn, as soon as nobody needs what an earlier turn left in it. */
  buffer(turn: number): Promise<Uint8Array>
  /** The buffer of this turn holds `length` bytes from `offset` on. */
  update(turn: number, length: number, offset: number): void
  failed(): Promise<readonly Checksum[]>
}

/** Below this a second thread costs more (some 40 ms) than it gives (CRC-32 does about 4 GB/s). */
const ASIDE_BYTES = 256 * 1024 * 1024

export function verifierFor(checksums: readonly Checksum[], step: number): Verifier {
  const bytes = checksums.reduce((sum, c) => sum + c.length, 0)
  return bytes < ASIDE_BYTES ? new Inline(checksums, step) : new OtherCore(checksums, step)
}

class Inline implements Verifier {
  readonly #run: ChecksumRun<Checksum>
  readonly #buffers: readonly Uint8Array[]

  constructor(checksums: readonly Checksum[], step: number) {
    this.#run = new ChecksumRun(checksums)
    this.#buffers = [new Uint8Array(step), new Uint8Array(step)]
  }

  async buffer(turn: number): Promise<Uint8Array> {
    return at(this.#buffers, turn)
  }

  update(turn: number, length: number, offset: number): void {
    this.#run.update(at(this.#buffers, turn).subarray(0, length), offset)
  }

  async failed(): Promise<readonly Checksum[]> {
    return this.#run.failed()
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Turns that the other core may lag behind. */
const TURNS = 4

class OtherCore implements Verifier {
  readonly #checksums: readonly Checksum[]
  readonly #worker: Worker
  readonly #buffers: readonly Uint8Array[]
  readonly #failed = Promise.withResolvers<readonly Checksum[]>()
  #answered = 0
  #waiting: (() => void) | undefined

  constructor(checksums: readonly Checksum[], step: number) {
    this.#checksums = checksums
    const shared = new SharedArrayBuffer(TURNS * step)
    this.#buffers = Array.from({ length: TURNS }, (_, i) => new Uint8Array(shared, i * step, step))
    const expected = checksums.map(({ offset, length, crc32 }) => ({ offset, length, crc32 }))
    const workerData: AsideStart = { shared, step, expected }
    const name = import.meta.url.endsWith('.ts') ? './verifier-worker.ts' : './verifier-worker.js'
    this.#worker = new Worker(new URL(name, import.meta.url), { workerData })
    this.#worker.on('message', (message: AsideMessage) => this.#hear(message))
    this.#worker.on('error', (error) => this.#lose(error))
    // Rejected only to end a pass that is under way; one that never asks must not count as unhandled.
    this.#failed.promise.catch(() => undefined)
  }

  async buffer(turn: number): Promise<Uint8Array> {
    while (turn - this.#answered >= TURNS) {
      const answered = new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
      await Promise.race([answered, this.#failed.promise])
    }
    return at(this.#buffers, turn)
  }

  update(turn: number, length: number, offset: number): void {
    this.#worker.postMessage({ turn: turn % TURNS, length, offset } satisfies Aside)
  }

  async failed(): Promise<readonly Checksum[]> {
    this.#worker.postMessage('end' satisfies Aside)
    return this.#failed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #hear(message: AsideMessage): void {
    if (message === 'free') {
      this.#answered++
      this.#waiting?.()
    } else {
      this.#failed.resolve(message.failed.map((index) => at(this.#checksums, index)))
    }
  }

  #lose(error: unknown): void {
    this.#failed.reject(error)
    this.#waiting?.()
  }
}

function at<T>(list: readonly T[], turn: number): T {
  const item = list[turn % list.length]
  if (item === undefined) throw new RangeError(`no item ${turn}`)
  return item
}
