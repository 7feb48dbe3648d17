import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Encoding } from '../text.ts'
import type { ColumnBuilder, RowBatch } from './batch.ts'
import { RowBatcher } from './batcher.ts'
import { isSampled } from './sample.ts'
import { utf8Chunks } from './utf8.ts'

const QUOTE = 0x22
const LF = 0x0a
const CR = 0x0d
/** Bytes of one field; and of the head that tells the dialect. */
const FIELD = 16 * 1024 * 1024
const HEAD = 64 * 1024
/** Bytes of the beginning of a field that are looked at for a formula. */
const PREFIX = 256

export interface CsvDialect {
  readonly delimiter: ',' | '\t' | ';' | '|'
  /** The first row names the columns. */
  readonly header: boolean
}

/** What the beginning of a text says of how it is separated; undefined where no separator gives its lines columns. */
export function csvDialect(head: Uint8Array): CsvDialect | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD)).toString('latin1')
  const lines = text.replaceAll(/"(?:[^"]|"")*"/g, '""').split(/\r\n|\n|\r/)
  const whole = (head.length >= HEAD ? lines.slice(0, -1) : lines).filter((line) => line !== '').slice(0, 50)
  const first = whole[0]
  if (first === undefined) return undefined
  const scored = ([',', '\t', ';', '|'] as const).map((delimiter) => {
    const counts = whole.map((line) => line.split(delimiter).length - 1)
    const [wanted = 0] = counts
    return { delimiter, wanted, agree: counts.filter((n) => n === wanted).length / counts.length }
  })
  const best = scored.filter((s) => s.wanted > 0).sort((a, b) => b.agree - a.agree || b.wanted - a.wanted)[0]
  const delimiter = best?.delimiter ?? ','
  const names = text.split(/\r\n|\n|\r/)[0]?.split(delimiter) ?? []
  const header = names.every((name) => !/^"?[-+]?\d[\d.,eE+-]*"?$/.test(name) && name.length < 200)
  return { delimiter, header }
}

type State = 0 | 1 | 2 | 3 | 4
const START = 0
const BARE = 1
const QUOTED = 2
const CLOSED = 3
/** Behind a carriage return. */
const RETURN = 4

/** A field that a spreadsheet would calculate. */
export interface Formula {
  readonly column: string
  readonly row: number
  readonly text: string
}

/**
 * Reads separated text (RFC 4180 and its kin) from front to back in bounded memory, whatever it does with quotes and line
 * ends. Every field is looked at for formulas; the rows of the sample are handed on as text.
 */
export class CsvRows {
  readonly troubles: FormatError[] = []
  readonly dialect: CsvDialect
  /** Rows behind the header, and those handed on. */
  rows = 0
  read = 0
  /** Kinds of line ends seen. */
  readonly newlines = new Set<'lf' | 'crlf' | 'cr'>()
  /** Rows with more or fewer fields than the first. */
  ragged = 0
  /** The last field is in quotes that never close. */
  unclosed: boolean = false
  readonly #source: ByteSource
  readonly #encoding: Encoding
  readonly #limit: number
  readonly #formula: (formula: Formula) => void
  readonly #batcher = new RowBatcher()
  readonly #names: string[] = []
  readonly #builders: ColumnBuilder[] = []
  readonly #expected: number
  readonly #prefix = Buffer.alloc(PREFIX)
  readonly #separator: number
  #isHeader: boolean
  /** Of the row being read: fields so far, whether it is handed on, its number in the batch, its bytes. */
  #fields = 0
  #begun: boolean = false
  #isRead: boolean = false
  #row = 0
  #rowBytes = 0
  /** Of the field being read. */
  #length = 0
  #sign = 0
  #width = 0
  #state: State = START
  #start = 0

  /** @param head the first bytes, which tell how many rows to expect */
  constructor(
    source: ByteSource,
    head: Uint8Array,
    encoding: Encoding,
    dialect: CsvDialect,
    limit: number,
    formula: (f: Formula) => void,
  ) {
    this.#source = source
    this.#encoding = encoding
    this.dialect = dialect
    this.#limit = limit
    this.#formula = formula
    this.#isHeader = dialect.header
    this.#separator = dialect.delimiter.charCodeAt(0)
    this.#expected = expectedRows(head, source.size)
  }

