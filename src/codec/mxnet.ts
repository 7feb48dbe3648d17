import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { ForwardReader } from './forward-reader.ts'
import { decodeName } from './names.ts'

/** Formats of `NDArray::Save` by their magic; whatever else is there is the number of dimensions of the first format. */
const V1 = 0xf993fac8
const V2 = 0xf993fac9
const V3 = 0xf993faca
/** Bytes of an element, by MXNet's type flags. */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 0: 4, 1: 8, 2: 2, 3: 1, 4: 4, 5: 1, 6: 8, 7: 1, 8: 2, 9: 2, 10: 4, 11: 8, 12: 2 },
}
const MOST_DIMENSIONS = 32

export interface MxnetArray {
  readonly at: number
  /** Why its numbers cannot be: the reader stops there. */
  readonly issue?: 'storage' | 'dimensions' | 'negative' | 'type' | 'beyond'
  /** Bytes of elements. */
  readonly data: readonly { readonly offset: number; readonly length: number }[]
}

/**
 * A list of arrays as `mx.nd.save` writes it (`.params`): u64 0x112, u64 0, then arrays, then names. Yields the arrays and
 * returns the names; stops at an array whose numbers cannot be.
 */
export async function* mxnetArrays(
  source: ByteSource,
  count: (arrays: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<MxnetArray, { readonly names: readonly string[]; readonly end: number }> {
  const reader = new ForwardReader(source, 16, signal)
  await reader.need(8)
  const arrays = reader.u64()
  if (arrays > BigInt(source.size)) throw new FormatError('corrupt', `${arrays} arrays in such a file`, 16)
  for (let i = 0n; i < arrays; i++) {
    count(Number(i) + 1)
    const found = await array(reader)
    yield found
    if (found.issue) return { names: [], end: reader.offset }
  }
  await reader.need(8)
  const length = reader.u64()
  if (length > BigInt(source.size)) throw new FormatError('corrupt', `${length} names`, reader.offset - 8)
  const names: string[] = []
  for (let i = 0n; i < length; i++) {
    await reader.need(8)
    const size = Number(reader.u64())
    if (size > reader.remaining)
      throw new FormatError('truncated', 'a name ends beyond the file', reader.offset)
    const kept = Math.min(size, 4096)
    await reader.need(kept)
    names.push(decodeName(reader.bytes(kept)))
    reader.skip(size - kept)
  }
  return { names, end: reader.offset }
}

async function array(reader: ForwardReader): Promise<MxnetArray> {
  const at = reader.offset
  const fail = (issue: NonNullable<MxnetArray['issue']>) => ({ at, issue, data: [] })
  await reader.need(4)
  const magic = reader.u32()
  const isNew = magic === V2 || magic === V3
  const storage = isNew ? await int(reader) : 0
  if (storage < 0 || storage > 2 || (magic === V3 && storage !== 0)) return fail('storage')
  const stored = storage > 0 ? await shape(reader) : undefined
  const own =
    isNew || magic === V1 ? await shape(reader) : await shape(reader, { dimensions: magic, width: 4 })
  if (typeof own === 'string' || typeof stored === 'string') {
    return fail(typeof own === 'string' ? own : (stored as 'dimensions' | 'negative'))
  }
  // An array without a shape is none: nothing follows. With the shapes of NumPy, that is -1 dimensions.
  if (own === undefined || (own.length === 0 && magic !== V3)) return { at, data: [] }
  await reader.need(12)
  reader.skip(8)
  const size = SIZES[reader.u32()]
  const aux: { size: number; shape: readonly bigint[] }[] = []
  for (let i = 0; i < storage; i++) {
    const type = SIZES[await int(reader)]
    const dimensions = await shape(reader)
    if (type === undefined || !Array.isArray(dimensions)) return fail('type')
    aux.push({ size: type, shape: dimensions })
  }
  if (size === undefined) return fail('type')
  const data: { offset: number; length: number }[] = []
  for (const part of [{ size, shape: stored ?? own }, ...aux]) {
    const length = part.shape.reduce((product, dimension) => product * dimension, BigInt(part.size))
    if (length > BigInt(reader.remaining)) return fail('beyond')
    data.push({ offset: reader.offset, length: Number(length) })
    reader.skip(Number(length))
  }
  return { at, data }
}

async function int(reader: ForwardReader): Promise<number> {
  await reader.need(4)
  return reader.u32() | 0
}

/** u32 dimensions and i64 each; the first format has u32 each. -1 dimensions: there is no array. */
async function shape(
  reader: ForwardReader,
  old?: { readonly dimensions: number; readonly width: 4 },
): Promise<readonly bigint[] | 'dimensions' | 'negative' | undefined> {
  const dimensions = old ? old.dimensions : await int(reader)
  if (dimensions === -1) return undefined
  if (dimensions < 0 || dimensions > MOST_DIMENSIONS) return 'dimensions'
  await reader.need(dimensions * (old ? 4 : 8))
  const sizes: bigint[] = []
  for (let i = 0; i < dimensions; i++)
    sizes.push(old ? BigInt(reader.u32()) : BigInt.asIntN(64, reader.u64()))
  return sizes.some((value) => value < 0n) ? 'negative' : sizes
}
