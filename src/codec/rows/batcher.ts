import { ColumnBuilder, type RowBatch } from './batch.ts'

const BATCH_BYTES = 1024 * 1024
const BATCH_ROWS = 8192
/** Columns of a table whose names come with its rows; the values of further ones share one column. */
const COLUMNS = 1000
const OTHERS = '*'

/** Gathers rows of a table whose columns show as it is read. */
export class RowBatcher {
  readonly #builders: ColumnBuilder[] = []
  readonly #byName = new Map<string, ColumnBuilder>()
  #first = 0
  #rows = 0
  #bytes = 0
  #gap: boolean = false

  /** Number of columns seen. */
  get columns(): number {
    return this.#builders.length
  }

  /** The column of that name, made where it is new. */
  column(name: string, kind: ColumnBuilder['kind']): ColumnBuilder {
    const key = `${kind[0]}${name}`
    const held = this.#byName.get(key)
    if (held) return held
    const isOther = this.#builders.length >= COLUMNS
    const builder = isOther && name !== OTHERS ? this.column(OTHERS, kind) : new ColumnBuilder(name, kind)
    if (builder.name === name) this.#builders.push(builder)
    if (!isOther) this.#byName.set(key, builder)
    else if (builder.name === OTHERS) this.#byName.set(`${kind[0]}${OTHERS}`, builder)
    return builder
  }

  /** Begins the row of that number in the table; returns its number in the batch. */
  begin(number: number): number {
    if (this.#rows === 0) this.#first = number
    this.#rows = number - this.#first + 1
    return number - this.#first
  }

  /** The row that was begun has so many bytes. */
  end(bytes: number): void {
    this.#bytes += bytes
  }

  /** The next row is not the one behind the last: the batch must be taken first. */
  break(): void {
    this.#gap = this.#rows > 0
  }

  get isFull(): boolean {
    return this.#bytes >= BATCH_BYTES || this.#rows >= BATCH_ROWS || this.#gap
  }

  /** The rows so far, if any; valid until the next row begins. */
  take(): RowBatch | undefined {
    if (this.#rows === 0) return undefined
    const columns = this.#builders.filter((b) => b.count > 0).map((b) => b.column())
    const batch = { first: this.#first, rows: this.#rows, columns }
    this.#rows = 0
    this.#bytes = 0
    this.#gap = false
    return batch
  }

  /** Forgets the rows that were taken. */
  clear(): void {
    for (const builder of this.#builders) builder.clear()
  }
}
