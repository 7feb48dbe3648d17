import { crc32 } from 'node:zlib'

/** A range and the CRC-32 it should have. */
export interface Expected {
  readonly offset: number
  readonly length: number
  readonly crc32: number
}

/** CRC-32 over many ranges, overlapping or not, in one forward run over the bytes. */
export class ChecksumRun<T extends Expected> {
  readonly #pending: readonly T[]
  readonly #failed: T[] = []
  #active: { expected: T; crc: number }[] = []
  #next = 0

  constructor(expected: readonly T[]) {
    this.#pending = expected.toSorted((a, b) => a.offset - b.offset)
  }

  /** `chunk` is what stands at `offset`; chunks come in order and without gaps. */
  update(chunk: Uint8Array, offset: number): void {
    const end = offset + chunk.length
    for (let e = this.#pending[this.#next]; e && e.offset < end; e = this.#pending[this.#next]) {
      this.#active.push({ expected: e, crc: 0 })
      this.#next++
    }
    if (this.#active.length === 0) return
    for (const run of this.#active) {
      const from = Math.max(run.expected.offset, offset) - offset
      const to = Math.min(run.expected.offset + run.expected.length, end) - offset
      if (to > from) run.crc = crc32(chunk.subarray(from, to), run.crc)
    }
    this.#active = this.#active.filter((run) => {
      if (run.expected.offset + run.expected.length > end) return true
      if (run.crc !== run.expected.crc32) this.#failed.push(run.expected)
      return false
    })
  }

  /** Those that did not hold; a range that the bytes ended in is one of them. */
  failed(): T[] {
    const unfinished = [...this.#active.map((run) => run.expected), ...this.#pending.slice(this.#next)]
    return [...this.#failed, ...unfinished.filter((e) => e.length > 0 || e.crc32 !== 0)]
  }
}
