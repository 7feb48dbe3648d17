import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'

/** Decompressed bytes of one buffer, and of what is read of one at a time. */
export const BUFFER: number = 64 * 1024 * 1024

/** Reads so many values, from the first to be read on; nulls are empty or anything. */
export type Read = (from: number, count: number) => Promise<Iterable<Uint8Array>>

export function strings(offsets: ByteSource, data: ByteSource, width: 4 | 8): Read {
  return async (from, count) => {
    const raw = Uint8Array.prototype.slice.call(await offsets.read(from * width, (count + 1) * width))
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    if (raw.length < (count + 1) * width)
      throw new FormatError('corrupt', 'fewer values than a record batch says')
    const at = (i: number) =>
      width === 8 ? Number(view.getBigInt64(i * 8, true)) : view.getInt32(i * 4, true)
    return within(data, at, count)
  }
}

/** The values between offsets, read in one piece where they are near enough. */
async function within(data: ByteSource, at: (i: number) => number, count: number): Promise<Uint8Array[]> {
  const [start, end] = [at(0), at(count)]
  if (start < 0 || end < start || end > data.size)
    throw new FormatError('corrupt', 'values outside their buffer')
  if (end - start > BUFFER) throw new FormatError('limit', `${count} values of ${end - start} bytes`)
  const bytes = Uint8Array.prototype.slice.call(await data.read(start, end - start))
  const values: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const [from, to] = [at(i) - start, at(i + 1) - start]
    if (from < 0 || to < from || to > bytes.length)
      throw new FormatError('corrupt', 'values outside their buffer')
    values.push(bytes.subarray(from, to))
  }
  return values
}

/** Utf8View: sixteen bytes each, short ones in place, others by buffer and offset. */
export function views(table: ByteSource, data: readonly ByteSource[]): Read {
  return async (from, count) => {
    const raw = Uint8Array.prototype.slice.call(await table.read(from * 16, count * 16))
    if (raw.length < count * 16) throw new FormatError('corrupt', 'fewer values than a record batch says')
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    const values: Uint8Array[] = []
    let total = 0
    for (let i = 0; i < count; i++) {
      const length = view.getInt32(i * 16, true)
      if (length >= 0 && length <= 12) {
        values.push(raw.subarray(i * 16 + 4, i * 16 + 4 + length))
        continue
      }
      const [buffer, offset] = [data[view.getInt32(i * 16 + 8, true)], view.getInt32(i * 16 + 12, true)]
      total += length
      if (!buffer || length < 0 || offset < 0 || offset + length > buffer.size) {
        throw new FormatError('corrupt', 'a value outside its buffer')
      }
      if (total > BUFFER) throw new FormatError('limit', 'values too large for one batch of rows')
      values.push(Uint8Array.prototype.slice.call(await buffer.read(offset, length)))
    }
    return values
  }
}

export function integers(data: ByteSource, width: number): Read {
  return async (from, count) => {
    const raw = Uint8Array.prototype.slice.call(await data.read(from * width, count * width))
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    const read = [0, 1, 2, 4, 8].includes(width) && raw.length >= count * width
    if (!read || width === 0) throw new FormatError('corrupt', 'fewer numbers than a record batch says')
    return Array.from({ length: count }, (_, i) => Buffer.from(String(integerAt(view, i, width))))
  }
}

function integerAt(view: DataView, i: number, width: number): number | bigint {
  if (width === 1) return view.getInt8(i)
  if (width === 2) return view.getInt16(i * 2, true)
  return width === 4 ? view.getInt32(i * 4, true) : view.getBigInt64(i * 8, true)
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

export function booleans(data: ByteSource): Read {
  return async (from, count) => {
    const raw = Uint8Array.prototype.slice.call(await data.read(from >> 3, (count >> 3) + 2))
    return Array.from({ length: count }, (_, i) => {
      const bit = (from & 7) + i
      return ((raw[bit >> 3] ?? 0) >> (bit & 7)) & 1 ? TRUE : FALSE
    })
  }
}
