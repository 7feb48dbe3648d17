import { FormatError } from '../model/trouble.ts'
import { hasObject, itemSize } from './dtype.ts'
import { isMap, isTuple, type Literal, parseLiteral } from './python-literal.ts'

/** NumPy's reader refuses longer headers unless pickles are allowed (`numpy.lib.format._MAX_HEADER_SIZE`). */
export const NPY_HEADER_ACCEPTED = 10_000

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** The longest preamble: magic, version, and a length of 4 bytes. */
export const NPY_PREAMBLE = 12

export interface NpyPreamble {
  readonly version: string
  /** False where NumPy knows no such version and refuses the file. */
  readonly known: boolean
  readonly headerOffset: number
  readonly headerLength: number
}

export interface NpyHeader extends NpyPreamble {
  readonly dataOffset: number
  readonly descr: Literal
  readonly fortranOrder: boolean
  readonly shape: readonly bigint[]
  /** Bytes of one element; undefined for a dtype that we do not know. */
  readonly itemSize: number | undefined
  /** Some part of the dtype is a Python object: the data is a pickle. */
  readonly hasObject: boolean
  /** Bytes of the array; undefined where the data is a pickle, the dtype unknown or the shape impossible. */
  readonly dataLength: bigint | undefined
  /** What a strict reader refuses: `negative shape`, `duplicate key shape`, … */
  readonly oddities: readonly string[]
}

/** Where the header of a .npy file is. `bytes`: its first 12 bytes or more. */
export function parseNpyPreamble(bytes: Uint8Array): NpyPreamble {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new FormatError('corrupt', 'no .npy magic', 0)
  if (bytes.length < 10) throw new FormatError('truncated', 'the .npy header ends early', bytes.length)
  const [major = 0, minor = 0] = bytes.subarray(6, 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const long = major !== 1
  if (long && bytes.length < 12)
    throw new FormatError('truncated', 'the .npy header ends early', bytes.length)
  return {
    version: `${major}.${minor}`,
    known: major >= 1 && major <= 3 && minor === 0,
    headerOffset: long ? 12 : 10,
    headerLength: long ? view.getUint32(8, true) : view.getUint16(8, true),
  }
}

/** Parses preamble and header. `bytes` begins with the magic and holds the whole header; what follows is not looked at. */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const preamble = parseNpyPreamble(bytes)
  const dataOffset = preamble.headerOffset + preamble.headerLength
  if (bytes.length < dataOffset)
    throw new FormatError('truncated', 'the .npy header ends early', bytes.length)
  const oddities: string[] = []
  const fields = headerFields(bytes.subarray(preamble.headerOffset, dataOffset), preamble, oddities)
  const descr = fields.get('descr') ?? null
  const shape = shapeOf(fields.get('shape'), oddities)
  const fortran = fields.get('fortran_order')
  if (typeof fortran !== 'boolean') oddities.push('fortran_order is no bool')
  const size = itemSize(descr)
  const object = hasObject(descr)
  return {
    ...preamble,
    dataOffset,
    descr,
    fortranOrder: fortran === true,
    shape: shape ?? [],
    itemSize: size,
    hasObject: object,
    dataLength: object || size === undefined || !shape ? undefined : product(shape) * BigInt(size),
    oddities,
  }
}

function headerFields(header: Uint8Array, preamble: NpyPreamble, oddities: string[]) {
  // Versions 1 and 2 are Latin-1, version 3 is UTF-8.
  const text = new TextDecoder(preamble.version.startsWith('3') ? 'utf-8' : 'latin1').decode(header)
  const duplicates: string[] = []
  const fields = parseLiteral(text, duplicates)
  if (!isMap(fields)) throw new FormatError('corrupt', 'the .npy header is no dict', preamble.headerOffset)
  for (const key of duplicates) oddities.push(`duplicate key ${key}`)
  for (const key of ['descr', 'fortran_order', 'shape']) if (!fields.has(key)) oddities.push(`no ${key}`)
  for (const key of fields.keys())
    if (key !== 'descr' && key !== 'fortran_order' && key !== 'shape') oddities.push('unknown key')
  return fields
}

/** Dimensions, or undefined where there can be no such array. */
function shapeOf(value: Literal | undefined, oddities: string[]): bigint[] | undefined {
  if (!isTuple(value)) {
    oddities.push('shape is no tuple')
    return undefined
  }
  const dimensions: bigint[] = []
  for (const dimension of value.tuple) {
    const integer = typeof dimension === 'bigint' || Number.isSafeInteger(dimension)
    if (!integer || typeof dimension === 'boolean') {
      oddities.push('a dimension is no integer')
      return undefined
    }
    dimensions.push(BigInt(dimension as number | bigint))
  }
  if (dimensions.some((dimension) => dimension < 0n)) {
    oddities.push('negative dimension')
    return undefined
  }
  return dimensions
}

export function product(shape: readonly bigint[]): bigint {
  return shape.reduce((total, dimension) => total * dimension, 1n)
}

export { hasObject, itemSize } from './dtype.ts'
