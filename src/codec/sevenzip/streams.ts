import { FormatError } from '../../model/trouble.ts'
import type { Fields } from './fields.ts'

/** Property ids of the 7z format (DOC/7zFormat.txt of the LZMA SDK). */
export const ID = {
  end: 0,
  header: 1,
  archiveProperties: 2,
  additionalStreams: 3,
  mainStreams: 4,
  files: 5,
  packInfo: 6,
  unpackInfo: 7,
  subStreams: 8,
  size: 9,
  crc: 10,
  folder: 11,
  unpackSizes: 12,
  unpackStreams: 13,
  emptyStream: 14,
  emptyFile: 15,
  anti: 16,
  names: 17,
  attributes: 21,
  encodedHeader: 23,
  dummy: 25,
} as const

export interface Coder {
  /** Method id in hex. */
  readonly method: string
  readonly properties: Uint8Array
  readonly inputs: number
  readonly outputs: number
}

export interface Folder {
  readonly coders: readonly Coder[]
  readonly bindings: readonly { readonly input: number; readonly output: number }[]
  /** Inputs that read packed streams, in the order of these. */
  readonly packedInputs: readonly number[]
  /** By output. */
  readonly unpackSizes: readonly number[]
  readonly crc: number | undefined
}

/** One file's share of what a folder unpacks to. */
export interface SubStream {
  readonly size: number
  readonly crc: number | undefined
}

export interface Streams {
  /** Packed streams: ranges relative to the end of the signature header. */
  readonly packed: readonly { readonly offset: number; readonly length: number }[]
  readonly folders: readonly Folder[]
  /** By folder. */
  readonly subStreams: readonly (readonly SubStream[])[]
}

/** The SDK's own bounds on a folder. */
const MOST_CODERS = 32
const MOST_STREAMS = 32

/** Reads a StreamsInfo behind its property id, up to its end. */
export function readStreams(fields: Fields, mostEntries: (count: number) => void): Streams {
  let packed: Streams['packed'] = []
  let folders: readonly Folder[] = []
  let subStreams: SubStream[][] | undefined
  for (;;) {
    const id = fields.byte()
    if (id === ID.end) break
    if (id === ID.packInfo) packed = readPacked(fields)
    else if (id === ID.unpackInfo) folders = readFolders(fields)
    else if (id === ID.subStreams) subStreams = readSubStreams(fields, folders, mostEntries)
    else throw new FormatError('corrupt', `7z: unknown property ${id} of streams`)
  }
  subStreams ??= folders.map((folder) => [{ size: unpackSize(folder), crc: folder.crc }])
  const needed = folders.reduce((sum, folder) => sum + folder.packedInputs.length, 0)
  if (needed > packed.length) throw new FormatError('corrupt', '7z: folders without packed streams')
  return { packed, folders, subStreams }
}

function readPacked(fields: Fields): Streams['packed'] {
  let offset = fields.number()
  const count = fields.count(1)
  let sizes: number[] = []
  for (;;) {
    const id = fields.byte()
    if (id === ID.end) break
    if (id === ID.size) sizes = Array.from({ length: count }, () => fields.number())
    else if (id === ID.crc) fields.digests(count)
    else throw new FormatError('corrupt', `7z: unknown property ${id} of packed streams`)
  }
  return sizes.map((length) => {
    const range = { offset, length }
    offset += length
    return range
  })
}

function readFolders(fields: Fields): Folder[] {
  fields.expect(ID.folder)
  const count = fields.count(2)
  refuseExternal(fields)
  const plain = Array.from({ length: count }, () => readFolder(fields))
  fields.expect(ID.unpackSizes)
  const sized = plain.map((folder) => {
    const outputs = folder.coders.reduce((sum, coder) => sum + coder.outputs, 0)
    return { ...folder, unpackSizes: Array.from({ length: outputs }, () => fields.number()) }
  })
  let crcs: (number | undefined)[] = []
  for (;;) {
    const id = fields.byte()
    if (id === ID.end) break
    if (id === ID.crc) crcs = fields.digests(count)
    else throw new FormatError('corrupt', `7z: unknown property ${id} of folders`)
  }
  return sized.map((folder, i) => ({ ...folder, crc: crcs[i] }))
}

