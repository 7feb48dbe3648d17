/** Where the records of a remote archive begin, so that the room of a member is known without asking for it. */
export class RecordStarts {
  #starts: number[] = []
  #isSorted = true

  add(start: number): void {
    this.#starts.push(start)
    this.#isSorted = false
  }

  /** Where the first record behind `at` begins. */
  after(at: number): number | undefined {
    if (!this.#isSorted) this.#starts = [...new Set(this.#starts)].sort((a, b) => a - b)
    this.#isSorted = true
    let [low, high] = [0, this.#starts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) > at) high = middle
      else low = middle + 1
    }
    return this.#starts[low]
  }
}
