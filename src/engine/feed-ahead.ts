import { Worker } from 'node:worker_threads'
import type { Checksum } from '../inspect/inspector.ts'
import { FormatError } from '../model/trouble.ts'
import { type Feed, STEP } from './feed.ts'
import { type Ahead, type AheadOutcome, FILLED, FREED, TURNS } from './feed-ring.ts'

/**
 * Another core reads an open file ahead of this one and verifies the checksums, so that hashing is all that is left to
 * do here. The bytes cross in a ring of shared buffers; two counters say which of them are whose.
 */
export class FeedAhead implements Feed {
  readonly #checksums: readonly Checksum[]
  readonly #size: number
  readonly #worker: Worker
  readonly #counters: Int32Array<SharedArrayBuffer>
  readonly #ring: Uint8Array
  readonly #outcome = Promise.withResolvers<readonly Checksum[]>()
  #turn = 0

  constructor(descriptor: number, size: number, checksums: readonly Checksum[]) {
    const ring = new SharedArrayBuffer(TURNS * STEP)
    const counters = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
    const expected = checksums.map(({ offset, length, crc32 }) => ({ offset, length, crc32 }))
    const workerData: Ahead = { descriptor, size, expected, ring, counters }
    const name = import.meta.url.endsWith('.ts') ? './feed-worker.ts' : './feed-worker.js'
    this.#checksums = checksums
    this.#size = size
    this.#ring = new Uint8Array(ring)
    this.#counters = new Int32Array(counters)
    this.#worker = new Worker(new URL(name, import.meta.url), { workerData, execArgv: [] })
    this.#worker.on('message', (outcome: AheadOutcome) => this.#settle(outcome))
    this.#worker.on('error', (error) => this.#outcome.reject(error))
    // Rejected only to end a pass that is under way; one that never asks must not count as unhandled.
    this.#outcome.promise.catch(() => undefined)
  }

  async next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    const offset = this.#turn * STEP
    // The buffer before the last one is nobody's now: of the last one the caller may still hold a view.
    if (this.#turn > 1) this.#free(this.#turn - 1)
    if (offset >= this.#size) return undefined
    await this.#filled(this.#turn)
    const from = (this.#turn++ % TURNS) * STEP
    return this.#ring.subarray(from, from + Math.min(STEP, this.#size - offset))
  }

  async #filled(turn: number): Promise<void> {
    for (let have = this.#have(); have <= turn; have = this.#have()) {
      const { async, value } = Atomics.waitAsync(this.#counters, FILLED, have)
      // The outcome comes while we wait only where reading failed.
      if (async) await Promise.race([value, this.#outcome.promise])
    }
  }

  #have(): number {
    return Atomics.load(this.#counters, FILLED)
  }

  #free(turns: number): void {
    Atomics.store(this.#counters, FREED, turns)
    Atomics.notify(this.#counters, FREED)
  }

  failed(): Promise<readonly Checksum[]> {
    return this.#outcome.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(outcome: AheadOutcome): void {
    if ('trouble' in outcome) {
      const { kind, message, offset } = outcome.trouble
      this.#outcome.reject(new FormatError(kind, message, offset))
      return
    }
    const failed = new Set(outcome.failed)
    this.#outcome.resolve(this.#checksums.filter((_, index) => failed.has(index)))
  }
}
