import { crc32 } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import { arm, arm64, armThumb, delta, type Filter, powerpc, sparc, x86 } from './filter.ts'
import { u32 } from './little.ts'
import { lzma2Dictionary } from './lzma2.ts'

const DELTA = 3
const LZMA2 = 0x21

export interface BlockHeader {
  readonly dictionary: number
  /** In the order of encoding; decoding undoes the last first. */
  readonly filters: readonly Filter[]
  readonly compressed: number | undefined
  readonly uncompressed: number | undefined
  /** Its CRC holds. */
  readonly sound: boolean
}

/** Reads a block header given whole; `offset` is its place in the source. */
export function blockHeader(bytes: Uint8Array, offset: number): BlockHeader {
  const end = bytes.length - 4
  const flags = bytes[1]!
  if (flags & 0x3c) throw new FormatError('unsupported', 'xz: unknown block flags', offset + 1)
  let at = 2
  const number = () => {
    const { value, length } = varint(bytes.subarray(0, end), at, offset)
    at += length
    return value
  }
  const compressed = flags & 0x40 ? number() : undefined
  const uncompressed = flags & 0x80 ? number() : undefined
  const filters: Filter[] = []
  let dictionary: number | undefined
  for (let left = (flags & 3) + 1; left > 0; left--) {
    const id = number()
    const length = number()
    const properties = bytes.subarray(at, Math.min(at + length, end))
    if (properties.length !== length)
      throw new FormatError('corrupt', 'xz: a block header is too short', offset)
    at += length
    if (left > 1) filters.push(filterOf(id, properties, offset))
    else if (id === LZMA2 && length === 1) dictionary = lzma2Dictionary(properties[0]!)
    else throw new FormatError('unsupported', `xz: unknown filter ${id}`, offset)
  }
  if (dictionary === undefined) throw new FormatError('corrupt', 'xz: no valid dictionary size', offset)
  const sound = crc32(bytes.subarray(0, end)) === u32(bytes, end)
  return { dictionary, filters, compressed, uncompressed, sound }
}

const BRANCHES = new Map<number, (start: number) => Filter>([
  [4, x86],
  [5, powerpc],
  [7, arm],
  [8, armThumb],
  [9, sparc],
  [10, arm64],
])

function filterOf(id: number, properties: Uint8Array, offset: number): Filter {
  if (id === DELTA && properties.length === 1) return delta(properties[0]! + 1)
  const branch = BRANCHES.get(id)
  if (!branch) throw new FormatError('unsupported', `xz: unknown filter ${id}`, offset)
  return branch(properties.length === 4 ? u32(properties, 0) : 0)
}

/** A number in seven bits a byte, lowest first. Above 2^53 only its magnitude counts: no such size can be true. */
export function varint(bytes: Uint8Array, at: number, offset: number): { value: number; length: number } {
  let value = 0
  for (let length = 1; length <= 9; length++) {
    const byte = bytes[at + length - 1]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * (length - 1))
    if (byte < 0x80) return { value, length }
  }
  const kind = at + 9 > bytes.length ? 'truncated' : 'corrupt'
  throw new FormatError(kind, 'xz: a number has no end', offset)
}
