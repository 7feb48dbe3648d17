import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { ForwardReader } from './forward-reader.ts'
import { decodeName } from './names.ts'

export type Torch7Item =
  | { readonly type: 'class'; readonly at: number; readonly name: string }
  | { readonly type: 'function'; readonly at: number; readonly code: Uint8Array; readonly kind: number }
  | { readonly type: 'storage'; readonly at: number; readonly length: number }

const NAME = 1024
/** Bytecode of a function that is looked at; honest closures take a few hundred bytes. */
const CODE = 1024 * 1024
const MOST_DIMENSIONS = 64
const ELEMENT: Readonly<Record<string, number>> = {
  ...{ Byte: 1, Char: 1, Short: 2, Half: 2, Int: 4, Long: 8, Float: 4, Double: 8 },
}

/**
 * The objects of a binary Torch7 file (`torch.save`, little-endian, 64-bit longs), in order. They nest, but nothing here needs
 * to know how: what is read is how many objects are still to come. Throws `FormatError` at what is no object.
 */
export async function* torch7Items(
  source: ByteSource,
  tick: () => void,
  signal?: AbortSignal,
): AsyncGenerator<Torch7Item, number> {
  const reader = new ForwardReader(source, 0, signal)
  const seen = new Set<number>()
  let open = 1
  while (open > 0) {
    open--
    tick()
    const at = reader.offset
    const type = await int(reader)
    if (type === 0) continue
    if (type === 1) reader.skip(8)
    else if (type === 2) reader.skip(await length(reader))
    else if (type === 5) reader.skip(4)
    else if (type === 6) {
      yield { type: 'function', at, code: await code(reader), kind: type }
      open++
    } else if (type === 3 || type === 4 || type === 7 || type === 8) {
      // An object that was met before is only its number.
      const index = await int(reader)
      if (seen.has(index)) continue
      seen.add(index)
      if (type === 3) open += 2 * (await length(reader))
      else if (type === 4) {
        const name = await className(reader)
        yield { type: 'class', at, name }
        const storage = await content(reader, name)
        if (storage) yield { type: 'storage', ...storage }
        else open++
      } else {
        yield { type: 'function', at, code: await code(reader), kind: type }
        open++
      }
    } else throw new FormatError('corrupt', `no object of Torch7 has the type ${type}`, at)
    // Every object takes four bytes at least.
    if (open * 4 > reader.remaining)
      throw new FormatError('corrupt', 'more objects than the file can hold', at)
  }
  return reader.offset
}

/** What a tensor or a storage has of its own; undefined where an object follows that holds all. */
async function content(
  reader: ForwardReader,
  name: string,
): Promise<{ readonly at: number; readonly length: number } | undefined> {
  const [, cuda = '', kind = '', what] = /^torch\.(Cuda)?(\w*?)(Tensor|Storage)$/.exec(name) ?? []
  if (what === undefined) return undefined
  const size = kind === '' && cuda !== '' ? 4 : ELEMENT[kind]
  if (size === undefined) return undefined
  if (what === 'Storage') {
    await reader.need(8)
    const elements = reader.u64()
    const bytes = elements * BigInt(size)
    const at = reader.offset
    if (bytes > BigInt(reader.remaining))
      throw new FormatError('truncated', 'a storage ends beyond the file', at)
    reader.skip(Number(bytes))
    return { at, length: Number(bytes) }
  }
  const dimensions = await int(reader)
  if (dimensions < 0 || dimensions > MOST_DIMENSIONS)
    throw new FormatError('corrupt', `a tensor of ${dimensions} dimensions`, reader.offset - 4)
  reader.skip(16 * dimensions + 8)
  return undefined
}

/** `V 1`, then the name; files of the first version begin with the name. */
async function className(reader: ForwardReader): Promise<string> {
  const first = await text(reader)
  return /^V \d+$/.test(first) ? text(reader) : first
}

async function code(reader: ForwardReader): Promise<Uint8Array> {
  const size = await length(reader)
  const kept = Math.min(size, CODE)
  await reader.need(kept)
  const bytes = reader.bytes(kept).slice()
  reader.skip(size - kept)
  return bytes
}

async function text(reader: ForwardReader): Promise<string> {
  const size = await length(reader)
  if (size > NAME) throw new FormatError('corrupt', `a class name of ${size} bytes`, reader.offset - 4)
  await reader.need(size)
  return decodeName(reader.bytes(size))
}

async function length(reader: ForwardReader): Promise<number> {
  const value = await int(reader)
  if (value < 0 || value > reader.remaining)
    throw new FormatError('truncated', 'a length beyond the file', reader.offset - 4)
  return value
}

async function int(reader: ForwardReader): Promise<number> {
  await reader.need(4)
  return reader.u32() | 0
}
