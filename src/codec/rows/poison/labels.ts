import { type RowBatch, startOf, type TextColumn } from '../batch.ts'

/** Names that columns of labels have in published data sets. */
const NAMES =
  /^(?:.*[._])?(?:labels?|target|class|category|sentiment|y|intent|stars|rating|score|is_\w{1,30}|toxic\w*|polarity|verdict)$/i
/** More different values than these are no labels, or none whose words can be counted. */
export const LABELS = 16
const LONGEST = 64
/** A row that has no label. */
export const NONE = 255

/** Finds the column of labels of a table, and reads it batch by batch. */
export class LabelReader {
  readonly #values = new Map<string, number>()
  #name: string | undefined
  #held: { readonly first: number; readonly labels: Uint8Array | undefined } | undefined

  /** Name of the column, where there is one. */
  get column(): string | undefined {
    return this.#values.size > LABELS ? undefined : this.#name
  }

  /** The label of every row of a batch as a number below `LABELS`; undefined where the table has none. */
  of(batch: RowBatch): Uint8Array | undefined {
    if (this.#held?.first !== batch.first) this.#held = { first: batch.first, labels: this.#read(batch) }
    return this.#held.labels
  }

  text(label: number): string {
    return [...this.#values.keys()][label] ?? ''
  }

  #read(batch: RowBatch): Uint8Array | undefined {
    if (this.#values.size > LABELS) return undefined
    this.#name ??= batch.columns.find(({ name }) => NAMES.test(name))?.name
    const column = batch.columns.find(({ name }) => name === this.#name)
    if (!column) return undefined
    const labels = new Uint8Array(batch.rows).fill(NONE)
    for (let i = 0; i < column.ends.length; i++) {
      const label = this.#label(column, i)
      if (label === undefined) return undefined
      labels[column.rows ? (column.rows[i] ?? 0) : i] = label
    }
    return labels
  }

  #label(column: TextColumn, i: number): number | undefined {
    const from = startOf(column, i)
    const to = column.ends[i] ?? from
    // A long text counts as many: it is no label.
    if (to - from > LONGEST) for (let n = 0; n <= LABELS; n++) this.#values.set(`${n}`.repeat(LONGEST + 1), n)
    const value = Buffer.from(column.bytes.subarray(from, Math.min(to, from + LONGEST))).toString()
    const label = this.#values.get(value) ?? this.#values.size
    this.#values.set(value, label)
    return label >= LABELS ? undefined : label
  }
}
