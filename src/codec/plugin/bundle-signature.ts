import type { ByteSource } from '../../bytes/source.ts'

/** The block that `mcpb sign` appends to a bundle: `MCPB_SIG_V1`, four bytes of length, PKCS#7 in DER, `MCPB_SIG_END`. */
export interface BundleSignature {
  readonly offset: number
  readonly length: number
  /** The end record of the archive does not take the block for its comment. */
  readonly loose: boolean
  /** Offset of the PKCS#7 structure in the block, and its length. */
  readonly der: { readonly offset: number; readonly length: number }
}

const START = 'MCPB_SIG_V1'
const END = 'MCPB_SIG_END'
/** A chain of certificates takes some KiB. */
const LONGEST = 256 * 1024

/** The signature block at the end of a bundle; undefined where there is none whose length is right. */
export async function bundleSignature(bytes: ByteSource): Promise<BundleSignature | undefined> {
  const end = Buffer.from(await bytes.read(Math.max(0, bytes.size - END.length), END.length)).toString(
    'latin1',
  )
  if (end !== END) return undefined
  const from = Math.max(0, bytes.size - LONGEST)
  const tail = Buffer.from(await bytes.read(from, LONGEST))
  for (
    let at = tail.lastIndexOf(START, -1, 'latin1');
    at >= 0;
    at = at === 0 ? -1 : tail.lastIndexOf(START, at - 1, 'latin1')
  ) {
    const start = at + START.length + 4
    if (start > tail.length) continue
    const length = tail.readUInt32LE(start - 4)
    if (start + length + END.length !== tail.length) continue
    const comment = await bytes.read(Math.max(0, from + at - 2), 2)
    const loose = comment[0] === 0 && comment[1] === 0
    return { offset: from + at, length: tail.length - at, loose, der: { offset: start - at, length } }
  }
  return undefined
}
