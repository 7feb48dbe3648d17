import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import { ZLIB } from './zlib.ts'

/** `len(hex(2**64))`, and one more that joblib 0.8.4 and Python 2 wrote. */
const DIGITS = 19

/**
 * What joblib wrote before 0.10: `ZF`, the length of the content in hex padded with spaces, and one zlib stream.
 * joblib still reads it.
 */
export const ZFILE: Codec = {
  id: 'zfile',
  starts: (head) => String.fromCharCode(...head.subarray(0, 4)) === 'ZF0x',
  member,
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, mismatch } = decoding
  const text = Buffer.from(await input.take(2 + DIGITS, 'joblib header')).toString('latin1')
  const declared = /^ZF0x([0-9a-fA-F]{1,16})[L ]* *$/.exec(text)?.[1]
  if (declared === undefined) throw new FormatError('corrupt', 'joblib: no valid length', 2)
  if ((await input.peek(1))[0] === 0x20) input.skip(1)
  let length = 0
  for await (const chunk of ZLIB.member(decoding)) {
    length += chunk.length
    yield chunk
  }
  if (length !== Number.parseInt(declared, 16)) mismatch('the declared length')
}
