import { decodeLatin1 } from './text.ts'

/**
 * A bytes or str constant whose first bytes look like a pickle, an archive or an encoding of one, or that the stream
 * itself passes to a function that decodes or loads. Only a suspicion: whoever uses it decodes and checks.
 */
export interface Constant {
  /** Offset of the payload in the source. */
  readonly offset: number
  readonly length: number
  readonly encoding: Suspicion | 'unseen'
  /** The opcode whose text it is, where escapes must be decoded first. */
  readonly line?: number
  /** The function that it is passed to. */
  readonly into?: string
}

export type Suspicion = 'raw' | 'text' | 'latin1' | 'base64' | 'hex' | 'zlib' | 'gzip' | 'archive'

/** Shorter constants hold no pickle that calls anything: `cos\nx\n)R.` has 10 bytes. */
export const SHORTEST_CONSTANT = 10

/** Functions whose first argument is decoded or loaded, so that it is looked into whatever its first bytes. */
export const LOADERS: ReadonlySet<string> = new Set([
  'pickle.loads',
  '_pickle.loads',
  'dill.loads',
  'dill._dill.loads',
  'cloudpickle.loads',
  'marshal.loads',
  'torch.storage._load_from_bytes',
  'base64.b64decode',
  'base64.standard_b64decode',
  'base64.decodebytes',
  'base64.b16decode',
  'binascii.a2b_base64',
  'binascii.unhexlify',
  'binascii.a2b_hex',
  'zlib.decompress',
  'gzip.decompress',
  'bz2.decompress',
  'lzma.decompress',
  'builtins.bytes.fromhex',
  'io.BytesIO',
  '_io.BytesIO',
])

/**
 * Opcodes that a pickle can begin with: every other one fails on an empty stack, without a mark or memo, before anything
 * could have run. Of the lower-case letters that texts begin with, only GLOBAL is left.
 */
const BEGINNINGS: ReadonlySet<number> = new Set([
  ...Buffer.from('()BCFGIJKLMNPSTUVX]c}'),
  ...[0x80, 0x82, 0x83, 0x84, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x95, 0x96, 0x97],
])

/** First bytes for which `suspect` may have a suspicion at all, so that nearly no string need be looked at. */
export const MAY_BE_SUSPECT: Uint8Array = new Uint8Array(256)
for (const byte of BEGINNINGS) MAY_BE_SUSPECT[byte] = 1
for (const byte of [0xc2, 0x78, 0x1f, 0xfd, ...Buffer.from('867eHZYKPB7(g')]) MAY_BE_SUSPECT[byte] = 1

/** Bytes looked at to find an import in text. */
const IMPORT_WINDOW = 1024
const IMPORT = /[ci][A-Za-z_][\w.]*(\n|\\n|\\u000a|\\x0a|\\012)[A-Za-z_][\w.<>]*(\n|\\)/i

/** Suspects a payload by its first bytes; undefined for nearly all, `unseen` where the window ends before them. */
export function constantAt(
  window: Uint8Array,
  at: number,
  length: number,
  base: number,
  valid: number,
): Constant | undefined {
  if (at + Math.min(length, 16) > valid) return { offset: base + at, length, encoding: 'unseen' }
  const encoding = suspect(window, at, length)
  return encoding && { offset: base + at, length, encoding }
}

/** The suspicion that the first bytes of a payload raise. */
export function suspect(bytes: Uint8Array, at: number, length: number): Suspicion | undefined {
  const a = bytes[at]!
  const b = bytes[at + 1]!
  const c = bytes[at + 2]!
  const d = bytes[at + 3]!
  switch (a) {
    case 0x80:
      return b <= 5 ? 'raw' : undefined
    case 0xc2: // U+0080 in UTF-8: how protocol 2 writes the byte 0x80
      return b === 0x80 && c <= 5 ? 'latin1' : undefined
    case 0x78:
      return ((a << 8) | b) % 31 === 0 ? 'zlib' : undefined
    case 0x1f:
      return b === 0x8b ? 'gzip' : undefined
    case 0x38: // '80' and a protocol
      if (b === 0x30 && c === 0x30 && d >= 0x30 && d <= 0x35) return 'hex'
      break
    case 0x36: // '63': GLOBAL in hexadecimal
      if (b === 0x33) return 'hex'
      break
    case 0x67: // 'gA' and a protocol
      if (b === 0x41 && c >= 0x41 && c <= 0x58) return 'base64'
      break
    case 0x65: // 'eJ' 'eN' 'eA' 'eF': zlib
      if (b === 0x4a || b === 0x4e || b === 0x41 || b === 0x46) return 'base64'
      break
    case 0x48: // 'H4s': gzip
      if (b === 0x34 && c === 0x73) return 'base64'
      break
    case 0x5a: // 'Z0': 'gA' once more
      if (b === 0x30) return 'base64'
      break
    case 0x59: // 'Y2', 'Y3': GLOBAL
    case 0x4b: // 'KG', 'KF', 'KH': MARK
      if ((b >= 0x32 && b <= 0x33) || (a === 0x4b && b >= 0x44 && b <= 0x48)) return 'base64'
      break
    default:
  }
  if (isArchive(a, b, c, d)) return 'archive'
  return textPickle(bytes, at, length) ? 'text' : undefined
}

function isArchive(a: number, b: number, c: number, d: number): boolean {
  if (a === 0x50) return b === 0x4b && c === 3 && d === 4
  if (a === 0x42) return b === 0x5a && c === 0x68 && d >= 0x31 && d <= 0x39
  if (a === 0xfd) return b === 0x37 && c === 0x7a && d === 0x58
  if (a === 0x37) return b === 0x7a && c === 0xbc && d === 0xaf
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd
}

/** Does it begin with an opcode and import something by text soon? */
function textPickle(bytes: Uint8Array, at: number, length: number): boolean {
  if (!BEGINNINGS.has(bytes[at]!)) return false
  const end = at + Math.min(length, IMPORT_WINDOW)
  if (!hasLineEnd(bytes, at, end)) return false
  return IMPORT.test(decodeLatin1(bytes.subarray(at, end)))
}

/** Up to this length a loop of our own is faster than the view that a search by the engine needs. */
const SHORT = 64

/** Is there a line feed, or the backslash of an escaped one? Nearly no short string has any. */
function hasLineEnd(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at > SHORT) {
    const head = bytes.subarray(at, end)
    return head.includes(0x0a) || head.includes(0x5c)
  }
  for (let i = at; i < end; i++) {
    const byte = bytes[i]
    if (byte === 0x0a || byte === 0x5c) return true
  }
  return false
}
