import type { Meter } from '../bytes/meter.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { crc32c } from './crc32c.ts'
import type { RowBatch } from './rows/batch.ts'
import { RowBatcher } from './rows/batcher.ts'
import { BinaryValues } from './rows/binary.ts'

/** Bytes around the data of a record: its length, the check of that, and of the data. */
const FRAME = 16
const RECORD = 64 * 1024 * 1024
const WINDOW = 1024 * 1024

/** Checks are rotated and shifted, so that one of data with a check inside is no constant. */
export function isMasked(bytes: Uint8Array, masked: number): boolean {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0 === masked >>> 0
}

/** Does a file begin with a record whose length is checked and fits? */
export function isTfRecord(head: Uint8Array, size: number): boolean {
  if (head.length < FRAME) return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const length = Number(view.getBigUint64(0, true))
  return length + FRAME <= size && isMasked(head.subarray(0, 8), view.getUint32(8, true))
}

/** Records of TensorFlow, one after another: the features of those that are `tf.train.Example` are columns. */
export class TfRecords {
  readonly binaries: BinaryValues = new BinaryValues()
  readonly troubles: FormatError[] = []
  rows = 0
  read = 0
  /** Behind the last sound record. */
  end = 0
  /** Records that are no Example; their bytes are a column of their own. */
  others = 0
  readonly #source: ByteSource
  readonly #limit: number
  readonly #meter: Meter
  readonly #batcher = new RowBatcher()
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(source: ByteSource, limit: number, meter: Meter) {
    this.#source = source
    this.#limit = limit
    this.#meter = meter
  }

  get columns(): number {
    return this.#batcher.columns
  }

  async *batches(signal: AbortSignal): AsyncGenerator<RowBatch> {
    while (this.end < this.#source.size) {
      signal.throwIfAborted()
      const data = await this.#record()
      if (data === undefined) break
      const number = this.rows++
      if (data === 'long' || this.read >= this.#limit) continue
      this.read++
      this.#add(data, number)
      if (this.#batcher.isFull) yield* this.#flush()
    }
    yield* this.#flush()
  }

  /** The data of the next record; `long` where it is passed over; undefined where the frame breaks. */
  async #record(): Promise<Uint8Array | 'long' | undefined> {
    const at = this.end
    const head = await this.#view(at, 12)
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    if (head.length < 12) return this.#broken('truncated', 'a record cut short', at)
    if (!isMasked(head.subarray(0, 8), view.getUint32(8, true))) {
      return this.#broken('corrupt', 'the length of a record does not agree with its check', at)
    }
    const length = Number(view.getBigUint64(0, true))
    if (at + FRAME + length > this.#source.size) {
      return this.#broken('truncated', `a record of ${length} bytes that is not all there`, at)
    }
    this.end = at + FRAME + length
    if (length > RECORD) {
      this.troubles.push(new FormatError('limit', `a record of ${length} bytes`, at))
      return 'long'
    }
    const whole = await this.#view(at + 12, length + 4)
    const data = whole.subarray(0, length)
    const check = new DataView(whole.buffer, whole.byteOffset + length, 4).getUint32(0, true)
    if (!isMasked(data, check) && this.troubles.length < 64) {
      this.troubles.push(new FormatError('corrupt', 'the data of a record does not agree with its check', at))
    }
    return data
  }

  #broken(kind: 'truncated' | 'corrupt', message: string, at: number): undefined {
    this.troubles.push(new FormatError(kind, message, at))
    return undefined
  }

  async #view(at: number, length: number): Promise<Uint8Array> {
    if (at < this.#start || at + length > this.#start + this.#window.length) {
      this.#window = Uint8Array.prototype.slice.call(await this.#source.read(at, Math.max(length, WINDOW)))
      this.#start = at
    }
    return this.#window.subarray(at - this.#start, at - this.#start + length)
  }

  #add(data: Uint8Array, number: number): void {
    this.#meter.expand(data.length)
    const row = this.#batcher.begin(number)
    const take = (column: string, value: Uint8Array) => {
      if (this.binaries.take(column, number, value)) this.#batcher.column(column, 'text').add(row, value)
    }
    if (!example(data, take, (column, value) => this.#batcher.column(column, 'scalar').addText(row, value))) {
      this.others++
      take('record', data)
    }
    this.#batcher.end(data.length)
  }

  *#flush(): Generator<RowBatch> {
    const batch = this.#batcher.take()
    if (batch) yield batch
    this.#batcher.clear()
  }
}

/** Fields of one message: number, and the bytes of those that have a length, or the number of those that are one. */
function* fields(bytes: Uint8Array): Generator<readonly [number, Uint8Array | number] | undefined> {
  for (let at = 0; at < bytes.length; ) {
    const [tag, next] = varint(bytes, at)
    const [value, behind] = (tag & 7) === 1 || (tag & 7) === 5 ? [0, next] : varint(bytes, next)
    if (next < 0 || behind < 0) return yield undefined
    const kind = tag & 7
    if (kind === 0) {
      yield [tag >>> 3, value]
      at = behind
    } else if (kind === 2 && behind + value <= bytes.length) {
      yield [tag >>> 3, bytes.subarray(behind, behind + value)]
      at = behind + value
    } else if (kind === 5 || kind === 1) at = next + (kind === 5 ? 4 : 8)
    else return yield undefined
  }
}

function varint(bytes: Uint8Array, from: number): [number, number] {
  let value = 0
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) return [0, -1]
    value += (byte & 127) * 128 ** i
    if (byte < 128) return [value, from + i + 1]
  }
  return [0, -1]
}

/** `tf.train.Example` (example.proto): a map of features, each a list of bytes, floats or integers. False where it is none. */
function example(
  bytes: Uint8Array,
  take: (column: string, value: Uint8Array) => void,
  scalar: (column: string, value: string) => void,
): boolean {
  const found: [string, Uint8Array | number][] = []
  for (const top of fields(bytes)) {
    // SequenceExample has lists of features as its second field, in the same shape.
    if (!top || top[0] > 2 || typeof top[1] === 'number') return false
    for (const entry of fields(top[1])) {
      if (entry?.[0] !== 1 || typeof entry[1] === 'number') return false
      let [name, feature] = ['', new Uint8Array(0)]
      for (const part of fields(entry[1])) {
        if (!part || typeof part[1] === 'number') return false
        if (part[0] === 1) name = Buffer.from(part[1].subarray(0, 200)).toString()
        else feature = Uint8Array.from(part[1])
      }
      for (const value of featureValues(feature)) {
        if (value === undefined) return false
        found.push([name, value])
      }
    }
  }
  for (const [name, value] of found) {
    if (typeof value === 'number') scalar(name, String(value))
    else take(name, value)
  }
  return bytes.length > 0
}

/** One feature: its bytes, or its integer where it is only one. */
function* featureValues(feature: Uint8Array): Generator<Uint8Array | number | undefined> {
  for (const list of fields(feature)) {
    if (!list || typeof list[1] === 'number' || list[0] > 3) return yield undefined
    if (list[0] === 2) continue
    const values = [...fields(list[1])]
    for (const value of values) {
      if (!value) return yield undefined
      if (list[0] === 1) yield value[1]
      // Packed: one number is one byte string of a single varint.
      else if (values.length === 1 && typeof value[1] !== 'number') {
        const [number, end] = varint(value[1], 0)
        if (end === value[1].length) yield number
      }
    }
  }
}
