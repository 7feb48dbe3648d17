import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import type { FormatError } from '../../model/trouble.ts'
import type { RowBatch } from './batch.ts'
import { RowBatcher } from './batcher.ts'
import { RecordReader } from './records.ts'

const OPEN_ARRAY = 0x5b
const COMMA = 0x2c

/** One JSON value as a table: the elements of a list are its rows, anything else is one. Held in memory while it is read. */
export class JsonDocument {
  readonly troubles: FormatError[] = []
  rows = 0
  read = 0
  readonly #source: ByteSource
  readonly #limit: number
  readonly #meter: Meter
  readonly #batcher = new RowBatcher()

  constructor(source: ByteSource, limit: number, meter: Meter) {
    this.#source = source
    this.#limit = limit
    this.#meter = meter
  }

  get columns(): number {
    return this.#batcher.columns
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    const { size } = this.#source
    this.#meter.hold(size)
    try {
      const view = await this.#source.read(0, size, signal)
      const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
      const reader = new RecordReader(this.#batcher, this.#meter.limits.jsonDepth)
      let at = skip(bytes, bytes[0] === 0xef ? 3 : 0)
      const isList = bytes[at] === OPEN_ARRAY
      if (isList) at = skip(bytes, at + 1)
      while (at < bytes.length && bytes[at] !== 0x5d) {
        // Elements behind the sample are read for their number only, into a batch that nobody gets.
        const row = this.#batcher.begin(this.rows)
        const end = reader.read(bytes, at, bytes.length, row)
        // What is no JSON, the inspector of JSON tells.
        if (typeof end !== 'number') break
        if (this.rows++ < this.#limit) this.read++
        this.#batcher.end(end - at)
        at = skip(bytes, end)
        if (!isList || bytes[at] !== COMMA) break
        at = skip(bytes, at + 1)
        if (this.#batcher.isFull) yield* this.#flush()
      }
      yield* this.#flush()
    } finally {
      this.#meter.release(size)
    }
  }

  *#flush(): Generator<RowBatch> {
    const batch = this.#batcher.take()
    if (batch && batch.first < this.#limit) yield batch
    this.#batcher.clear()
  }
}

function skip(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at++
  return at
}
