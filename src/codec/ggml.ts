import { FormatError } from '../model/trouble.ts'
import type { ForwardReader } from './forward-reader.ts'
import { TENSOR_TYPES, type TensorType } from './gguf/types.ts'

/** What stood before GGUF: one magic, fields in a fixed order, tensors one after the other to the end of the file. */
interface LegacyLayout {
  readonly name: 'llama' | 'whisper' | 'lora'
  /** 32-bit fields of the hyperparameters; the first is the size of the vocabulary, where there is one. */
  readonly fields: number
  readonly vocabulary: 'scored' | 'plain' | 'none'
  readonly aligned: boolean
}

/** Layouts to try for a magic, in the words of the `uint32` that begins the file. */
function legacyLayouts(magic: string, version: number): readonly LegacyLayout[] {
  if (magic === 'ggla') return [{ name: 'lora', fields: 2, vocabulary: 'none', aligned: true }]
  const scored = { name: 'llama', fields: 7, vocabulary: 'scored' } as const
  if (magic === 'ggjt') return version <= 3 ? [{ ...scored, aligned: true }] : []
  if (magic === 'ggmf') return [{ ...scored, aligned: false }]
  return [
    { name: 'llama', fields: 7, vocabulary: 'plain', aligned: false },
    { name: 'whisper', fields: 11, vocabulary: 'plain', aligned: false },
  ]
}

export interface LegacyModel {
  readonly layout: LegacyLayout['name']
  readonly tensors: number
  readonly types: readonly string[]
  /** Ranges of tensor bytes; everything between them was read. */
  readonly data: readonly { readonly offset: number; readonly length: number }[]
}

const MOST_WORDS = 10_000_000
const MOST_TENSORS = 1_000_000
const MOST_DIMS = 4

/**
 * Reads a model by the layout by which the file comes out even: the magic alone does not say which it is. `open` gives a
 * reader behind magic and version.
 */
export async function readLegacyModel(
  magic: string,
  version: number,
  open: () => ForwardReader,
): Promise<LegacyModel> {
  for (const layout of legacyLayouts(magic, version)) {
    try {
      return await readLegacy(open(), layout)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  throw new FormatError('unsupported', `a ${magic} file of a layout that is not known here`)
}

async function readLegacy(reader: ForwardReader, layout: LegacyLayout): Promise<LegacyModel> {
  await reader.need(layout.fields * 4)
  let words = reader.u32()
  for (let i = 1; i < layout.fields; i++) reader.u32()
  if (layout.name === 'whisper') words = await skipFilters(reader)
  if (layout.vocabulary !== 'none') await skipWords(reader, words, layout.vocabulary === 'scored' ? 4 : 0)
  const data: { offset: number; length: number }[] = []
  const types = new Set<string>()
  while (reader.remaining > 0) {
    if (data.length >= MOST_TENSORS) throw new FormatError('limit', 'too many tensors', reader.offset)
    const { type, elements } = await tensor(reader)
    if (layout.aligned) reader.skip((32 - (reader.offset % 32)) % 32)
    const bytes = (elements / BigInt(type.elements)) * BigInt(type.bytes)
    if (bytes > BigInt(reader.remaining))
      throw new FormatError('truncated', 'a tensor ends beyond the file', reader.offset)
    types.add(type.name)
    data.push({ offset: reader.offset, length: Number(bytes) })
    reader.skip(Number(bytes))
  }
  return { layout: layout.name, tensors: data.length, types: [...types], data }
}

/** The mel filters of a speech model, in front of its vocabulary; returns the number of words. */
async function skipFilters(reader: ForwardReader): Promise<number> {
  await reader.need(8)
  const [rows, columns] = [reader.u32(), reader.u32()]
  if (rows * columns > MOST_WORDS) throw new FormatError('corrupt', 'too many filters', reader.offset)
  reader.skip(rows * columns * 4)
  await reader.need(4)
  return reader.u32()
}

async function skipWords(reader: ForwardReader, count: number, score: number): Promise<void> {
  if (count > MOST_WORDS) throw new FormatError('corrupt', `a vocabulary of ${count} words`, reader.offset)
  for (let i = 0; i < count; i++) {
    await reader.need(4)
    reader.skip(reader.u32() + score)
  }
}

async function tensor(reader: ForwardReader): Promise<{ type: TensorType; elements: bigint }> {
  const at = reader.offset
  await reader.need(12)
  const [dims, name, number] = [reader.u32(), reader.u32(), reader.u32()]
  const type = TENSOR_TYPES.get(number)
  if (dims > MOST_DIMS || name > 4096 || !type)
    throw new FormatError('corrupt', 'no tensor of this layout', at)
  await reader.need(dims * 4 + name)
  let elements = 1n
  for (let i = 0; i < dims; i++) elements *= BigInt(reader.u32())
  reader.skip(name)
  if (elements % BigInt(type.elements) !== 0n)
    throw new FormatError('corrupt', 'a tensor with half a block', at)
  return { type, elements }
}
