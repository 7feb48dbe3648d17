import { FormatError } from '../../model/trouble.ts'
import { Fields, type Hdf5File } from './file.ts'

/** Bytes to hold numbers up to `limit` (H5VM_limit_enc_size). */
export function widthOf(limit: number): number {
  return Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1
}

/** Names of old-style groups: a block of zero-terminated texts. */
export async function localHeap(file: Hdf5File, address: number): Promise<(offset: number) => string> {
  const head = await file.signed(address, 'HEAP', 8 + 2 * file.lengthSize + file.offsetSize)
  head.skip(4)
  const size = head.length()
  head.length()
  const data = head.place()
  const block = await file.read(data ?? Number.POSITIVE_INFINITY, size)
  return (offset) => {
    if (offset >= block.bytes.length)
      throw new FormatError('corrupt', 'an HDF5 name outside its heap', address)
    block.at = offset
    return block.zeroTerminated()
  }
}

/** One object of a global heap collection: where variable-length values are kept. */
export async function globalObject(file: Hdf5File, address: number, index: number): Promise<Uint8Array> {
  const head = await file.signed(address, 'GCOL', 8 + file.lengthSize)
  head.skip(4)
  const collection = await file.read(address, head.length())
  collection.skip(8 + file.lengthSize)
  while (collection.left >= 8 + file.lengthSize) {
    const id = collection.uint(2)
    collection.skip(6)
    const size = collection.length()
    if (id === 0) break
    if (id === index) return collection.take(size)
    collection.skip(Math.min(Math.ceil(size / 8) * 8, collection.left))
  }
  throw new FormatError('corrupt', 'an HDF5 value that is not in its heap', address)
}

/** A heap of small objects in blocks that double in size: links and attributes of objects that have many. */
export class FractalHeap {
  readonly #file: Hdf5File
  #offsetWidth = 0
  #lengthWidth = 0
  #width = 0
  #starting = 0
  #largest = 0
  #filtered = false
  #root: number | undefined
  #rows = 0

  constructor(file: Hdf5File) {
    this.#file = file
  }

  static async open(file: Hdf5File, address: number): Promise<FractalHeap> {
    const heap = new FractalHeap(file)
    const head = await file.signed(address, 'FRHP', 4 + 22 + 12 * file.lengthSize + 3 * file.offsetSize)
    head.skip(3)
    heap.#filtered = head.uint(2) > 0
    head.skip(1)
    const largestObject = head.uint(4)
    head.skip(2 * file.lengthSize + 2 * file.offsetSize + 8 * file.lengthSize)
    heap.#width = head.uint(2)
    heap.#starting = head.length()
    heap.#largest = head.length()
    const bits = head.uint(2)
    head.skip(2)
    heap.#root = head.place()
    heap.#rows = head.uint(2)
    heap.#offsetWidth = Math.ceil(bits / 8)
    heap.#lengthWidth = Math.min(widthOf(heap.#largest), widthOf(largestObject))
    if (heap.#width === 0 || heap.#starting === 0 || bits > 64)
      throw new FormatError('corrupt', 'an impossible HDF5 heap', address)
    return heap
  }

  /** The object that a heap id names. */
  async object(id: Uint8Array): Promise<Fields> {
    const fields = new Fields(id, this.#file, 0)
    const kind = (fields.uint(1) >> 4) & 3
    if (kind === 2) {
      // So small that the id itself holds it.
      return new Fields(id.subarray(1, 2 + ((id[0] ?? 0) & 15)), this.#file, 0)
    }
    if (kind !== 0 || this.#filtered)
      throw new FormatError('unsupported', 'an HDF5 heap with filters or huge objects')
    const offset = fields.uint(this.#offsetWidth)
    const length = fields.uint(this.#lengthWidth)
    return this.#file.read(await this.#locate(this.#root, this.#rows, offset, 0), length)
  }

  /** The address of a place in the heap's own space, which the blocks below a table divide. */
  async #locate(block: number | undefined, rows: number, offset: number, depth: number): Promise<number> {
    if (block === undefined || depth > 64)
      throw new FormatError('corrupt', 'an HDF5 heap block that is not there')
    if (rows === 0) return block + offset
    const sizeOf = (row: number) => this.#starting * 2 ** Math.max(0, row - 1)
    const directRows = Math.log2(this.#largest) - Math.log2(this.#starting) + 2
    let start = 0
    let row = 0
    while (row < rows && offset >= start + this.#width * sizeOf(row)) start += this.#width * sizeOf(row++)
    if (row >= rows) throw new FormatError('corrupt', 'an HDF5 object outside its heap')
    const column = Math.floor((offset - start) / sizeOf(row))
    const entry = row * this.#width + column
    const header = 5 + this.#file.offsetSize + this.#offsetWidth
    await this.#file.signed(block, 'FHIB', header)
    const child = (
      await this.#file.read(block + header + entry * this.#file.offsetSize, this.#file.offsetSize)
    ).place()
    const inner = offset - start - column * sizeOf(row)
    const innerRows =
      row < directRows ? 0 : Math.log2(sizeOf(row)) - Math.log2(this.#starting * this.#width) + 1
    return this.#locate(child, innerRows, inner, depth + 1)
  }
}

const MOST_RECORDS = 1_000_000

/** The records of a version 2 B-tree, in order. */
export async function* treeRecords(file: Hdf5File, address: number): AsyncGenerator<Fields> {
  const head = await file.signed(address, 'BTHD', 4 + 12 + file.offsetSize + 2)
  head.skip(2)
  const nodeSize = head.uint(4)
  const recordSize = head.uint(2)
  const depth = head.uint(2)
  head.skip(2)
  const root = head.place()
  const count = head.uint(2)
  if (root === undefined) return
  if (recordSize === 0 || depth > 32) throw new FormatError('corrupt', 'an impossible HDF5 tree', address)
  const widths = pointerWidths(file, nodeSize, recordSize, depth)
  const open = [{ node: root, count, depth }]
  const seen = new Set<number>()
  let records = 0
  for (let next = open.pop(); next; next = open.pop()) {
    if (seen.has(next.node)) throw new FormatError('corrupt', 'an HDF5 tree that contains itself', next.node)
    seen.add(next.node)
    const node = await file.signed(next.node, next.depth === 0 ? 'BTLF' : 'BTIN', nodeSize)
    node.skip(2)
    records += next.count
    if (records > MOST_RECORDS) throw new FormatError('limit', 'an HDF5 tree with too many records', address)
    for (let i = 0; i < next.count; i++) yield new Fields(node.take(recordSize), file, next.node)
    if (next.depth === 0) continue
    for (let i = 0; i <= next.count; i++) {
      const child = node.place()
      const inside = node.uint(widths.count)
      if (next.depth > 1) node.skip(widths.total[next.depth - 1] ?? 0)
      if (child !== undefined) open.push({ node: child, count: inside, depth: next.depth - 1 })
    }
  }
}

/** How wide inner nodes write the number of records below them (H5B2__hdr_init). */
function pointerWidths(
  file: Hdf5File,
  nodeSize: number,
  recordSize: number,
  depth: number,
): { count: number; total: number[] } {
  const most = Math.floor((nodeSize - 10) / recordSize)
  const count = widthOf(most)
  const total = [0]
  let cumulative = most
  for (let level = 1; level <= depth; level++) {
    const pointer = file.offsetSize + count + (total[level - 1] ?? 0)
    const inNode = Math.floor((nodeSize - 10 - pointer) / (recordSize + pointer))
    cumulative = (inNode + 1) * cumulative + inNode
    total.push(widthOf(cumulative))
  }
  return { count, total }
}
