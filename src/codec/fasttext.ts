import type { ByteSource } from '../bytes/source.ts'
import { ForwardReader } from './forward-reader.ts'

export interface FastTextModel {
  readonly version: number
  readonly words: number
  readonly labels: number
  readonly quantised: boolean
  /** Rules that the numbers break, in the order met; what follows one cannot be read. */
  readonly broken: readonly string[]
  /** Bulk numbers; what lies between is headers and words. */
  readonly bulk: readonly { readonly offset: number; readonly length: number }[]
  readonly end: number
}

const ARGS = 12 * 4 + 8
const WORD = 4096
const CENTROIDS = 256

/** A model of fastText (`.bin`, `.ftz`), format versions 11 and 12: arguments, dictionary, two matrices. */
export async function readFastText(
  source: ByteSource,
  tick: () => void,
  signal?: AbortSignal,
): Promise<FastTextModel> {
  const reader = new ForwardReader(source, 4, signal)
  await reader.need(4 + ARGS + 28)
  const version = reader.u32()
  const dimension = reader.u32() | 0
  reader.skip(ARGS - 4)
  const [size, words, labels] = [reader.u32() | 0, reader.u32() | 0, reader.u32() | 0]
  reader.skip(8)
  const pruned = Number(BigInt.asIntN(64, reader.u64()))
  const base = { version, words, labels }
  const bulk: { offset: number; length: number }[] = []
  const stop = (rule: string) => ({ ...base, quantised: false, broken: [rule], bulk, end: reader.offset })
  if (version > 12) return stop('version')
  if (size < 0 || words < 0 || labels < 0 || words + labels !== size || dimension < 1) return stop('counts')
  for (let i = 0; i < size; i++) {
    tick()
    if (!(await word(reader))) return stop('word')
  }
  if (pruned > 0) {
    if (pruned * 8 > reader.remaining) return stop('pruned')
    reader.skip(pruned * 8)
  }
  const quantised = await flag(reader)
  const broken: string[] = []
  for (const packed of [quantised, undefined]) {
    const isPacked = packed ?? (await flag(reader))
    const rule = await matrix(reader, isPacked && (packed !== undefined || quantised), bulk, dimension)
    if (!rule) continue
    broken.push(rule)
    break
  }
  return { ...base, quantised, broken, bulk, end: reader.offset }
}

/** A word and its NUL, i64 count, i8 type. */
async function word(reader: ForwardReader): Promise<boolean> {
  for (let length = 0; length <= WORD; length++) {
    await reader.need(1)
    if (reader.u8() !== 0) continue
    await reader.need(9)
    reader.skip(8)
    return reader.u8() <= 1
  }
  return false
}

async function flag(reader: ForwardReader): Promise<boolean> {
  await reader.need(1)
  return reader.u8() !== 0
}

type Bulk = { offset: number; length: number }[]

async function matrix(
  reader: ForwardReader,
  isPacked: boolean,
  bulk: Bulk,
  dimension: number,
): Promise<string | undefined> {
  const norms = isPacked && (await flag(reader))
  await reader.need(16)
  const [rows, columns] = [BigInt.asIntN(64, reader.u64()), BigInt.asIntN(64, reader.u64())]
  if (rows < 0n || columns < 0n || columns !== BigInt(dimension)) return 'shape'
  if (!isPacked) return take(reader, rows * columns * 4n, bulk)
  await reader.need(4)
  const broken = take(reader, BigInt(reader.u32()), bulk) ?? (await quantiser(reader, bulk))
  if (broken || !norms) return broken
  return take(reader, rows, bulk) ?? quantiser(reader, bulk)
}

async function quantiser(reader: ForwardReader, bulk: Bulk): Promise<string | undefined> {
  await reader.need(16)
  const dimension = reader.u32()
  reader.skip(12)
  return take(reader, BigInt(dimension) * BigInt(CENTROIDS * 4), bulk)
}

function take(reader: ForwardReader, length: bigint, bulk: Bulk): string | undefined {
  if (length > BigInt(reader.remaining)) return 'beyond'
  bulk.push({ offset: reader.offset, length: Number(length) })
  reader.skip(Number(length))
  return undefined
}
