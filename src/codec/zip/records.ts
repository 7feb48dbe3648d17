import { FormatError } from '../../model/trouble.ts'

/** The records of a zip file (PKWARE APPNOTE 6.3.10, section 4.3), each read from a byte window and nothing else. */

export const SIGNATURE = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  zip64End: 0x06064b50,
  zip64Locator: 0x07064b50,
  descriptor: 0x08074b50,
  digitalSignature: 0x05054b50,
  archiveExtra: 0x08064b50,
} as const

export const LOCAL_BYTES = 30
export const CENTRAL_BYTES = 46
export const END_BYTES = 22
export const ZIP64_END_BYTES = 56
export const LOCATOR_BYTES = 20

/** General purpose flags (4.4.4). */
export const FLAG = {
  encrypted: 0x1,
  descriptor: 0x8,
  patched: 0x20,
  strong: 0x40,
  utf8: 0x800,
  masked: 0x2000,
} as const

const WIDE = 0xffffffff

interface Header {
  readonly versionNeeded: number
  readonly flags: number
  readonly method: number
  readonly crc32: number
  /** Sizes with zip64 applied. */
  readonly compressed: number
  readonly size: number
  readonly name: Uint8Array
  readonly extra: Uint8Array
  /** Did a zip64 extra field give a size or offset? */
  readonly zip64: boolean
}

export interface LocalHeader extends Header {
  /** Length of header, name and extra field: data starts behind. */
  readonly length: number
}

export interface CentralEntry extends Header {
  /** Where the entry is. */
  readonly at: number
  readonly length: number
  readonly madeBy: number
  readonly disk: number
  readonly external: number
  /** Position of the local header as stated, with zip64 applied. */
  readonly offset: number
}

export function u16(b: Uint8Array, at: number): number {
  return (b[at] as number) | ((b[at + 1] as number) << 8)
}

export function u32(b: Uint8Array, at: number): number {
  return (u16(b, at) | (u16(b, at + 2) << 16)) >>> 0
}

/** 64 bits as a number; what is beyond 2^53 is beyond every file, so precision does not matter there. */
export function u64(b: Uint8Array, at: number): number {
  return u32(b, at + 4) * 0x100000000 + u32(b, at)
}

/** Reads the central entry at `at` of a window that starts at `base`, or returns undefined where no whole one is there. */
export function centralEntry(b: Uint8Array, at: number, base: number): CentralEntry | undefined {
  if (at + CENTRAL_BYTES > b.length || u32(b, at) !== SIGNATURE.central) return undefined
  const name = at + CENTRAL_BYTES
  const extra = name + u16(b, at + 28)
  const comment = extra + u16(b, at + 30)
  const length = comment + u16(b, at + 32) - at
  if (at + length > b.length) return undefined
  const sizes = widen(b.subarray(extra, comment), u32(b, at + 24), u32(b, at + 20), u32(b, at + 42))
  return {
    at: base + at,
    length,
    madeBy: u16(b, at + 4),
    versionNeeded: u16(b, at + 6),
    flags: u16(b, at + 8),
    method: u16(b, at + 10),
    crc32: u32(b, at + 16),
    compressed: sizes.compressed,
    size: sizes.size,
    name: b.subarray(name, extra),
    extra: b.subarray(extra, comment),
    zip64: sizes.zip64,
    disk: u16(b, at + 34),
    external: u32(b, at + 38),
    offset: sizes.offset,
  }
}

/** Reads the local header at `at` of a window that holds it whole, or returns undefined. */
export function localHeader(b: Uint8Array, at: number): LocalHeader | undefined {
  if (at + LOCAL_BYTES > b.length || u32(b, at) !== SIGNATURE.local) return undefined
  const name = at + LOCAL_BYTES
  const extra = name + u16(b, at + 26)
  const end = extra + u16(b, at + 28)
  if (end > b.length) return undefined
  const sizes = widen(b.subarray(extra, end), u32(b, at + 22), u32(b, at + 18), 0)
  return {
    length: end - at,
    versionNeeded: u16(b, at + 4),
    flags: u16(b, at + 6),
    method: u16(b, at + 8),
    crc32: u32(b, at + 14),
    compressed: sizes.compressed,
    size: sizes.size,
    name: b.subarray(name, extra),
    extra: b.subarray(extra, end),
    zip64: sizes.zip64,
  }
}

/** The zip64 extra field gives, in this order, only what the 32-bit field cannot (4.5.3). */
function widen(extra: Uint8Array, size: number, compressed: number, offset: number) {
  if (size !== WIDE && compressed !== WIDE && offset !== WIDE)
    return { size, compressed, offset, zip64: false }
  const wide = extraField(extra, 0x0001)
  if (!wide) return { size, compressed, offset, zip64: false }
  let at = 0
  const next = (narrow: number) => {
    if (narrow !== WIDE || at + 8 > wide.length) return narrow
    at += 8
    return u64(wide, at - 8)
  }
  return { size: next(size), compressed: next(compressed), offset: next(offset), zip64: true }
}

/** Body of the first extra field with this id. Broken fields end the list, as in most readers. */
export function extraField(extra: Uint8Array, id: number): Uint8Array | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = u16(extra, at + 2)
    if (at + 4 + length > extra.length) return undefined
    if (u16(extra, at) === id) return extra.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

/** The second name a Unicode path extra field (0x7075, 4.6.9) gives; whether its CRC still fits is for the caller. */
export function unicodePath(extra: Uint8Array): { crc32: number; name: Uint8Array } | undefined {
  const body = extraField(extra, 0x7075)
  if (!body || body.length < 5 || body[0] !== 1) return undefined
  return { crc32: u32(body, 1), name: body.subarray(5) }
}

export interface EndRecord {
  /** Where it is. */
  readonly at: number
  readonly disk: number
  readonly directoryDisk: number
  readonly entriesHere: number
  readonly entries: number
  readonly directorySize: number
  readonly directoryOffset: number
  readonly commentLength: number
}

/** `base` is where the window starts in the source. */
export function endRecord(b: Uint8Array, at: number, base: number): EndRecord {
  if (at + END_BYTES > b.length) throw new FormatError('truncated', 'the end record is cut short', base + at)
  return {
    at: base + at,
    disk: u16(b, at + 4),
    directoryDisk: u16(b, at + 6),
    entriesHere: u16(b, at + 8),
    entries: u16(b, at + 10),
    directorySize: u32(b, at + 12),
    directoryOffset: u32(b, at + 16),
    commentLength: u16(b, at + 20),
  }
}

export interface Zip64End {
  readonly at: number
  readonly length: number
  readonly disk: number
  readonly entriesHere: number
  readonly entries: number
  readonly directorySize: number
  readonly directoryOffset: number
}

export function zip64End(b: Uint8Array, base: number): Zip64End | undefined {
  if (b.length < ZIP64_END_BYTES || u32(b, 0) !== SIGNATURE.zip64End) return undefined
  return {
    at: base,
    length: 12 + u64(b, 4),
    disk: u32(b, 16),
    entriesHere: u64(b, 24),
    entries: u64(b, 32),
    directorySize: u64(b, 40),
    directoryOffset: u64(b, 48),
  }
}