  get columns(): number {
    return this.#batcher.columns
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    for await (const chunk of utf8Chunks(this.#source, this.#encoding, signal)) {
      this.#start = 0
      for (let i = 0; i < chunk.length; i++) {
        i = this.#step(chunk, i)
        if (this.#batcher.isFull && !this.#begun) yield* this.#flush()
      }
      if (this.#state !== RETURN) this.#part(chunk, this.#start, chunk.length)
    }
    this.unclosed = this.#state === QUOTED
    if (this.#begun) this.#endRow()
    yield* this.#flush()
  }

  /** One byte, or as many as mean nothing; returns the place of the last one read. */
  #step(chunk: Buffer, from: number): number {
    let i = from
    if (this.#state === QUOTED) {
      i = chunk.indexOf(QUOTE, i)
      if (i === -1) return chunk.length
      this.#part(chunk, this.#start, i)
      this.#start = i + 1
      this.#state = CLOSED
      return i
    }
    if (this.#state === RETURN) {
      this.#state = START
      this.newlines.add(chunk[i] === LF ? 'crlf' : 'cr')
      this.#start = chunk[i] === LF ? i + 1 : i
      if (chunk[i] === LF) return i
    }
    if (this.#state === BARE) {
      while (i < chunk.length && chunk[i] !== this.#separator && chunk[i] !== LF && chunk[i] !== CR) i++
      if (i === chunk.length) return i
    }
    const byte = chunk[i]
    if (byte === QUOTE && this.#state === START) {
      this.#state = QUOTED
      this.#start = i + 1
      this.#begin()
    } else if (byte === QUOTE && this.#state === CLOSED) {
      // The second of two quotes, which stand for one: it belongs to the field.
      this.#state = QUOTED
      this.#start = i
    } else if (byte === this.#separator || byte === LF || byte === CR) this.#delimit(chunk, i)
    else this.#state = BARE
    return i
  }

  #delimit(chunk: Buffer, i: number): void {
    const byte = chunk[i]
    this.#part(chunk, this.#start, i)
    this.#start = i + 1
    if (byte === LF) this.newlines.add('lf')
    this.#state = byte === CR ? RETURN : START
    if (byte === this.#separator) {
      this.#begin()
      this.#endField()
    } else if (this.#begun) this.#endRow()
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.#isRead =
      !this.#isHeader && this.read < this.#limit && isSampled(this.rows, this.#expected, this.#limit)
    if (this.#isRead) this.#row = this.#batcher.begin(this.rows)
    else this.#batcher.break()
  }

  /** A part of a field; parts beyond what is held are dropped, and told. */
  #part(chunk: Buffer, start: number, end: number): void {
    const length = end - start
    if (length <= 0) return
    this.#begin()
    if (this.#length === 0) this.#sign = chunk[start] ?? 0
    if (this.#isHeader || MAY_CALCULATE[this.#sign] === 1) {
      const wanted = Math.min(length, Math.max(0, PREFIX - this.#length))
      chunk.copy(this.#prefix, this.#length, start, start + wanted)
    }
    const room = FIELD - this.#length
    if (room >= 0 && length > room) {
      this.troubles.push(
        new FormatError('limit', `a field of more than ${FIELD} bytes in row ${this.rows + 1}`),
      )
    }
    this.#length += length
    if (this.#isRead && room > 0) this.#builder().append(chunk, start, start + Math.min(length, room))
  }

  #builder(): ColumnBuilder {
    const held = this.#builders[this.#fields]
    if (held) return held
    const builder = this.#batcher.column(this.#name(), 'text')
    // Rows of a million fields have no columns of their own.
    if (this.#fields < 1000) this.#builders[this.#fields] = builder
    return builder
  }

  #name(): string {
    return this.#names[this.#fields] ?? `column ${this.#fields + 1}`
  }

  #beginning(): string {
    return this.#prefix.toString('utf8', 0, Math.min(PREFIX, this.#length))
  }

  #endField(): void {
    if (this.#isHeader && this.#fields < 1000) this.#names.push(this.#beginning().trim().slice(0, 100))
    if (this.#length > 1 && MAY_CALCULATE[this.#sign] === 1) {
      this.#formula({ column: this.#isHeader ? '' : this.#name(), row: this.rows, text: this.#beginning() })
    }
    if (this.#isRead && this.#length > 0) this.#builder().close(this.#row)
    this.#rowBytes += this.#length
    this.#length = 0
    this.#fields++
  }

  #endRow(): void {
    this.#endField()
    if (this.#width === 0) this.#width = this.#fields
    else if (this.#fields !== this.#width) this.ragged++
    if (this.#isRead) {
      this.read++
      this.#batcher.end(this.#rowBytes)
    }
    if (!this.#isHeader) this.rows++
    this.#isHeader = false
    this.#begun = false
    this.#isRead = false
    this.#fields = 0
    this.#rowBytes = 0
  }

  *#flush(): Generator<RowBatch> {
    const batch = this.#batcher.take()
    if (batch) yield batch
    this.#batcher.clear()
  }
}

const MAY_CALCULATE = new Uint8Array(256)
for (const sign of '=+-@\t\r') MAY_CALCULATE[sign.charCodeAt(0)] = 1

function expectedRows(head: Uint8Array, size: number): number {
  let lines = 1
  for (const byte of head) if (byte === LF) lines++
  return head.length === 0 ? 0 : Math.ceil((lines * size) / head.length)
}
