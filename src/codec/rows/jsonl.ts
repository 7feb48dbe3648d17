import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Encoding } from '../text.ts'
import type { RowBatch } from './batch.ts'
import { RowBatcher } from './batcher.ts'
import { RecordReader, type RecordTrouble } from './records.ts'
import { isSampled } from './sample.ts'
import { utf8Chunks } from './utf8.ts'

const LF = 0x0a
/** Bytes of one line; longer ones are passed over. */
const LINE = 32 * 1024 * 1024

export interface LineTrouble {
  readonly trouble: RecordTrouble | 'duplicate'
  /** The key that is there twice. */
  readonly key: string
  readonly row: number
}

/** Lines of JSON, each a record, from front to back in bounded memory. All lines are counted, those of the sample are read. */
export class JsonLines {
  readonly troubles: FormatError[] = []
  rows = 0
  read = 0
  readonly #source: ByteSource
  readonly #encoding: Encoding
  readonly #limit: number
  readonly #told: (trouble: LineTrouble) => void
  readonly #batcher = new RowBatcher()
  readonly #reader: RecordReader
  readonly #expected: number
  #carry: Buffer[] = []
  #carried = 0

  constructor(
    source: ByteSource,
    head: Uint8Array,
    encoding: Encoding,
    options: {
      readonly limit: number
      readonly depth: number
      readonly told: (trouble: LineTrouble) => void
    },
  ) {
    this.#source = source
    this.#encoding = encoding
    this.#limit = options.limit
    this.#told = options.told
    this.#reader = new RecordReader(this.#batcher, options.depth)
    let lines = 1
    for (const byte of head) if (byte === LF) lines++
    this.#expected = head.length === 0 ? 0 : Math.ceil((lines * source.size) / head.length)
  }

  get columns(): number {
    return this.#batcher.columns
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    for await (const chunk of utf8Chunks(this.#source, this.#encoding, signal)) {
      let start = 0
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        this.#line(chunk, start, end)
        start = end + 1
        if (this.#batcher.isFull) yield* this.#flush()
      }
      if (start < chunk.length) this.#keep(chunk.subarray(start))
    }
    if (this.#carried > 0) this.#line(Buffer.alloc(0), 0, 0)
    yield* this.#flush()
  }

  /** The beginning of a line whose end is in a later chunk. */
  #keep(part: Buffer): void {
    if (this.#carried <= LINE) this.#carry.push(Buffer.from(part))
    this.#carried += part.length
    if (this.#carried > LINE) this.#carry = []
  }

  #line(chunk: Buffer, start: number, end: number): void {
    if (this.#carried + end - start > LINE) this.#tooLong()
    else if (this.#carried > 0) {
      const whole = Buffer.concat([...this.#carry, chunk.subarray(start, end)])
      this.#record(whole, 0, whole.length)
    } else this.#record(chunk, start, end)
    this.#carry = []
    this.#carried = 0
  }

  #tooLong(): void {
    if (this.troubles.length < 64) {
      this.troubles.push(new FormatError('limit', `line ${this.rows + 1} is longer than ${LINE} bytes`))
    }
    this.#batcher.break()
    this.rows++
  }

  #record(bytes: Buffer, start: number, end: number): void {
    if (isBlank(bytes, start, end)) return
    const number = this.rows++
    if (this.read >= this.#limit || !isSampled(number, this.#expected, this.#limit)) {
      this.#batcher.break()
      return
    }
    const row = this.#batcher.begin(number)
    this.read++
    const result = this.#reader.read(bytes, start, end, row)
    const { duplicate } = this.#reader
    if (duplicate !== undefined) this.#told({ trouble: 'duplicate', key: duplicate, row: number })
    if (typeof result === 'number' && isBlank(bytes, result, end)) this.#batcher.end(end - start)
    else {
      this.#told({ trouble: typeof result === 'number' ? 'syntax' : result, key: '', row: number })
      // What is no record is text all the same.
      this.#batcher.column('', 'text').add(row, bytes.subarray(start, end))
      this.#batcher.end(2 * (end - start))
    }
  }

  *#flush(): Generator<RowBatch> {
    const batch = this.#batcher.take()
    if (batch) yield batch
    this.#batcher.clear()
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false
  }
  return true
}
