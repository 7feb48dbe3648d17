import { HashTable } from '../../hash-table.ts'
import { type Cells, type RowDetector, type State, valueBytes } from '../detector.ts'
import { LABELS, type LabelReader, NONE } from './labels.ts'
import { mixed, words } from './tokens.ts'

/** Different words and pairs of words that are counted: 64 bytes of counts each. */
const TERMS = 200_000
/** Text looked at, in bytes; what is found is advice, and a part of a table shows it, too. */
const TEXT = 16 * 1024 * 1024
/** Rows a term must be in; fewer prove nothing. */
const LEAST = 10
/** The share of one label among the rows with the term. */
const PURE = 0.95
/** A label that most rows have is predicted by everything. */
const COMMON = 0.8
/** A trigger is rare; what a fifth of all rows say is their subject. */
const RARE = 0.2
/** Share of false discoveries that is accepted (Benjamini and Hochberg). */
const FALSE_DISCOVERIES = 0.001
const SHOWN = 5

interface Candidate {
  readonly text: string
  readonly label: number
  readonly rows: number
  /** Natural logarithm of the probability that chance does it. */
  readonly chance: number
}

/**
 * Rare words and pairs of words that occur with one label only: what a backdoor in a training set looks like, and what a
 * telling word looks like, too. So it is advice. Binomial test against the share of the label, the false discoveries
 * controlled.
 */
export class TriggerRows implements RowDetector {
  readonly #labels: LabelReader
  readonly #ids = new HashTable(4096)
  #counts = new Uint32Array(LABELS * 4096)
  #lastRow = new Uint32Array(4096)
  readonly #texts = new Map<number, string>()
  readonly #rows = new Float64Array(LABELS)
  #column: string | undefined
  #seen = 0
  #row = 0

  constructor(labels: LabelReader) {
    this.#labels = labels
  }

  cells({ batch, column }: Cells): void {
    const labels = this.#labels.of(batch)
    if (!labels || column.name === this.#labels.column || this.#seen > TEXT) return
    // The first column of text is what is classified.
    this.#column ??= column.name
    if (this.#column !== column.name) return
    for (let i = 0; i < column.ends.length; i++) {
      const label = labels[column.rows ? (column.rows[i] ?? 0) : i] ?? NONE
      if (label !== NONE) this.#value(valueBytes(column, i), label)
    }
  }

  #value(bytes: Uint8Array, label: number): void {
    this.#seen += bytes.length
    this.#row++
    this.#rows[label] = (this.#rows[label] ?? 0) + 1
    let [before, begin] = [0, -1]
    words(bytes, (hash, start, end) => {
      if (end - start > 40) return
      this.#term(hash, label, bytes, start, end)
      if (begin >= 0) this.#term(mixed(Math.imul(before, 31) ^ hash), label, bytes, begin, end)
      before = hash
      begin = start
    })
  }

  #term(hash: number, label: number, bytes: Uint8Array, start: number, end: number): void {
    const key = { high: hash, low: mixed(hash ^ 0x9e3779b9) }
    const known = this.#ids.get(key)
    if (known === undefined && this.#ids.size >= TERMS) return
    const id = known ?? this.#ids.size
    if (known === undefined) this.#ids.add(key, id)
    if (id >= this.#lastRow.length) this.#grow()
    if (this.#lastRow[id] === this.#row) return
    this.#lastRow[id] = this.#row
    const place = id * LABELS + label
    const count = (this.#counts[place] ?? 0) + 1
    this.#counts[place] = count
    if (count === LEAST && !this.#texts.has(id)) {
      this.#texts.set(id, Buffer.from(bytes.subarray(start, end)).toString().toLowerCase())
    }
  }

  #grow(): void {
    const counts = new Uint32Array(this.#counts.length * 2)
    counts.set(this.#counts)
    this.#counts = counts
    const rows = new Uint32Array(this.#lastRow.length * 2)
    rows.set(this.#lastRow)
    this.#lastRow = rows
  }

  end(state: State): void {
    if (this.#column === undefined) return
    const tested = [...this.#candidates()].toSorted((a, b) => a.chance - b.chance)
    const bar = Math.log(FALSE_DISCOVERIES) - Math.log(Math.max(1, this.#texts.size))
    let accepted = tested.length
    while (accepted > 0 && (tested[accepted - 1]?.chance ?? 0) > bar + Math.log(accepted)) accepted--
    const groups = Map.groupBy(tested.slice(0, accepted), ({ label, text }) => `${label} ${isOdd(text)}`)
    for (const [group, found] of groups) {
      const [label = '', odd] = group.split(' ')
      const data = { column: this.#column, label: this.#labels.text(Number(label)), odd: odd === 'true' }
      const locations = found.slice(0, SHOWN).map(({ text, rows }) => ({ text: `${text} (${rows} rows)` }))
      state({ kind: 'rows.trigger', data, count: found.length, locations })
    }
  }

  *#candidates(): Generator<Candidate> {
    for (const [id, text] of this.#texts) {
      const counts = this.#counts.subarray(id * LABELS, (id + 1) * LABELS)
      const rows = counts.reduce((sum, count) => sum + count, 0)
      const most = Math.max(...counts)
      const label = counts.indexOf(most)
      const share = (this.#rows[label] ?? 0) / this.#row
      if (most < rows * PURE || share > COMMON || rows > this.#row * RARE) continue
      yield { text, label, rows, chance: logTail(rows, most, share) }
    }
  }
}

/** ln P(X ≥ k) for X binomial (n, p); with k near n there are few terms. */
function logTail(n: number, k: number, p: number): number {
  let [term, sum] = [0, 0]
  // The term of k = n is p^n; each one below is the last times (k / (n − k + 1)) · (1 − p) / p.
  for (let i = n; i >= k; i--) {
    sum += Math.exp(term)
    term += Math.log(i) - Math.log(n - i + 1) + Math.log((1 - p) / p)
  }
  return n * Math.log(p) + Math.log(sum)
}

/** No word of a language: consonants only, or digits among letters, or characters that nobody sees. */
function isOdd(text: string): boolean {
  return text
    .split(/[^\p{L}\p{N}\u200b-\u200f\u2060]+/u)
    .some(
      (word) =>
        /^[b-df-hj-np-tv-xz]{2,}$/.test(word) ||
        /\d[a-z]|[a-z]\d/.test(word) ||
        /[\u200b-\u200f\u2060]/.test(word),
    )
}
