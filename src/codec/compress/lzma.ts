import type { Meter } from '../../bytes/meter.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import type { Cursor } from './cursor.ts'
import { Dictionary } from './dictionary.ts'
import { u32, u64 } from './little.ts'
import { LzmaDecoder, type LzmaProperties, lzmaProperties } from './lzma-decoder.ts'

const HEADER = 13
const UNKNOWN_SIZE = 2 ** 64
const INPUT = 64 * 1024

/** `.lzma` files as lzma-utils wrote them: properties, dictionary, size, then one LZMA stream. */
export const LZMA: Codec = { id: 'lzma', starts, member }

/**
 * There is no magic. The same test as liblzma's automatic detection: a dictionary of 2^n or 2^n + 2^(n-1) bytes and a
 * size that is unknown or below 256 GiB; besides, the range coder starts with a zero byte.
 */
function starts(head: Uint8Array): boolean {
  if (head.length <= HEADER || !lzmaProperties(head[0]!) || head[HEADER] !== 0) return false
  const dictionary = u32(head, 1)
  const size = u64(head, 5)
  // Nothing can be in it, and the header of MXNet's parameters looks just like this.
  if (size === 0 && dictionary < 4096) return false
  return isUsualDictionary(dictionary) && (size === UNKNOWN_SIZE || size < 2 ** 38)
}

function isUsualDictionary(size: number): boolean {
  if (size === 0xffffffff) return true
  const log = 31 - Math.clz32(size)
  return size !== 0 && (size === 2 ** log || size === 2 ** log + 2 ** (log - 1))
}

async function* member({ input, meter }: Decoding): AsyncGenerator<Uint8Array> {
  const header = await input.take(HEADER, 'lzma header')
  const properties = lzmaProperties(header[0]!)
  if (!properties) throw new FormatError('corrupt', 'lzma: no valid properties', input.position - HEADER)
  const size = u64(header, 5)
  yield* lzma(input, meter, properties, u32(header, 1), size === UNKNOWN_SIZE ? undefined : size)
}

/** One raw LZMA stream of known or unknown length; the cursor is left behind it. */
export async function* lzma(
  input: Cursor,
  meter: Meter,
  properties: LzmaProperties,
  dictionarySize: number,
  size: number | undefined,
): AsyncGenerator<Uint8Array> {
  using dictionary = new Dictionary(meter, dictionarySize, size)
  const decoder = new LzmaDecoder(dictionary)
  decoder.configure(properties)
  decoder.start(await input.take(5, 'lzma data'))
  for (let left = size ?? Number.POSITIVE_INFINITY; ; ) {
    const before = dictionary.position
    const { stop, error } = await attempt(input, decoder, left)
    left -= dictionary.position - before
    yield dictionary.take()
    if (error) throw error
    if (stop === 'end') {
      if (size !== undefined && left > 0) throw corrupt('the end marker comes early', input)
      return
    }
    if (left === 0) {
      await finish(input, decoder)
      return
    }
  }
}

async function attempt(input: Cursor, decoder: LzmaDecoder, most: number) {
  const bytes = await input.peek(INPUT)
  let stop: 'input' | 'output' | 'end' = 'input'
  let error: FormatError | undefined
  try {
    stop = decoder.run(bytes, bytes.length === input.remaining, most)
  } catch (thrown) {
    if (!(thrown instanceof FormatError)) throw thrown
    error = new FormatError(thrown.kind, thrown.message, input.position + decoder.used)
  }
  input.skip(decoder.used)
  return { stop, error }
}

/** Behind the last byte of known length there may be an end marker all the same. */
async function finish(input: Cursor, decoder: LzmaDecoder): Promise<void> {
  decoder.finish(await input.peek(INPUT))
  input.skip(decoder.used)
  if (decoder.exhausted) return
  const ended = decoder.marker(await input.peek(INPUT))
  input.skip(decoder.used)
  if (!ended) throw corrupt('there is more than the declared size', input)
}

function corrupt(message: string, input: Cursor): FormatError {
  return new FormatError('corrupt', `lzma: ${message}`, input.position)
}
