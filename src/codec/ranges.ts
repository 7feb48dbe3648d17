/** Ranges by the million: 16 bytes each. Says where two overlap and what none covers. */
export class RangeLedger {
  #starts = new Float64Array(64)
  #ends = new Float64Array(64)
  #used = 0
  #unsorted = 0

  get size(): number {
    return this.#used
  }

  add(start: number, end: number): void {
    if (this.#used === this.#starts.length) {
      this.#starts = grown(this.#starts)
      this.#ends = grown(this.#ends)
    }
    if (this.#used > 0 && start < (this.#starts[this.#used - 1] as number)) this.#unsorted++
    this.#starts[this.#used] = start
    this.#ends[this.#used] = end
    this.#used++
  }

  /** Ranges of `[from, to)` that none covers, in order. */
  *gaps(from: number, to: number): Generator<{ offset: number; length: number }> {
    this.#sort()
    let reached = from
    for (let i = 0; i < this.#used && reached < to; i++) {
      const start = Math.min(this.#starts[i] as number, to)
      if (start > reached) yield { offset: reached, length: start - reached }
      reached = Math.max(reached, this.#ends[i] as number)
    }
    if (reached < to) yield { offset: reached, length: to - reached }
  }

  /** Where a range starts before all earlier ones have ended. */
  *overlaps(): Generator<{ offset: number; length: number }> {
    this.#sort()
    let reached = 0
    for (let i = 0; i < this.#used; i++) {
      const [start, end] = [this.#starts[i] as number, this.#ends[i] as number]
      if (i > 0 && start < reached && end > start)
        yield { offset: start, length: Math.min(reached, end) - start }
      reached = Math.max(reached, end)
    }
  }

  #sort(): void {
    if (this.#unsorted === 0) return
    const [starts, ends] = [this.#starts, this.#ends]
    const order = Uint32Array.from({ length: this.#used }, (_, i) => i)
    order.sort((a, b) => (starts[a] as number) - (starts[b] as number) || a - b)
    this.#starts = Float64Array.from(order, (i) => starts[i] as number)
    this.#ends = Float64Array.from(order, (i) => ends[i] as number)
    this.#unsorted = 0
  }
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2)
  larger.set(values)
  return larger
}
