import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { ColumnBuilder, type RowBatch, type TextColumn } from '../rows/batch.ts'
import { BinaryValues } from '../rows/binary.ts'
import { sampleParts } from '../rows/sample.ts'
import { ColumnReader } from './column.ts'
import type { Footer, Group, Leaf } from './footer.ts'

/** Bytes of one column that make a batch, and rows. */
const BATCH_BYTES = 2 * 1024 * 1024
const BATCH_ROWS = 16_384
/** Columns read beside each other: each holds a page and a dictionary. A wider table comes in several passes. */
const BESIDE = 48

interface Column {
  readonly leaf: Leaf
  readonly builder: ColumnBuilder
  readonly reader: ColumnReader
}

/**
 * The rows of a Parquet file as batches of text. What breaks a column is kept in `troubles`; the other columns and the row groups
 * behind it are read all the same.
 */
export class ParquetRows {
  readonly binaries: BinaryValues = new BinaryValues()
  readonly troubles: FormatError[] = []
  /** Rows that were read. */
  read = 0
  readonly #source: ByteSource
  readonly #footer: Footer
  readonly #meter: Meter
  readonly #shares: readonly number[]
  readonly #wanted: readonly number[]

  constructor(source: ByteSource, footer: Footer, limit: number, meter: Meter) {
    this.#source = source
    this.#footer = footer
    this.#meter = meter
    this.#shares = sampleParts(
      footer.groups.map((group) => group.rows),
      limit,
    )
    this.#wanted = footer.leaves.flatMap((leaf, i) => (isRead(leaf) ? [i] : []))
  }

  get rows(): number {
    return this.#footer.rows
  }

  /** How many columns are read. */
  get columns(): number {
    return this.#wanted.length
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    let first = 0
    for (const [index, group] of this.#footer.groups.entries()) {
      const share = this.#shares[index] ?? 0
      for (let from = 0; from < this.#wanted.length && share > 0; from += BESIDE) {
        signal.throwIfAborted()
        yield* this.#group(group, this.#wanted.slice(from, from + BESIDE), first, share)
      }
      this.read += share
      first += group.rows
    }
  }

  async *#group(
    group: Group,
    wanted: readonly number[],
    first: number,
    share: number,
  ): AsyncGenerator<RowBatch> {
    const columns = wanted.flatMap((i) => this.#open(group, i))
    try {
      let done = 0
      while (done < share && columns.length > 0) {
        let rows = Math.min(BATCH_ROWS, share - done)
        const filled: TextColumn[] = []
        // The first column decides how many rows make a batch.
        for (const column of [...columns]) {
          column.builder.clear()
          const took = await this.#take(
            column,
            rows,
            filled.length === 0 ? BATCH_BYTES : Number.POSITIVE_INFINITY,
            first + done,
          )
          if (took === undefined) columns.splice(columns.indexOf(column), 1)
          else {
            if (filled.length === 0) rows = took
            filled.push(column.builder.column())
          }
        }
        if (rows === 0 || filled.length === 0) break
        this.#meter.expand(filled.reduce((sum, { bytes }) => sum + bytes.length, 0))
        yield { first: first + done, rows, columns: filled }
        done += rows
      }
      if (done < share && columns.length > 0)
        this.#trouble(new FormatError('truncated', `a row group of ${group.rows} rows has only ${done}`))
    } finally {
      for (const { reader } of columns) reader.close()
    }
  }

  #open(group: Group, index: number): Column[] {
    const [leaf, chunk] = [this.#footer.leaves[index], group.chunks[index]]
    // A column in another file is an edge, and an encrypted one is told by whoever lists the columns.
    if (!leaf || !chunk || chunk.encrypted || chunk.filePath !== '') return []
    try {
      const reader = new ColumnReader(this.#source, leaf, chunk, this.#footer.offset, this.#meter)
      const builder = new ColumnBuilder(
        leaf.path,
        leaf.holds === 'text' || leaf.holds === 'binary' ? 'text' : 'scalar',
      )
      return [{ leaf, builder, reader }]
    } catch (error) {
      this.#trouble(error)
      return []
    }
  }

  async #take(column: Column, rows: number, most: number, base: number): Promise<number | undefined> {
    const { leaf, builder, reader } = column
    const binary =
      leaf.holds === 'binary'
        ? (row: number, value: Uint8Array) => this.binaries.take(leaf.path, base + row, value)
        : undefined
    try {
      return await reader.take(builder, rows, most, binary)
    } catch (error) {
      this.#trouble(error)
      reader.close()
      return undefined
    }
  }

  #trouble(error: unknown): void {
    if (!(error instanceof FormatError)) throw error
    if (this.troubles.length < 64) this.troubles.push(error)
  }
}

/** Text, what may be text, and the numbers that a label can be. */
function isRead(leaf: Leaf): boolean {
  return (
    leaf.holds === 'text' ||
    leaf.holds === 'binary' ||
    ((leaf.holds === 'integer' || leaf.holds === 'boolean') && leaf.repetition === 0)
  )
}
