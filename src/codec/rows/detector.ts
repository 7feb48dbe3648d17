import type { FactDraft, Location } from '../../model/fact.ts'
import { type RowBatch, startOf, type TextColumn } from './batch.ts'

/** A column of one batch as detectors see it. */
export interface Cells {
  readonly batch: RowBatch
  readonly column: TextColumn
  /** All values as one byte a character, with a line feed between them: patterns of ASCII run over it as it is. */
  readonly text: string
}

/** Takes what is found. */
export type State = (draft: FactDraft) => void

/** Looks for one kind of thing in the text of rows; sees all batches of one table. */
export interface RowDetector {
  cells(cells: Cells, state: State): void
  /** What only all rows together show. */
  end(state: State): void
}

/** The value in which a place of the column's bytes lies. */
export function valueAt({ ends }: TextColumn, place: number): number {
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) >= place) high = middle
    else low = middle + 1
  }
  return low
}

/** The number of a value's row in its table. */
export function rowOf({ first }: RowBatch, { rows }: TextColumn, value: number): number {
  return first + (rows ? (rows[value] ?? 0) : value)
}

/** The bytes of one value. */
export function valueBytes(column: TextColumn, value: number): Uint8Array {
  return column.bytes.subarray(startOf(column, value), column.ends[value])
}

/** Where reports say that a value stands: row and column, as a pointer into the table. */
export function locationOf(batch: RowBatch, column: TextColumn, value: number, text?: string): Location {
  const at = { pointer: `/${rowOf(batch, column, value)}/${column.name}` }
  return text === undefined ? { at } : { at, text }
}
