import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { numberAt, structAt, structsAt, ThriftReader, type ThriftStruct, textAt } from './thrift.ts'

export const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED'] as const
export const CODECS = ['none', 'snappy', 'gzip', 'lzo', 'brotli', 'lz4', 'zstd', 'lz4-raw'] as const
export type Codec = (typeof CODECS)[number]

/** A column of values: a leaf of the schema. */
export interface Leaf {
  readonly path: string
  readonly type: (typeof TYPES)[number]
  readonly holds: 'text' | 'integer' | 'boolean' | 'binary' | 'other'
  /** How often the path may repeat and be absent (Dremel levels). */
  readonly repetition: number
  readonly definition: number
  readonly typeLength: number
}

/** The pages of one column in one row group. */
export interface Chunk {
  readonly offset: number
  readonly length: number
  readonly codec: Codec
  readonly values: number
  readonly uncompressed: number
  readonly filePath: string
  readonly encrypted: boolean
  /** Indices and filters beside the pages. */
  readonly beside: readonly Extent[]
  readonly bloom: number | undefined
}

export interface Extent {
  readonly offset: number
  readonly length: number
}

export interface Group {
  readonly rows: number
  readonly chunks: readonly Chunk[]
}

export interface Footer {
  readonly offset: number
  readonly rows: number
  readonly leaves: readonly Leaf[]
  readonly groups: readonly Group[]
  readonly metadata: readonly (readonly [string, string])[]
  readonly createdBy: string
  /** The footer is plain, with a signature behind it, or says that columns are encrypted. */
  readonly encryption: boolean
}

const SCHEMA_DEPTH = 100

/**
 * The footer of a Parquet file (parquet.thrift, FileMetaData). Throws `FormatError` where it is encrypted, lies about its length or
 * where the schema is no tree.
 */
export async function readFooter(source: ByteSource, most: number): Promise<Footer> {
  const tail = await source.read(Math.max(0, source.size - 8), 8)
  const magic = Buffer.from(tail.subarray(4)).toString('latin1')
  if (magic === 'PARE') throw new FormatError('encrypted', 'the footer is encrypted')
  if (magic !== 'PAR1' || source.size < 12) {
    throw new FormatError('truncated', 'a Parquet file without its footer', source.size)
  }
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true)
  const offset = source.size - 8 - length
  if (offset < 4)
    throw new FormatError('corrupt', `a footer of ${length} bytes does not fit`, source.size - 8)
  if (length > most) throw new FormatError('limit', `a footer of ${length} bytes`)
  const bytes = Uint8Array.prototype.slice.call(await source.read(offset, length))
  const file = new ThriftReader(bytes).struct()
  const leaves = schemaLeaves(structsAt(file, 2))
  const groups = structsAt(file, 4).map((group) => ({
    rows: count(numberAt(group, 3), 'rows'),
    chunks: structsAt(group, 1).map(chunk),
  }))
  const wrong = groups.find((group) => group.chunks.length !== leaves.length)
  if (wrong) throw new FormatError('corrupt', 'a row group whose columns are not those of the schema', offset)
  return {
    offset,
    rows: count(numberAt(file, 3), 'rows'),
    leaves,
    groups,
    metadata: structsAt(file, 5).map((pair) => [textAt(pair, 1) ?? '', textAt(pair, 2) ?? ''] as const),
    createdBy: textAt(file, 6) ?? '',
    encryption: file.has(8),
  }
}

/** Counts and places are below 2^53, or nothing. */
function count(value: number | undefined, what: string): number {
  if (value === undefined || value < 0 || !Number.isSafeInteger(value)) {
    throw new FormatError('corrupt', `an impossible number of ${what}`)
  }
  return value
}

