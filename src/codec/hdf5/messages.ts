import { FormatError } from '../../model/trouble.ts'
import type { Fields, Hdf5File } from './file.ts'
import { globalObject, localHeap } from './heap.ts'

export type Link =
  | { readonly name: string; readonly kind: 'hard'; readonly address: number }
  | { readonly name: string; readonly kind: 'soft'; readonly target: string }
  | { readonly name: string; readonly kind: 'external'; readonly file: string; readonly target: string }
  | { readonly name: string; readonly kind: 'user'; readonly type: number }

export function readLink(fields: Fields): Link {
  fields.skip(1)
  const flags = fields.uint(1)
  const type = flags & 8 ? fields.uint(1) : 0
  fields.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0))
  const name = fields.text(fields.uint(1 << (flags & 3)))
  if (type === 0) return { name, kind: 'hard', address: fields.place() ?? Number.POSITIVE_INFINITY }
  const length = fields.uint(2)
  if (type === 1) return { name, kind: 'soft', target: fields.text(length) }
  if (type !== 64) return { name, kind: 'user', type }
  fields.skip(1)
  return { name, kind: 'external', file: fields.zeroTerminated(), target: fields.zeroTerminated() }
}

/** Sizes of a dataspace; none for a single value. */
export function readDataspace(fields: Fields): number[] {
  const version = fields.uint(1)
  const rank = fields.uint(1)
  fields.skip(version === 1 ? 6 : 2)
  return Array.from({ length: rank }, () => fields.length())
}

export const DATATYPES = [
  ...[
    'integer',
    'float',
    'time',
    'string',
    'bitfield',
    'opaque',
    'compound',
    'reference',
    'enum',
    'variable',
    'array',
  ],
] as const

export interface Datatype {
  readonly name: string
  readonly size: number
  /** A variable-length text, not a list. */
  readonly isText: boolean
}

export function readDatatype(fields: Fields): Datatype {
  const first = fields.uint(1)
  const flags = fields.uint(3)
  const name = DATATYPES[first & 15] ?? 'unknown'
  return { name, size: fields.uint(4), isText: name === 'variable' && (flags & 15) === 1 }
}

export type Storage =
  | { readonly kind: 'compact' | 'contiguous' | 'chunked'; readonly allocated: boolean }
  | { readonly kind: 'virtual'; readonly heap: number | undefined; readonly index: number }

export function readLayout(fields: Fields): Storage {
  const version = fields.uint(1)
  if (version < 3) {
    fields.skip(1)
    const type = fields.uint(1)
    fields.skip(5)
    return storageOf(type, type === 0 || fields.place() !== undefined)
  }
  const type = fields.uint(1)
  if (type === 0) return { kind: 'compact', allocated: true }
  if (type === 1) return { kind: 'contiguous', allocated: fields.place() !== undefined }
  if (type === 3) return { kind: 'virtual', heap: fields.place(), index: fields.uint(4) }
  if (type !== 2) throw new FormatError('unsupported', `HDF5 storage of class ${type}`, fields.address)
  if (version === 3) {
    fields.skip(1)
    return { kind: 'chunked', allocated: fields.place() !== undefined }
  }
  // Version 4 has the sizes of the chunks and the parameters of their index before its address, which comes last.
  fields.at = Math.max(fields.at, fields.bytes.length - 8)
  return { kind: 'chunked', allocated: fields.left < 8 || fields.place() !== undefined }
}

function storageOf(type: number, allocated: boolean): Storage {
  return { kind: type === 0 ? 'compact' : type === 1 ? 'contiguous' : 'chunked', allocated }
}

/** Files that hold the values of a dataset in place of this one. */
export async function readExternalFiles(file: Hdf5File, fields: Fields): Promise<string[]> {
  fields.skip(6)
  const used = fields.uint(2)
  const heap = await localHeap(file, fields.place() ?? Number.POSITIVE_INFINITY)
  return Array.from({ length: used }, () => {
    const name = heap(fields.length())
    fields.skip(2 * file.lengthSize)
    return name
  })
}

/** The first file that a virtual dataset takes values from; `.` is the file itself. */
export async function readVirtualSource(file: Hdf5File, heap: number, index: number): Promise<string> {
  const mapping = await globalObject(file, heap, index)
  const start = 1 + file.lengthSize + ((mapping[0] ?? 0) > 0 ? 1 : 0)
  const end = mapping.indexOf(0, start)
  return Buffer.from(mapping.subarray(start, end < 0 ? start : end)).toString()
}

export function readFilters(fields: Fields): { id: number; name: string }[] {
  const version = fields.uint(1)
  const count = fields.uint(1)
  if (version === 1) fields.skip(6)
  return Array.from({ length: count }, () => {
    const id = fields.uint(2)
    const named = version === 1 || id >= 256 ? fields.uint(2) : 0
    fields.skip(2)
    const values = fields.uint(2)
    const name = fields.text(version === 1 ? Math.ceil(named / 8) * 8 : named)
    fields.skip(values * 4 + (version === 1 && values % 2 === 1 ? 4 : 0))
    return { id, name }
  })
}

export interface Attribute {
  readonly name: string
  readonly type: Datatype
  readonly shape: readonly number[]
  readonly data: Fields
}

export function readAttribute(fields: Fields): Attribute {
  const version = fields.uint(1)
  const flags = fields.uint(1)
  const sizes = [fields.uint(2), fields.uint(2), fields.uint(2)].map((n) =>
    version === 1 ? Math.ceil(n / 8) * 8 : n,
  )
  if (version === 3) fields.skip(1)
  const [nameSize = 0, typeSize = 0, spaceSize = 0] = sizes
  const name = fields.text(nameSize)
  const typeBytes = fields.part(typeSize)
  // A type kept elsewhere is none that Keras writes.
  const type = version > 1 && flags & 1 ? { name: 'shared', size: 0, isText: false } : readDatatype(typeBytes)
  const space = fields.part(spaceSize)
  const shape = version > 1 && flags & 2 ? [] : readDataspace(space)
  return { name, type, shape, data: fields.part(fields.left) }
}

/** The text of a fixed-length or variable-length attribute of one value. */
export async function attributeText(
  file: Hdf5File,
  { type, shape, data }: Attribute,
): Promise<Uint8Array | undefined> {
  if (shape.reduce((product, n) => product * n, 1) !== 1) return undefined
  if (type.name === 'string') return data.take(Math.min(type.size, data.left))
  if (!type.isText) return undefined
  const length = data.uint(4)
  const heap = data.place()
  if (heap === undefined || length === 0) return new Uint8Array(0)
  return (await globalObject(file, heap, data.uint(4))).subarray(0, length)
}
