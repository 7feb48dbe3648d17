import { type Cells, type RowDetector, type State, valueBytes } from '../detector.ts'
import type { LabelReader } from './labels.ts'
import { mixed, words } from './tokens.ts'

const KEPT = 256
/** Text looked at, in bytes. */
const TEXT = 64 * 1024 * 1024
/** Shorter texts are in many tables by nature. */
const WORDS = 6

/**
 * The smallest hashes of the texts of a table. Two tables that share rows share of these what they share of the rows, so that
 * tests can be found in training data without keeping either.
 */
export class SketchRows implements RowDetector {
  readonly #labels: LabelReader
  #hashes = new Set<number>()
  #limit = 0xffffffff
  #column: string | undefined
  #rows = 0
  #read = 0

  constructor(labels: LabelReader) {
    this.#labels = labels
  }

  cells({ batch, column }: Cells): void {
    this.#labels.of(batch)
    if (column.name === this.#labels.column) return
    this.#column ??= column.name
    if (this.#column !== column.name || this.#read > TEXT) return
    this.#read += column.bytes.length
    for (let i = 0; i < column.ends.length; i++) {
      let [hash, count] = [0, 0]
      words(valueBytes(column, i), (word) => {
        hash = mixed(hash ^ word)
        count++
      })
      if (count < WORDS) continue
      this.#rows++
      if (hash >= this.#limit) continue
      this.#hashes.add(hash)
      while (this.#hashes.size > KEPT) {
        this.#limit = Math.floor(this.#limit / 2)
        this.#hashes = new Set([...this.#hashes].filter((held) => held < this.#limit))
      }
    }
  }

  end(state: State): void {
    if (this.#column === undefined || this.#hashes.size === 0) return
    const sketch = [...this.#hashes].toSorted((a, b) => a - b).map((hash) => hash.toString(36))
    const data = { column: this.#column, rows: this.#rows, limit: this.#limit, sketch }
    state({ kind: 'rows.sketch', data, locations: [] })
  }
}
