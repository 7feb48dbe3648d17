/**
 * A bytes or str constant whose first bytes look like a pickle, an archive or an encoding of one. Only a suspicion: the
 * driver decodes and checks it.
 */
export interface Constant {
  /** Offset of the payload in the source. */
  readonly offset: number
  readonly length: number
  /** The opcode whose text it is, where escapes must be decoded first. */
  readonly line?: number
  readonly encoding: 'raw' | 'text' | 'base64' | 'hex' | 'zlib' | 'gzip' | 'archive' | 'unseen'
}

/** Shorter constants hold no pickle that imports anything: the shortest, `cos\nx\n.`, has 8 bytes, its base64 12. */
export const SHORTEST_CONSTANT = 12

/** Suspects a payload by its first bytes; undefined for nearly all, `unseen` where the window ends before them. */
export function constantAt(
  window: Uint8Array,
  at: number,
  length: number,
  base: number,
  valid: number,
): Constant | undefined {
  if (at + 4 > valid) return { offset: base + at, length, encoding: 'unseen' }
  const encoding = suspect(window[at], window[at + 1], window[at + 2], window[at + 3])
  return encoding && { offset: base + at, length, encoding }
}

export function suspect(a = 0, b = 0, c = 0, d = 0): Constant['encoding'] | undefined {
  switch (a) {
    case 0x80:
      return b <= 5 ? 'raw' : undefined
    case 0x78:
      return ((a << 8) | b) % 31 === 0 ? 'zlib' : undefined
    case 0x1f:
      return b === 0x8b ? 'gzip' : undefined
    case 0x50: // PK
      return b === 0x4b && c === 3 && d === 4 ? 'archive' : undefined
    case 0x42: // BZh
      return b === 0x5a && c === 0x68 ? 'archive' : undefined
    case 0xfd: // xz
      return b === 0x37 && c === 0x7a && d === 0x58 ? 'archive' : undefined
    case 0x28: // MARK, or the magic of zstd
      return b === 0xb5 && c === 0x2f && d === 0xfd ? 'archive' : 'text'
    case 0x38: // '80' and a protocol
      return b === 0x30 && c === 0x30 && d >= 0x30 && d <= 0x35 ? 'hex' : undefined
    case 0x67: // 'gA' and a protocol
      return b === 0x41 && c >= 0x41 && c <= 0x58 ? 'base64' : undefined
    case 0x65: // 'eJ' 'eN' 'eA' 'eF': zlib
      return b === 0x4a || b === 0x4e || b === 0x41 || b === 0x46 ? 'base64' : undefined
    case 0x48: // 'H4s': gzip
      return b === 0x34 && c === 0x73 ? 'base64' : undefined
    case 0x59: // 'Y2', 'Y3': text pickles that begin with GLOBAL
    case 0x4b: // 'KG', 'KF', 'KH': … with MARK
      return 'base64'
    case 0x63: // GLOBAL
      return 'text'
    case 0x36: // '63' or '28': a text pickle in hexadecimal
      return b === 0x33 ? 'hex' : undefined
    default:
      return undefined
  }
}
