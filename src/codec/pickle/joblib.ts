import type { ByteSource } from '../../bytes/source.ts'
import { hasObject, itemSize } from '../dtype.ts'
import * as K from './kinds.ts'
import { type Literal, literalAt } from './literals.ts'
import type { Machine } from './machine.ts'
import type { Elements } from './stack.ts'

/**
 * joblib writes the bytes of an array into the stream, behind the BUILD of its wrapper, where only joblib's own unpickler
 * steps over them. Reference: `joblib.numpy_pickle.NumpyArrayWrapper.read_array`.
 */
export const WRAPPERS: ReadonlySet<string> = new Set([
  'joblib.numpy_pickle.NumpyArrayWrapper',
  'sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper',
])

/** What lies outside the pickle behind a wrapper: padding and raw numbers, or a pickle of its own. */
export type Step =
  | { readonly kind: 'raw'; readonly offset: number; readonly data: number; readonly end: number }
  | { readonly kind: 'pickle'; readonly offset: number }
  | { readonly kind: 'unknown'; readonly message: string; readonly offset: number }

/** NPY_ITEM_HASOBJECT: the array holds Python objects. */
const HAS_OBJECT = 0x01
/** Bytes read to get one short literal back. */
const SHORT = 512

/**
 * Where the array behind the wrapper that was just built lies. joblib reads it from the file's position: where the open
 * frame ends, or at the next byte where none is open.
 */
export async function stepOut(machine: Machine, source: ByteSource): Promise<Step> {
  const framed = machine.frameEnd !== Number.POSITIVE_INFINITY
  const offset = framed ? machine.frameEnd : machine.offset
  const unknown = (message: string): Step => ({ kind: 'unknown', message, offset: machine.offset })
  const state = await stateOf(machine, source)
  if (!state) return unknown('the state of an array wrapper cannot be read')
  const shape = await shapeOf(machine, source, state.get('shape'))
  const dtype = await dtypeOf(machine, source, state.get('dtype'))
  if (!shape || !dtype) return unknown('the shape or type of an array cannot be read')
  if (dtype.object) return { kind: 'pickle', offset }
  let count = 1n
  for (const length of shape) count *= BigInt(length)
  const size = count * BigInt(dtype.size)
  const padding = await paddingOf(source, offset, state.get('numpy_array_alignment_bytes'))
  if (padding === undefined) return unknown('the padding before an array cannot be read')
  const data = offset + padding
  if (size < 0n || BigInt(data) + size > BigInt(source.size)) {
    return unknown(`an array of ${size} bytes does not fit`)
  }
  return { kind: 'raw', offset, data, end: data + Number(size) }
}

interface Item {
  readonly descriptor: number
  readonly offset: number
  readonly literal: Literal | undefined
}

async function stateOf(machine: Machine, source: ByteSource): Promise<ReadonlyMap<string, Item> | undefined> {
  const items = machine.traces.items.get(machine.wanted)
  if (!items) return undefined
  const state = new Map<string, Item>()
  for (const [keyOffset, descriptor, offset] of items) {
    const key = await literal(source, keyOffset)
    const plain = descriptor < K.TUPLE_VALUE || descriptor >= K.FIRST_HOOK
    const value = plain && descriptor < K.FIRST_INTERNED ? await literal(source, offset) : undefined
    if (key?.kind === 'str') state.set(key.value, { descriptor, offset, literal: value })
  }
  return state
}

async function literal(source: ByteSource, offset: number): Promise<Literal | undefined> {
  return literalAt(await source.read(offset, SHORT), 0)
}

async function shapeOf(
  machine: Machine,
  source: ByteSource,
  item: Item | undefined,
): Promise<number[] | undefined> {
  if (item?.descriptor === K.NO_TUPLE) return []
  const elements = item?.descriptor === K.TUPLE_VALUE ? machine.tuples.find(item.offset) : undefined
  return elements && integers(source, elements)
}

async function integers(source: ByteSource, elements: Elements): Promise<number[] | undefined> {
  const values: number[] = []
  for (const offset of elements.offsets) {
    const value = await literal(source, offset)
    if (value?.kind !== 'int' || !Number.isSafeInteger(value.value) || value.value < 0) return undefined
    values.push(value.value)
  }
  return values.length === elements.count ? values : undefined
}

/** From `numpy.dtype(code, False, True)` and, for structured and flexible types, its state. */
async function dtypeOf(
  machine: Machine,
  source: ByteSource,
  item: Item | undefined,
): Promise<{ size: number; object: boolean } | undefined> {
  const made = item && machine.traces.dtypes.get(item.offset)
  if (!made) return undefined
  const code = made.args.count > 0 ? await literal(source, made.args.offsets[0]!) : undefined
  if (code?.kind !== 'str') return undefined
  const { state } = made
  const size = itemSize(code.value)
  // (version, byte order, subarray, names, fields, item size, alignment, flags)
  const numbers = state && state.count >= 8 ? await lastThree(source, state) : undefined
  const object = hasObject(code.value) || ((numbers?.[2] ?? 0) & HAS_OBJECT) !== 0
  const declared = numbers?.[0]
  const actual = declared !== undefined && declared >= 0 ? declared : size
  return actual === undefined && !object ? undefined : { size: actual ?? 0, object }
}

async function lastThree(source: ByteSource, state: Elements): Promise<number[]> {
  const values: number[] = []
  for (const offset of state.offsets.slice(5, 8)) {
    const value = await literal(source, offset)
    values.push(value?.kind === 'int' ? value.value : -1)
  }
  return values
}

/** joblib 1.2 and newer: a byte that says how many bytes of padding follow it. */
async function paddingOf(
  source: ByteSource,
  offset: number,
  alignment: Item | undefined,
): Promise<number | undefined> {
  if (!alignment || alignment.descriptor === K.NONE_VALUE) return 0
  const [length] = await source.read(offset, 1)
  return length === undefined ? undefined : 1 + length
}
