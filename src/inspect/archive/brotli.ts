import { brotliDecompressSync, constants, createBrotliDecompress } from 'node:zlib'
import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource, ByteStream } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import type { Inspector } from '../inspector.ts'

/**
 * Brotli has no magic: only the name tells. What does not decode under such a name and is nothing else is corrupt, not
 * unknown. A stream can be crafted that is text, or an archive, besides: what decodes is inspected whatever else it is.
 */
export const brotli: Inspector = {
  id: 'brotli',
  detect: { bare: /\.(?:br|brotli)$/, bareToo: decodes },
  facts: {},
  async *inspect({ artifact, bytes }, { meter }) {
    const name = artifact.name.replace(/\.(?:br|brotli)$/i, '')
    yield { type: 'child', name: name || artifact.name, bytes: decoded(bytes, meter) }
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  },
}

/** The content, chunk by chunk; the ratio of what came out to what went in is watched as it grows. */
function decoded(bytes: ByteSource, meter: Meter): ByteStream {
  return {
    size: undefined,
    async *stream(signal) {
      const decoder = createBrotliDecompress()
      const feed = (async () => {
        for await (const chunk of bytes.stream(signal)) {
          // The chunk is the source's own: the decoder must not keep it.
          if (!decoder.write(Uint8Array.from(chunk))) await new Promise((go) => decoder.once('drain', go))
          if (decoder.destroyed) return
        }
        decoder.end()
      })()
      feed.catch((error: Error) => decoder.destroy(error))
      let output = 0
      try {
        for await (const chunk of decoder as AsyncIterable<Buffer>) {
          output += chunk.length
          meter.ratio(output, bytes.size)
          yield chunk
        }
      } catch (error) {
        if (error instanceof FormatError) throw error
        const isCut = error instanceof Error && /unexpected end/i.test(error.message)
        throw new FormatError(isCut ? 'truncated' : 'corrupt', 'the brotli data cannot be decoded')
      } finally {
        decoder.destroy()
      }
    },
  }
}

const ENOUGH = 64 * 1024

/** Do the first bytes decode? Text and other formats fail within the first few. */
function decodes(head: Uint8Array): boolean {
  try {
    const options = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: ENOUGH }
    return brotliDecompressSync(head, options).length > 0
  } catch (error) {
    return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
  }
}
