import type { ByteSource } from '../../bytes/source.ts'
import type { Encoding } from '../text.ts'

/**
 * The chunks of a text as UTF-8, without a byte order mark, whatever it is written in; each is valid until the next is asked for.
 * Bytes of a legacy encoding are taken for Latin-1, which keeps everything that detectors look for.
 */
export async function* utf8Chunks(
  source: ByteSource,
  encoding: Encoding,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const decoder = encoding.startsWith('utf-16') ? new TextDecoder(encoding) : undefined
  let isFirst = true
  for await (const chunk of source.stream(signal)) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const isMarked = isFirst && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    isFirst = false
    if (decoder) yield Buffer.from(decoder.decode(bytes, { stream: true }))
    else if (encoding === 'single-byte') yield Buffer.from(bytes.toString('latin1'))
    else yield isMarked ? bytes.subarray(3) : bytes
  }
}
