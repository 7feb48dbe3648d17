import { FormatError } from '../../model/trouble.ts'
import type { Fields, Hdf5File } from './file.ts'
import { FractalHeap, localHeap, treeRecords } from './heap.ts'
import { type Link, readLink } from './messages.ts'

/** Links of a group as files before HDF5 1.8 keep them, and h5py by default still does: a B-tree of symbol tables. */
export async function* symbolTableLinks(file: Hdf5File, message: Fields): AsyncGenerator<Link> {
  const tree = message.place()
  const heap = message.place()
  if (tree === undefined || heap === undefined) return
  const nameAt = await localHeap(file, heap)
  const open = [tree]
  const seen = new Set<number>()
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (seen.has(address))
      throw new FormatError('corrupt', 'an HDF5 group tree that contains itself', file.base + address)
    seen.add(address)
    const signature = (await file.read(address, 4)).text(4)
    if (signature === 'SNOD') yield* symbols(file, address, nameAt)
    else if (signature === 'TREE') open.push(...(await childrenOf(file, address)))
    else throw new FormatError('corrupt', 'no group tree where HDF5 says one is', file.base + address)
  }
}

async function childrenOf(file: Hdf5File, address: number): Promise<number[]> {
  const head = await file.read(address, 8 + 2 * file.offsetSize)
  head.skip(6)
  const count = head.uint(2)
  const entry = file.lengthSize + file.offsetSize
  const body = await file.read(address + 8 + 2 * file.offsetSize, count * entry)
  const children: number[] = []
  for (let i = 0; i < count; i++) {
    body.skip(file.lengthSize)
    const child = body.place()
    if (child !== undefined) children.push(child)
  }
  return children.reverse()
}

const SOFT = 2

async function* symbols(
  file: Hdf5File,
  address: number,
  nameAt: (offset: number) => string,
): AsyncGenerator<Link> {
  const head = await file.read(address, 8)
  head.skip(6)
  const count = head.uint(2)
  const body = await file.read(address + 8, count * (2 * file.offsetSize + 24))
  for (let i = 0; i < count; i++) {
    const name = nameAt(body.uint(file.offsetSize))
    const object = body.place()
    const cached = body.uint(4)
    body.skip(4)
    const scratch = body.part(16)
    if (cached === SOFT) yield { name, kind: 'soft', target: nameAt(scratch.uint(4)) }
    else yield { name, kind: 'hard', address: object ?? Number.POSITIVE_INFINITY }
  }
}

/** Links of a group that has many: messages in a heap, found by a tree of their names. */
export async function* denseLinks(file: Hdf5File, info: Fields): AsyncGenerator<Link> {
  info.skip(1)
  if (info.uint(1) & 1) info.skip(8)
  const heap = info.place()
  const names = info.place()
  // The record has the hash of the name in front of the heap id.
  if (heap !== undefined && names !== undefined) {
    for await (const link of heapMessages(file, heap, names, 4, 7)) yield readLink(link)
  }
}

/** Attribute messages of an object that has many. */
export async function* denseAttributes(file: Hdf5File, info: Fields): AsyncGenerator<Fields> {
  info.skip(1)
  if (info.uint(1) & 1) info.skip(2)
  const heap = info.place()
  const names = info.place()
  if (heap !== undefined && names !== undefined) yield* heapMessages(file, heap, names, 0, 8)
}

async function* heapMessages(
  file: Hdf5File,
  address: number,
  names: number,
  skip: number,
  width: number,
): AsyncGenerator<Fields> {
  const heap = await FractalHeap.open(file, address)
  for await (const record of treeRecords(file, names)) {
    record.skip(skip)
    yield await heap.object(record.take(Math.min(width, record.left)))
  }
}
