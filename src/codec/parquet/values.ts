import { FormatError } from '../../model/trouble.ts'
import type { Leaf } from './footer.ts'
import { type PageCursor, readDeltas, readHybrid } from './levels.ts'

/** Bytes that values of one page may come to: front-coded ones share what they begin with, and can multiply. */
const PAGE_VALUES = 64 * 1024 * 1024

/** The values of a page that are not null: bytes by place, or numbers; through a dictionary where there are indices. */
export interface Values {
  readonly count: number
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly numbers: Float64Array | undefined
  readonly indices: Uint32Array | undefined
}

const NONE = new Uint32Array(0)
const EMPTY = new Uint8Array(0)

const numeric = (numbers: Float64Array): Values => ({
  count: numbers.length,
  bytes: EMPTY,
  starts: NONE,
  ends: NONE,
  numbers,
  indices: undefined,
})

/** @param encoding number of `Encoding` in parquet.thrift */
export function readValues(
  page: PageCursor,
  leaf: Leaf,
  encoding: number,
  count: number,
  dictionary: Values | undefined,
): Values {
  switch (encoding) {
    case 0:
      return plain(page, leaf, count)
    case 2:
    case 8:
      return indexed(page, count, dictionary)
    case 3:
      return numeric(Float64Array.from(readHybrid(page, 1, count, runsEnd(page))))
    case 5:
      return numeric(readDeltas(page, count))
    case 6:
      return lengths(page, count)
    case 7:
      return frontCoded(page, count)
    default:
      throw new FormatError('unsupported', `values in encoding ${encoding}`)
  }
}

/** Booleans in runs have their length before them. */
function runsEnd(page: PageCursor): number {
  const length = page.u32()
  page.need(length)
  return page.at + length
}

function indexed(page: PageCursor, count: number, dictionary: Values | undefined): Values {
  if (!dictionary) throw new FormatError('corrupt', 'values of a dictionary that is not there')
  const width = count === 0 ? 0 : page.u8()
  const indices = readHybrid(page, width, count, page.bytes.length)
  for (const index of indices) {
    if (index >= dictionary.count) throw new FormatError('corrupt', 'a value beyond its dictionary')
  }
  return { ...dictionary, count, indices }
}

function plain(page: PageCursor, leaf: Leaf, count: number): Values {
  if (leaf.type === 'BYTE_ARRAY') return byteArrays(page, count)
  if (leaf.type === 'BOOLEAN') {
    page.need(Math.ceil(count / 8))
    const bits = page.bytes.subarray(page.at)
    return numeric(Float64Array.from({ length: count }, (_, i) => ((bits[i >> 3] ?? 0) >> (i & 7)) & 1))
  }
  const wide = leaf.type === 'INT64'
  page.need(count * (wide ? 8 : 4))
  const numbers = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    numbers[i] = wide
      ? Number(page.view.getBigInt64(page.at + i * 8, true))
      : page.view.getInt32(page.at + i * 4, true)
  }
  return numeric(numbers)
}

function byteArrays(page: PageCursor, count: number): Values {
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)]
  let { at } = page
  for (let i = 0; i < count; i++) {
    if (at + 4 > page.bytes.length) throw new FormatError('truncated', 'a page ends within its values')
    const length = page.view.getUint32(at, true)
    starts[i] = at + 4
    at += 4 + length
    if (at > page.bytes.length) throw new FormatError('truncated', 'a value longer than its page')
    ends[i] = at
  }
  page.at = at
  return { count, bytes: page.bytes, starts, ends, numbers: undefined, indices: undefined }
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
function lengths(page: PageCursor, count: number): Values {
  const sizes = readDeltas(page, count)
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)]
  let { at } = page
  for (const [i, size] of sizes.entries()) {
    if (!(size >= 0 && at + size <= page.bytes.length)) {
      throw new FormatError('truncated', 'a value longer than its page')
    }
    starts[i] = at
    at += size
    ends[i] = at
  }
  page.at = at
  return { count, bytes: page.bytes, starts, ends, numbers: undefined, indices: undefined }
}

/** DELTA_BYTE_ARRAY: each value begins with so many bytes of the one before. */
function frontCoded(page: PageCursor, count: number): Values {
  const prefixes = readDeltas(page, count)
  const suffixes = lengths(page, count)
  let total = 0
  for (let i = 0; i < count; i++) {
    total += (prefixes[i] ?? 0) + (suffixes.ends[i] ?? 0) - (suffixes.starts[i] ?? 0)
    if (!(total <= PAGE_VALUES)) throw new FormatError('limit', 'values of a page that grow beyond 64 MiB')
  }
  const bytes = new Uint8Array(total)
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)]
  let [at, before] = [0, 0]
  for (let i = 0; i < count; i++) {
    const prefix = prefixes[i] ?? 0
    if (!(prefix >= 0 && prefix <= at - before))
      throw new FormatError('corrupt', 'a value shares more than there is')
    bytes.copyWithin(at, before, before + prefix)
    const suffix = suffixes.bytes.subarray(suffixes.starts[i], suffixes.ends[i])
    bytes.set(suffix, at + prefix)
    starts[i] = at
    before = at
    at += prefix + suffix.length
    ends[i] = at
  }
  return { count, bytes, starts, ends, numbers: undefined, indices: undefined }
}
