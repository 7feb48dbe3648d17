import { createHash } from 'node:crypto'
import type { HashName, Measure, Measured } from '../model/signature.ts'

/** A hash that is fed by the one pass over a file. */
export interface Measuring {
  update(bytes: Uint8Array): void
  end(): Measured
}

interface Hash {
  update(bytes: Uint8Array): unknown
  digest(): Uint8Array
}

/** Hashes beside the SHA-256 that every pass computes: those that a signature is over. */
export async function startMeasuring(measures: readonly Measure[]): Promise<Measuring[]> {
  if (measures.length === 0) return []
  // BLAKE3 is not in Node; the library is loaded where a signature asks for it.
  const blake3 = measures.some((m) => m.algorithm === 'blake3')
    ? (await import('@noble/hashes/blake3.js')).blake3
    : undefined
  const start = (algorithm: HashName): Hash => {
    if (blake3 && algorithm === 'blake3') return blake3.create({})
    return createHash(algorithm === 'blake2b' ? 'blake2b512' : algorithm)
  }
  return measures.map((measure) =>
    measure.shardSize === undefined
      ? new Whole(measure, start(measure.algorithm))
      : new Shards(measure, measure.shardSize, () => start(measure.algorithm)),
  )
}

class Whole implements Measuring {
  readonly #measure: Measure
  readonly #hash: Hash

  constructor(measure: Measure, hash: Hash) {
    this.#measure = measure
    this.#hash = hash
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  end(): Measured {
    return { measure: this.#measure, digests: [hex(this.#hash.digest())] }
  }
}

class Shards implements Measuring {
  readonly #measure: Measure
  readonly #size: number
  readonly #start: () => Hash
  readonly #digests: string[] = []
  #hash: Hash
  #filled = 0

  constructor(measure: Measure, size: number, start: () => Hash) {
    this.#measure = measure
    this.#size = size
    this.#start = start
    this.#hash = start()
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#size - this.#filled)
      this.#hash.update(part)
      this.#filled += part.length
      at += part.length
      if (this.#filled === this.#size) this.#cut()
    }
  }

  end(): Measured {
    if (this.#filled > 0) this.#cut()
    return { measure: this.#measure, digests: this.#digests }
  }

  #cut(): void {
    this.#digests.push(hex(this.#hash.digest()))
    this.#hash = this.#start()
    this.#filled = 0
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
