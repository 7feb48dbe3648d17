import type { FactDraft } from '../../model/fact.ts'
import { AddressRows } from './addresses.ts'
import type { RowBatch, RowContext } from './batch.ts'
import type { RowDetector } from './detector.ts'
import { InstructionRows } from './instructions.ts'
import { DuplicateRows } from './poison/duplicates.ts'
import { LabelReader } from './poison/labels.ts'
import { LinkRows } from './poison/links.ts'
import { SketchRows } from './poison/sketch.ts'
import { TriggerRows } from './poison/triggers.ts'
import { PersonalRows, SecretRows } from './sensitive.ts'

/** Every detector of rows, for one table. */
function detectors(): readonly RowDetector[] {
  const labels = new LabelReader()
  return [
    new SecretRows(),
    new PersonalRows(),
    new AddressRows(),
    new InstructionRows(),
    new LinkRows(),
    new DuplicateRows(labels),
    new TriggerRows(labels),
    new SketchRows(labels),
  ]
}

/** Runs every detector of text over the rows of a table. */
export async function* scanRows(
  batches: AsyncIterable<RowBatch>,
  { meter, signal }: RowContext,
): AsyncGenerator<FactDraft> {
  const all = detectors()
  const found: FactDraft[] = []
  const state = (draft: FactDraft) => {
    found.push(draft)
  }
  for await (const batch of batches) {
    signal.throwIfAborted()
    for (const column of batch.columns) {
      meter.tick()
      if (column.kind !== 'text' || column.bytes.length === 0) continue
      const { buffer, byteOffset, byteLength } = column.bytes
      const text = Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
      for (const detector of all) detector.cells({ batch, column, text }, state)
      yield* found.splice(0)
    }
  }
  for (const detector of all) detector.end(state)
  yield* found
}
