import { memorySource } from '../../bytes/memory.ts'
import type { RowBatch } from '../../codec/rows/batch.ts'
import type { BinaryValues } from '../../codec/rows/binary.ts'
import { scanRows } from '../../codec/rows/taps.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { ROW_FACTS } from '../../model/row-facts.ts'
import type { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext } from '../inspector.ts'

/** What every inspector of a table may state. */
export const TABLE_FACTS: FactCatalogue = {
  ...ROW_FACTS,
  'data.binary': {
    about:
      'Values of a column are files of their own (`form`: pickle, zip, elf, pe, npy, hdf5, gzip, wasm); pickles and programs ' +
      'are all inspected, of the others a few.',
    fields: { column: 'string', form: 'string', values: 'number' },
  },
}

/** A table that can be read as rows of text, whatever its format. */
export interface Table {
  readonly columns: number
  /** Rows there are, as far as it is read or as it says. */
  readonly rows: number
  /** Rows read so far. */
  readonly read: number
  readonly binaries?: BinaryValues
  /** What broke parts of it; grows while it is read. */
  readonly troubles: readonly FormatError[]
  batches(signal: AbortSignal): AsyncIterable<RowBatch>
}

/** Reads the rows of a table as text, hands on the files among its values, and says how many rows were read. */
export async function* tableRows(table: Table, context: InspectContext): AsyncGenerator<Emission> {
  const { meter, signal } = context
  for await (const draft of scanRows(table.batches(signal), { meter, signal }))
    yield { type: 'fact', ...draft }
  yield* binaryFiles(table.binaries)
  yield fact('data.rows', {
    read: table.read,
    total: table.rows,
    columns: table.columns,
    sampled: table.read < table.rows,
  })
  for (const { kind, message, offset } of table.troubles) {
    yield { type: 'damage', kind, message, ...(offset === undefined ? {} : { at: { offset } }) }
  }
}

function* binaryFiles(binaries: BinaryValues | undefined): Generator<Emission> {
  if (!binaries) return
  for (const { column, form, values } of binaries.counts.values()) {
    yield fact('data.binary', { column: column.slice(0, 200), form, values })
  }
  for (const { column, row, bytes } of binaries.files) {
    yield {
      type: 'child',
      name: anonymousName(`${column.slice(0, 100)}[${row}]`),
      bytes: memorySource(bytes),
    }
  }
  if (binaries.exceeded) {
    const message = 'more pickles or programs among the values than are inspected'
    yield { type: 'damage', kind: 'limit', message }
  }
}