function chunk(column: ThriftStruct): Chunk {
  const meta = structAt(column, 3)
  const encrypted = column.has(8) || column.has(9)
  const filePath = textAt(column, 1) ?? ''
  const beside = [extent(column, 4, 5), extent(column, 6, 7)].filter((e) => e !== undefined)
  if (!meta) {
    if (!encrypted) throw new FormatError('corrupt', 'a column without metadata')
    return {
      offset: 0,
      length: 0,
      codec: 'none',
      values: 0,
      uncompressed: 0,
      filePath,
      encrypted,
      beside,
      bloom: undefined,
    }
  }
  const data = count(numberAt(meta, 9), 'bytes before a page')
  const dictionary = numberAt(meta, 11)
  // Some writers put 0 where there is no dictionary.
  const offset = dictionary !== undefined && dictionary >= 4 && dictionary < data ? dictionary : data
  const codec = CODECS[numberAt(meta, 4) ?? 0]
  if (codec === undefined) throw new FormatError('unsupported', 'an unknown compression of a column')
  return {
    offset,
    length: count(numberAt(meta, 7), 'bytes in a column'),
    codec,
    values: count(numberAt(meta, 5), 'values'),
    uncompressed: count(numberAt(meta, 6), 'bytes in a column'),
    filePath,
    encrypted,
    beside: [...beside, ...[extent(meta, 14, 15)].filter((e) => e !== undefined)],
    bloom: numberAt(meta, 15) === undefined ? numberAt(meta, 14) : undefined,
  }
}

function extent(struct: ThriftStruct, offset: number, length: number): Extent | undefined {
  const [at, size] = [numberAt(struct, offset), numberAt(struct, length)]
  return at === undefined || size === undefined ? undefined : { offset: at, length: size }
}

interface Open {
  readonly path: string
  left: number
  readonly repetition: number
  readonly definition: number
}

/** The schema is a tree in pre-order: every element says how many follow inside it. */
function schemaLeaves(elements: readonly ThriftStruct[]): Leaf[] {
  const leaves: Leaf[] = []
  const open: Open[] = []
  for (const [index, element] of elements.entries()) {
    const parent = open.at(-1)
    if (index > 0 && !parent) throw new FormatError('corrupt', 'a schema with elements that belong to none')
    if (parent) parent.left--
    const name = textAt(element, 4) ?? ''
    const kind = index === 0 ? 0 : (numberAt(element, 3) ?? 0)
    const levels = {
      path: index === 0 ? '' : parent?.path ? `${parent.path}.${name}` : name,
      repetition: (parent?.repetition ?? 0) + (kind === 2 ? 1 : 0),
      definition: (parent?.definition ?? 0) + (kind === 0 ? 0 : 1),
    }
    const children = numberAt(element, 5) ?? 0
    if (index === 0 || children > 0) {
      if (children < 0 || children > elements.length)
        throw new FormatError('corrupt', 'a schema that does not end')
      if (open.length >= SCHEMA_DEPTH) throw new FormatError('limit', 'a schema nested too deeply')
      open.push({ ...levels, left: children })
    } else leaves.push({ ...levels, ...leafType(element) })
    while (open.at(-1)?.left === 0) open.pop()
  }
  if (open.length > 0) throw new FormatError('corrupt', 'a schema that is cut short')
  return leaves
}

const TEXT_CONVERTED = new Set([0, 4, 19])
const TEXT_LOGICAL = [1, 4, 12]

function leafType(element: ThriftStruct): Pick<Leaf, 'type' | 'holds' | 'typeLength'> {
  const type = TYPES[numberAt(element, 1) ?? -1]
  if (type === undefined) throw new FormatError('corrupt', 'a column without a type')
  const logical = structAt(element, 10)
  const isText =
    TEXT_CONVERTED.has(numberAt(element, 6) ?? -1) || TEXT_LOGICAL.some((field) => logical?.has(field))
  const isPlain = numberAt(element, 6) === undefined && !logical
  const isNumber = isPlain || logical?.has(10) || (numberAt(element, 6) ?? 0) >= 11
  const holds =
    type === 'BYTE_ARRAY'
      ? isText
        ? 'text'
        : 'binary'
      : type === 'BOOLEAN'
        ? 'boolean'
        : (type === 'INT32' || type === 'INT64') && isNumber
          ? 'integer'
          : 'other'
  return { type, holds, typeLength: numberAt(element, 2) ?? 0 }
}
