import type { Meter } from '../../bytes/meter.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { BZIP2 } from '../compress/bzip2.ts'
import { type Codec, decode } from '../compress/codec.ts'
import { Cursor } from '../compress/cursor.ts'
import { inflate } from '../compress/deflate.ts'
import {
  arm,
  arm64,
  armThumb,
  delta,
  type Filter,
  filtered,
  powerpc,
  sparc,
  x86,
} from '../compress/filter.ts'
import { u32 } from '../compress/little.ts'
import { lzma } from '../compress/lzma.ts'
import { lzmaProperties } from '../compress/lzma-decoder.ts'
import { lzma2, lzma2Dictionary } from '../compress/lzma2.ts'
import { ZSTD } from '../compress/zstd.ts'
import type { Coder, Folder } from './streams.ts'

/** A folder being unpacked. */
export interface Unpacking {
  readonly stream: AsyncIterable<Uint8Array>
  /** Bytes of the packed stream that were used; exact once `stream` has ended. */
  consumed(): number
}

interface Packed {
  readonly source: ByteSource
  readonly properties: Uint8Array
  /** What the coder is said to give. */
  readonly size: number
  readonly meter: Meter
  readonly signal: AbortSignal | undefined
}

export const COPY = '00'
const AES = '06f10701'

const DECOMPRESSORS: Readonly<Record<string, (packed: Packed) => Unpacking>> = {
  [COPY]: ({ source, size, signal }) => {
    const used = slice(source, 0, size)
    return { stream: used.stream(signal), consumed: () => used.size }
  },
  '030101': (packed) => {
    const { properties, size, meter } = packed
    const known = properties.length === 5 ? lzmaProperties(properties[0]!) : undefined
    if (!known) throw new FormatError('corrupt', '7z: no valid LZMA properties')
    return onCursor(packed, (input) => lzma(input, meter, known, u32(properties, 1), size))
  },
  '21': (packed) => {
    const { properties, size, meter } = packed
    const dictionary = properties.length === 1 ? lzma2Dictionary(properties[0]!) : undefined
    if (dictionary === undefined) throw new FormatError('corrupt', '7z: no valid LZMA2 properties')
    return onCursor(packed, (input) => lzma2(input, meter, dictionary, size))
  },
  '040108': (packed) => onCursor(packed, inflate),
  '040202': (packed) => ofCodec(BZIP2, packed),
  '04f71101': (packed) => ofCodec(ZSTD, packed),
}

function onCursor(
  { source, signal }: Packed,
  decompress: (input: Cursor) => AsyncIterable<Uint8Array>,
): Unpacking {
  const cursor = new Cursor(source, signal)
  return { stream: decompress(cursor), consumed: () => cursor.position }
}

function ofCodec(codec: Codec, { source, meter, signal }: Packed): Unpacking {
  const decoded = decode(codec, source, meter)
  return { stream: decoded.stream(signal), consumed: () => decoded.consumed }
}

const FILTERS: Readonly<Record<string, (properties: Uint8Array) => Filter>> = {
  '03': (properties) => delta((properties[0] ?? 0) + 1),
  ...branch(x86, '03030103', '04'),
  ...branch(powerpc, '03030205', '05'),
  ...branch(arm, '03030501', '07'),
  ...branch(armThumb, '03030701', '08'),
  ...branch(sparc, '03030805', '09'),
  ...branch(arm64, '0a'),
}

function branch(filter: (start: number) => Filter, ...methods: string[]) {
  const make = (properties: Uint8Array) => filter(properties.length === 4 ? u32(properties, 0) : 0)
  return Object.fromEntries(methods.map((method) => [method, make]))
}

const NAMES: Readonly<Record<string, string>> = {
  [COPY]: 'copy',
  '030101': 'lzma',
  '21': 'lzma2',
  '040108': 'deflate',
  '040109': 'deflate64',
  '040202': 'bzip2',
  '04f71101': 'zstd',
  '030401': 'ppmd',
  '03': 'delta',
  '03030103': 'bcj',
  '0303011b': 'bcj2',
  [AES]: 'aes',
}

export function methodName({ method }: Coder): string {
  return NAMES[method] ?? method
}

/**
 * What a folder unpacks to. Throws `encrypted` or `unsupported` where it cannot be had; a decompressor behind any
 * number of filters is what archivers write, and all that is decoded here.
 */
export function unpack(
  folder: Folder,
  packed: readonly ByteSource[],
  meter: Meter,
  signal?: AbortSignal,
): Unpacking {
  if (folder.coders.some((coder) => coder.method === AES)) throw new FormatError('encrypted', '7z: AES')
  const order = chain(folder)
  const source = packed[0]
  const last = order.at(-1)
  if (!order.length || last === undefined || !source) {
    throw new FormatError('unsupported', `7z: ${folder.coders.map(methodName).join(' + ')}`)
  }
  const coder = folder.coders[last]!
  const decompress = DECOMPRESSORS[coder.method]
  if (!decompress) throw new FormatError('unsupported', `7z: ${methodName(coder)}`)
  const { properties } = coder
  const unpacking = decompress({ source, properties, size: folder.unpackSizes[last]!, meter, signal })
  let { stream } = unpacking
  for (const index of order.slice(0, -1).reverse()) {
    const { method, properties } = folder.coders[index]!
    const filter = FILTERS[method]
    if (!filter) throw new FormatError('unsupported', `7z: ${methodName(folder.coders[index]!)}`)
    stream = filtered(stream, filter(properties))
  }
  return { stream: metered(stream, source.size, meter), consumed: unpacking.consumed }
}

async function* metered(
  stream: AsyncIterable<Uint8Array>,
  input: number,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  let produced = 0
  for await (const chunk of stream) {
    produced += chunk.length
    meter.ratio(produced, input)
    meter.tick()
    yield chunk
  }
}

/** Indices of the coders from the one that gives the content to the one that reads the packed stream; else empty. */
function chain(folder: Folder): number[] {
  const { coders, bindings } = folder
  if (coders.some((coder) => coder.inputs !== 1 || coder.outputs !== 1)) return []
  // With one input and one output each, the indices of streams are those of coders.
  const order: number[] = []
  let index = coders.findIndex((_, i) => !bindings.some((b) => b.output === i))
  while (index >= 0 && index < coders.length && !order.includes(index)) {
    order.push(index)
    index = bindings.find((b) => b.input === index)?.output ?? -1
  }
  return order.length === coders.length ? order : []
}

/** The packed streams of each folder as sources; `from` is where packed streams are counted from. */
export function packedSources(
  source: ByteSource,
  from: number,
  ranges: readonly { readonly offset: number; readonly length: number }[],
): ByteSource[] {
  return ranges.map(({ offset, length }) => {
    if (from + offset + length > source.size) {
      throw new FormatError('truncated', '7z: a packed stream lies beyond the end', source.size)
    }
    return slice(source, from + offset, length)
  })
}
