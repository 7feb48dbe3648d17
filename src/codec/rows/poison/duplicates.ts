import type { Location } from '../../../model/fact.ts'
import { type Hash64, HashTable } from '../../hash-table.ts'
import { type Cells, locationOf, type RowDetector, type State, valueBytes } from '../detector.ts'
import { type LabelReader, NONE } from './labels.ts'
import { mixed, words } from './tokens.ts'

/** Values compared in a column: 24 bytes each. */
const COMPARED = 1_000_000
/** Values of which sketches are kept: 64 bytes and four keys each. */
const SKETCHED = 100_000
const COLUMNS = 4
/** Text looked at in a column, in bytes; more rows hardly change a share. */
const TEXT = 32 * 1024 * 1024
/** Shorter values repeat by nature. */
const WORDS = 6
const BINS = 16
const BANDS = 4
/** Of sixteen bins alike: four fifths of what two texts say is the same. */
const ALIKE = 13
const SHOWN = 3

/** What is counted of one column. */
class ColumnDuplicates {
  readonly exact = { all: 0, conflicting: 0 }
  readonly near = { all: 0, conflicting: 0 }
  readonly locations: Location[] = []
  readonly #seen = new HashTable(1024)
  readonly #bands = new HashTable(1024)
  #sketches = new Uint32Array(BINS * 256)
  #labels = new Uint8Array(256)
  #count = 0
  #read = 0
  values = 0

  /** Bottom hash of each of sixteen bins over the runs of three words (one-permutation MinHash). */
  readonly #bins = new Uint32Array(BINS)
  readonly #key: Hash64 = { high: 0, low: 0 }

  read(bytes: Uint8Array, label: number, location: () => Location): void {
    if (isAddress(bytes) || this.#read > TEXT) return
    this.#read += bytes.length
    const [key, bins] = [this.#key, this.#bins]
    bins.fill(0xffffffff)
    let [a, b, c, count] = [0, 0, 0, 0]
    key.high = 0
    key.low = 0
    words(bytes, (hash) => {
      count++
      key.high = mixed(key.high ^ hash)
      key.low = (Math.imul(key.low, 31) + hash) >>> 0
      a = b
      b = c
      c = hash
      if (count < 3) return
      const run = mixed(Math.imul(a, 31) ^ Math.imul(b, 17) ^ c)
      const bin = run % BINS
      if (run < (bins[bin] as number)) bins[bin] = run
    })
    if (count < WORDS) return
    this.values++
    const held = this.#seen.size < COMPARED ? this.#seen.add(key, label) : this.#seen.get(key)
    if (held !== undefined) this.#found(this.exact, held, label, location)
    else if (this.#count < SKETCHED) this.#sketch(label, location)
  }

  #sketch(label: number, location: () => Location): void {
    const own = this.#count
    let other: number | undefined
    for (let band = 0; band < BANDS; band++) {
      let [high, low] = [band + 1, 0]
      for (let i = 0; i < BINS / BANDS; i++) {
        const bin = this.#bins[band * (BINS / BANDS) + i] as number
        high = mixed(high ^ bin)
        low = (Math.imul(low, 31) + bin) >>> 0
      }
      other ??= this.#bands.add({ high, low }, own)
    }
    if (own * BINS >= this.#sketches.length) {
      this.#sketches = grown(this.#sketches)
      const labels = new Uint8Array(this.#labels.length * 2)
      labels.set(this.#labels)
      this.#labels = labels
    }
    this.#sketches.set(this.#bins, own * BINS)
    this.#labels[own] = label
    this.#count++
    if (other === undefined) return
    let alike = 0
    for (let i = 0; i < BINS; i++) if (this.#sketches[other * BINS + i] === this.#bins[i]) alike++
    if (alike >= ALIKE) this.#found(this.near, this.#labels[other] ?? NONE, label, location)
  }

  #found(
    tally: { all: number; conflicting: number },
    held: number,
    label: number,
    location: () => Location,
  ): void {
    tally.all++
    if (held === label || held === NONE || label === NONE) return
    tally.conflicting++
    if (this.locations.length < SHOWN) this.locations.push(location())
  }
}

/** Addresses differ by their ends, whatever they lead to. */
function isAddress(bytes: Uint8Array): boolean {
  return bytes[0] === 0x68 && bytes[1] === 0x74 && bytes[2] === 0x74 && !bytes.includes(0x20)
}

function grown(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2)
  larger.set(values)
  return larger
}

/** Texts that occur again, as they are or nearly, and whether they are labelled otherwise then. */
export class DuplicateRows implements RowDetector {
  readonly #columns = new Map<string, ColumnDuplicates>()
  readonly #labels: LabelReader

  constructor(labels: LabelReader) {
    this.#labels = labels
  }

  cells({ batch, column }: Cells): void {
    const labels = this.#labels.of(batch)
    if (column.name === this.#labels.column) return
    const tally = this.#columns.get(column.name) ?? new ColumnDuplicates()
    if (!this.#columns.has(column.name)) {
      if (this.#columns.size >= COLUMNS) return
      this.#columns.set(column.name, tally)
    }
    for (let i = 0; i < column.ends.length; i++) {
      const label = labels?.[column.rows ? (column.rows[i] ?? 0) : i] ?? NONE
      tally.read(valueBytes(column, i), label, () => locationOf(batch, column, i))
    }
  }

  end(state: State): void {
    for (const [column, { exact, near, values, locations }] of this.#columns) {
      for (const [kind, { all, conflicting }] of [
        ['exact', exact],
        ['near', near],
      ] as const) {
        const percent = values === 0 ? 0 : Math.floor((all * 100) / values)
        if (all > 0)
          state({ kind: 'rows.duplicates', data: { column, form: kind, percent }, count: all, locations: [] })
        if (conflicting === 0) continue
        const share = Math.floor((conflicting * 100) / values)
        state({
          kind: 'rows.conflict',
          data: { column, form: kind, percent: share },
          count: conflicting,
          locations,
        })
      }
    }
  }
}
