import { isAscii } from 'node:buffer'
import { readProse } from '../prose/prose.ts'
import { scan } from '../prose/scan.ts'
import { GROUP } from '../prose/words.ts'
import { mayTell } from '../prose/worth.ts'
import { startOf, type TextColumn } from './batch.ts'
import { type Cells, locationOf, type RowDetector, type State } from './detector.ts'

/** Shorter values than this say nothing. */
const LEAST = 4
/** A long value is read in windows, which overlap, so that no reading ever runs into its bounds. */
const WINDOW = 16 * 1024
const OVERLAP = 1024
/** Commands and markup: in data these say something only beside signals. */
const CLOSER = GROUP.turn | GROUP.rot

/**
 * What rows say to a model that learns or reads them: injected instructions, tokens of chat templates, texts that free a
 * model of its rules, and what people do not see. Values are read by themselves: rows do not speak together.
 */
export class InstructionRows implements RowDetector {
  cells(cells: Cells, state: State): void {
    const { column } = cells
    const ascii = isAscii(column.bytes)
    for (let i = 0; i < column.ends.length; i++) {
      const [start, end] = [startOf(column, i), column.ends[i] ?? 0]
      if (ascii ? mayTell(column.bytes, start, end) : end - start >= LEAST)
        this.#value(cells, i, ascii, state)
    }
  }

  end(): void {}

  #value({ batch, column, text }: Cells, i: number, ascii: boolean, state: State): void {
    const [start, end] = [startOf(column, i), column.ends[i] ?? 0]
    for (let from = start; from < end; from += WINDOW - OVERLAP) {
      const to = Math.min(end, from + WINDOW)
      const part = ascii ? text.slice(from, to) : decoded(column, from, to)
      if (isTelling(part)) {
        const { at } = locationOf(batch, column, i)
        const place = { field: column.name, ...(at ? { at } : {}) }
        for (const draft of readProse(part, 'data', place).facts) state(draft)
      }
      if (to === end) break
    }
  }
}

/** Is there more than words that occur everywhere? */
function isTelling(text: string): boolean {
  const { segments, groups, isOdd } = scan(text)
  return segments.length > 0 || isOdd || (groups & CLOSER) !== 0
}

function decoded({ bytes }: TextColumn, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
