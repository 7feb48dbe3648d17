/** The 512-byte header of a tar member: POSIX.1-1988 ustar, the older v7, and GNU's variant. */

export const BLOCK = 512

export type TarMagic = 'ustar' | 'gnu' | 'v7'

export interface TarHeader {
  readonly at: number
  readonly name: Uint8Array
  /** ustar only: the folder part of a name longer than 100 bytes. */
  readonly prefix: Uint8Array
  readonly linkname: Uint8Array
  readonly mode: number
  readonly size: TarNumber
  readonly type: string
  readonly magic: TarMagic
  /** How the checksum came out right: some old writers summed signed bytes. */
  readonly checksum: 'unsigned' | 'signed' | 'wrong'
  /** GNU old sparse: does a block with more of the map follow? */
  readonly isExtended: boolean
}

export interface TarNumber {
  readonly value: number
  readonly issue?: 'negative' | 'huge' | 'malformed'
}

export function isZeroBlock(b: Uint8Array, at = 0): boolean {
  for (let i = at; i < at + BLOCK; i++) if (b[i] !== 0) return false
  return true
}

/** Reads the header at the start of `b`, whatever its checksum says. */
export function tarHeader(b: Uint8Array, at: number): TarHeader {
  const magic = magicOf(b)
  return {
    at,
    name: field(b, 0, 100),
    prefix: magic === 'ustar' ? field(b, 345, 155) : new Uint8Array(0),
    linkname: field(b, 157, 100),
    mode: number(b, 100, 8).value,
    size: number(b, 124, 12),
    type: b[156] === 0 ? '0' : String.fromCharCode(b[156] as number),
    magic,
    checksum: checksumOf(b),
    isExtended: magic === 'gnu' && b[482] === 1,
  }
}

function magicOf(b: Uint8Array): TarMagic {
  const text = String.fromCharCode(...b.subarray(257, 263))
  if (text === 'ustar\0') return 'ustar'
  return text === 'ustar ' ? 'gnu' : 'v7'
}

/** Bytes of a text field up to its NUL, as a copy. */
function field(b: Uint8Array, offset: number, length: number): Uint8Array {
  const whole = b.subarray(offset, offset + length)
  const end = whole.indexOf(0)
  return whole.slice(0, end < 0 ? length : end)
}

/** Octal digits between blanks, or GNU's binary number where the top bit of the first byte is set. */
export function number(b: Uint8Array, offset: number, length: number): TarNumber {
  const first = b[offset] as number
  if (first & 0x80) return binary(b.subarray(offset, offset + length))
  const text = String.fromCharCode(...b.subarray(offset, offset + length))
  const digits = /^[ \0]*([0-7]*)[ \0]?/.exec(text)
  const value = Number.parseInt(digits?.[1] || '0', 8)
  const rest = text.slice(digits?.[0].length ?? 0)
  return /^[\0 ]*$/.test(rest.replace(/\0.*$/s, '')) ? { value } : { value, issue: 'malformed' }
}

function binary(bytes: Uint8Array): TarNumber {
  const isNegative = ((bytes[0] as number) & 0x40) !== 0
  let value = BigInt((bytes[0] as number) & 0x7f)
  for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte)
  if (isNegative) return { value: Number(value - (1n << BigInt(bytes.length * 8 - 1))), issue: 'negative' }
  return value > BigInt(Number.MAX_SAFE_INTEGER)
    ? { value: Number(value), issue: 'huge' }
    : { value: Number(value) }
}

function checksumOf(b: Uint8Array): TarHeader['checksum'] {
  let unsigned = 8 * 0x20
  let above = 0
  for (let i = 0; i < BLOCK; i++) {
    if (i === 148) i = 156
    const byte = b[i] as number
    unsigned += byte
    if (byte > 127) above++
  }
  const { value, issue } = number(b, 148, 8)
  if (issue) return 'wrong'
  if (value === unsigned) return 'unsigned'
  return value === unsigned - 256 * above ? 'signed' : 'wrong'
}

/** Is this a plausible member header? A v7 header has nothing but its checksum to go by. */
export function isHeader(b: Uint8Array): boolean {
  return b.length >= BLOCK && !isZeroBlock(b) && checksumOf(b) !== 'wrong'
}
