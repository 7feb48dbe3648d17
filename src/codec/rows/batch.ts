import type { Meter } from '../../bytes/meter.ts'
import type { FactDraft } from '../../model/fact.ts'

/**
 * Some values of one column as UTF-8, back to back: value `i` is `bytes[ends[i - 1] ?? 0, ends[i])`. No object per value, so that
 * a detector first runs over all of `bytes` and looks for the value only where something matched. Values are separated by
 * one line feed, which belongs to none of them (`ends[i]` is the place of that line feed; the next value begins behind
 * it), so that nothing matches across two values.
 */
export interface TextColumn {
  /** Dotted path of the column in the table; the empty string where rows are plain lines. */
  readonly name: string
  /** `text`: what people wrote. `scalar`: numbers, booleans and dates spelt out, for statistics that need labels. */
  readonly kind: 'text' | 'scalar'
  /** Valid until the next batch is asked for. */
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
  /**
   * Row of every value, counted from the batch's `first`, ascending: nulls are left out, and a list gives several
   * values to one row. Absent where value `i` is that of row `i`.
   */
  readonly rows?: Uint32Array
}

/** A run of consecutive rows. */
export interface RowBatch {
  /** Number of the first row, from 0, in the whole table. */
  readonly first: number
  /** How many rows the run has. */
  readonly rows: number
  readonly columns: readonly TextColumn[]
}

/** What whoever reads rows needs beside them. */
export interface RowContext {
  readonly meter: Meter
  readonly signal: AbortSignal
}

/** Reads rows as text and states what is in them; batches are consumed one after another, and none is kept. */
export type RowScan = (batches: AsyncIterable<RowBatch>, context: RowContext) => AsyncGenerator<FactDraft>

/** Rows read of a table unless `--rows` says otherwise. */
export const ROWS: number = 100_000

const LINE_FEED = 0x0a
const SHORT = 48

/** Where value `i` of a column begins. */
export function startOf({ ends }: Pick<TextColumn, 'ends'>, i: number): number {
  return i === 0 ? 0 : (ends[i - 1] ?? 0) + 1
}

/** Gathers the values of one column, and is used again for the next batch. */
export class ColumnBuilder {
  readonly name: string
  readonly kind: TextColumn['kind']
  #bytes: Buffer = Buffer.allocUnsafe(4096)
  #length = 0
  #ends = new Uint32Array(256)
  #rows = new Uint32Array(256)
  #count = 0

  constructor(name: string, kind: TextColumn['kind']) {
    this.name = name
    this.kind = kind
  }

  /** Bytes held so far. */
  get length(): number {
    return this.#length
  }

  /** Values held so far. */
  get count(): number {
    return this.#count
  }

  add(row: number, value: Uint8Array): void {
    this.#room(value.length)
    this.#bytes.set(value, this.#length)
    this.#close(row, value.length)
  }

  addText(row: number, value: string): void {
    const room = value.length * 3
    this.#room(room)
    this.#close(row, this.#bytes.write(value, this.#length))
  }

  /** Adds the bytes of a value that are from `start` to `end` in another buffer; `close` ends the value. */
  append(from: Buffer, start: number, end: number): void {
    this.#room(end - start)
    // Making a view of a short value takes longer than copying it.
    if (end - start > SHORT) from.copy(this.#bytes, this.#length, start, end)
    else for (let i = start, at = this.#length; i < end; i++) this.#bytes[at++] = from[i] ?? 0
    this.#length += end - start
  }

  close(row: number): void {
    this.#room(0)
    this.#close(row, 0)
  }

  /** The column so far; valid until `clear` or `add`. */
  column(): TextColumn {
    return {
      name: this.name,
      kind: this.kind,
      bytes: this.#bytes.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#count),
      rows: this.#rows.subarray(0, this.#count),
    }
  }

  clear(): void {
    this.#length = 0
    this.#count = 0
  }

  #close(row: number, length: number): void {
    if (this.#count === this.#ends.length) {
      this.#ends = doubled(this.#ends)
      this.#rows = doubled(this.#rows)
    }
    this.#length += length
    this.#ends[this.#count] = this.#length
    this.#rows[this.#count++] = row
    this.#bytes[this.#length++] = LINE_FEED
  }

  #room(count: number): void {
    const wanted = this.#length + count + 1
    if (wanted <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length * 2)
  larger.set(values)
  return larger
}