function readFolder(fields: Fields): Omit<Folder, 'unpackSizes' | 'crc'> {
  const count = fields.count(1)
  if (count === 0 || count > MOST_CODERS) throw new FormatError('unsupported', `7z: ${count} coders`)
  const coders = Array.from({ length: count }, () => readCoder(fields))
  const inputs = coders.reduce((sum, coder) => sum + coder.inputs, 0)
  const outputs = coders.reduce((sum, coder) => sum + coder.outputs, 0)
  if (inputs > MOST_STREAMS || outputs > MOST_STREAMS || outputs === 0 || inputs < outputs - 1) {
    throw new FormatError('unsupported', `7z: coders of ${inputs} inputs and ${outputs} outputs`)
  }
  const bindings = Array.from({ length: outputs - 1 }, () => ({
    input: fields.number(),
    output: fields.number(),
  }))
  const packed = inputs - bindings.length
  const free = Array.from({ length: inputs }, (_, i) => i).filter((i) => !bindings.some((b) => b.input === i))
  const packedInputs = packed === 1 ? free : Array.from({ length: packed }, () => fields.number())
  if (packedInputs.length !== packed) throw new FormatError('corrupt', '7z: an input is bound twice')
  return { coders, bindings, packedInputs }
}

function readCoder(fields: Fields): Coder {
  const flags = fields.byte()
  if (flags & 0xc0) throw new FormatError('unsupported', '7z: a coder with unknown flags')
  const method = Buffer.from(fields.bytes(flags & 15)).toString('hex')
  const [inputs, outputs] = flags & 0x10 ? [fields.number(), fields.number()] : [1, 1]
  const properties = flags & 0x20 ? fields.bytes(fields.number()) : new Uint8Array(0)
  return { method, properties, inputs, outputs }
}

function readSubStreams(
  fields: Fields,
  folders: readonly Folder[],
  mostEntries: (count: number) => void,
): SubStream[][] {
  let counts = folders.map(() => 1)
  let id = fields.byte()
  if (id === ID.unpackStreams) {
    counts = folders.map(() => fields.number())
    mostEntries(counts.reduce((sum, count) => sum + count, 0))
    id = fields.byte()
  }
  const explicit = id === ID.size
  const sizes = folders.map((folder, i) => sizesOf(fields, unpackSize(folder), counts[i]!, explicit))
  if (explicit) id = fields.byte()
  const known = (i: number) => counts[i] === 1 && folders[i]!.crc !== undefined
  let digests: (number | undefined)[] = []
  for (; id !== ID.end; id = fields.byte()) {
    if (id !== ID.crc) throw new FormatError('corrupt', `7z: unknown property ${id} of files' streams`)
    digests = fields.digests(counts.reduce((sum, count, i) => sum + (known(i) ? 0 : count), 0))
  }
  let next = 0
  return sizes.map((list, i) =>
    list.map((size) => ({ size, crc: known(i) ? folders[i]!.crc : digests[next++] })),
  )
}

/** All sizes of a folder's files but the last are stored; the last has the rest. */
function sizesOf(fields: Fields, total: number, count: number, explicit: boolean): number[] {
  if (count === 0) return []
  if (count > 1 && !explicit) throw new FormatError('corrupt', '7z: files without a size')
  const sizes = Array.from({ length: count - 1 }, () => fields.number())
  const last = sizes.reduce((left, size) => left - size, total)
  if (last < 0) throw new FormatError('corrupt', '7z: files larger than their folder')
  return [...sizes, last]
}

/** Size of what the folder as a whole gives: that of the output nothing reads. */
export function unpackSize(folder: Folder): number {
  const last = folder.unpackSizes.findIndex((_, output) => !folder.bindings.some((b) => b.output === output))
  return folder.unpackSizes[last] ?? 0
}

export function refuseExternal(fields: Fields): void {
  if (fields.byte() !== 0) throw new FormatError('unsupported', '7z: header data kept elsewhere')
}
