import type { Meter } from '../../bytes/meter.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Cursor } from './cursor.ts'
import { Dictionary } from './dictionary.ts'
import { LzmaDecoder, lzmaProperties } from './lzma-decoder.ts'

/** Size of the dictionary that LZMA2's one byte of properties stands for; undefined where it can be none. */
export function lzma2Dictionary(byte: number): number | undefined {
  if (byte > 40) return undefined
  if (byte === 40) return 0xffffffff
  return (2 | (byte & 1)) * 2 ** ((byte >> 1) + 11)
}

/** One raw LZMA2 stream; the cursor is left behind its end marker. */
export async function* lzma2(
  input: Cursor,
  meter: Meter,
  dictionarySize: number,
  content?: number,
): AsyncGenerator<Uint8Array> {
  using dictionary = new Dictionary(meter, dictionarySize, content)
  const decoder = new LzmaDecoder(dictionary)
  // What the next chunk must bring along: a new dictionary first, then properties.
  let needs: 'dictionary' | 'properties' | 'nothing' = 'dictionary'
  for (;;) {
    const control = (await input.take(1, 'lzma2 data'))[0]!
    if (control === 0) return
    if (control >= 0xe0 || control === 1) {
      dictionary.reset()
      needs = needs === 'dictionary' ? 'properties' : needs
    } else if (needs === 'dictionary') throw corrupt('the first chunk has no dictionary', input)
    if (control < 0x80) {
      if (control > 2) throw corrupt('a chunk of unknown kind', input)
      yield* stored(input, dictionary)
      continue
    }
    const sizes = await input.take(4, 'lzma2 chunk')
    const output = (((control & 0x1f) << 16) | (sizes[0]! << 8) | sizes[1]!) + 1
    const compressed = ((sizes[2]! << 8) | sizes[3]!) + 1
    if (control >= 0xc0) {
      const properties = lzmaProperties((await input.take(1, 'lzma2 chunk'))[0]!)
      if (!properties || properties.literalContext + properties.literalPosition > 4) {
        throw corrupt('a chunk has no valid properties', input)
      }
      decoder.configure(properties)
      needs = 'nothing'
    } else if (needs !== 'nothing') throw corrupt('the first chunk has no properties', input)
    else if (control >= 0xa0) decoder.reset()
    yield* chunk(input, decoder, dictionary, compressed, output)
  }
}

async function* stored(input: Cursor, dictionary: Dictionary): AsyncGenerator<Uint8Array> {
  const size = await input.take(2, 'lzma2 chunk')
  for (let left = ((size[0]! << 8) | size[1]!) + 1; left > 0; ) {
    const available = await input.peek(1)
    if (available.length === 0) throw input.truncated('lzma2 chunk')
    const part = available.subarray(0, Math.min(left, dictionary.room))
    dictionary.append(part)
    input.skip(part.length)
    left -= part.length
    yield dictionary.take()
  }
}

async function* chunk(
  input: Cursor,
  decoder: LzmaDecoder,
  dictionary: Dictionary,
  compressed: number,
  output: number,
): AsyncGenerator<Uint8Array> {
  // Copied: the cursor is used again while the chunk is decoded in portions.
  let bytes = Uint8Array.from((await input.peek(compressed)).subarray(0, compressed))
  const whole = bytes.length === compressed
  const start = input.position
  input.skip(bytes.length)
  if (compressed < 5) throw corrupt('a chunk is too short', input)
  if (bytes.length < 5) throw input.truncated('lzma2 chunk')
  decoder.start(bytes)
  bytes = bytes.subarray(5)
  for (let left = output; left > 0; ) {
    const before = dictionary.position
    let broken: FormatError | undefined
    try {
      if (decoder.run(bytes, true, left) === 'end') broken = corrupt('an end marker within a chunk', input)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      // A chunk that is all there and still too short is no truncation.
      const kind = error.kind === 'truncated' && whole ? 'corrupt' : error.kind
      broken = new FormatError(kind, error.message, start)
    }
    bytes = bytes.subarray(decoder.used)
    left -= dictionary.position - before
    yield dictionary.take()
    if (broken) throw broken
  }
  decoder.finish(bytes)
  if (bytes.length !== decoder.used) throw corrupt('a chunk is longer than its content', input)
}

function corrupt(message: string, input: Cursor): FormatError {
  return new FormatError('corrupt', `lzma2: ${message}`, input.position)
}
