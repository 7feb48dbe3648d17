import type { Window } from '../window.ts'
import type { Reading } from './end.ts'
import {
  type CentralEntry,
  FLAG,
  LOCAL_BYTES,
  type LocalHeader,
  localHeader,
  SIGNATURE,
  u16,
  u32,
  u64,
} from './records.ts'

/** A member as one directory lists it, with what its local header and data descriptor say. */
export interface Member {
  readonly entry: CentralEntry
  /** Position of the local header; of nothing, where `local` is missing. */
  readonly at: number
  readonly local?: LocalHeader
  readonly dataStart: number
  /** By the directory, cut short at the end of the archive. */
  readonly dataEnd: number
  readonly truncated: boolean
  /** Behind the data descriptor, where there is one. */
  readonly end: number
  readonly differences: readonly HeaderField[]
}

export type HeaderField =
  | 'name'
  | 'method'
  | 'flags'
  | 'encrypted'
  | 'crc32'
  | 'compressed'
  | 'size'
  | 'descriptor'

/** Reads local header and descriptor of a listed member. Two small reads at most, none where the window holds them. */
export async function member(window: Window, entry: CentralEntry, reading: Reading): Promise<Member> {
  const at = entry.offset + reading.shift
  const local = await readLocal(window, at)
  if (!local) {
    return { entry, at, dataStart: at, dataEnd: at, truncated: at >= window.size, end: at, differences: [] }
  }
  const dataStart = at + local.length
  const dataEnd = Math.min(dataStart + entry.compressed, window.size)
  const truncated = dataStart + entry.compressed > window.size
  const late = ((entry.flags | local.flags) & FLAG.descriptor) !== 0
  const descriptor = late && !truncated ? await descriptorAt(window, dataEnd, entry) : NONE
  const differences = differencesOf(entry, local)
  if (!descriptor.agrees) differences.push('descriptor')
  const end = dataEnd + descriptor.length
  // `local` points into the window, which the next read replaces; what is kept of it is copied.
  const kept = { ...local, name: local.name.slice(), extra: local.extra.slice() }
  return { entry, at, local: kept, dataStart, dataEnd, truncated, end, differences }
}

/** The local header at a position, its views valid until the window is asked again. */
export async function readLocal(window: Window, at: number): Promise<LocalHeader | undefined> {
  const fixed = await window.at(at, LOCAL_BYTES)
  if (fixed.length < LOCAL_BYTES || u32(fixed, 0) !== SIGNATURE.local) return undefined
  const length = LOCAL_BYTES + u16(fixed, 26) + u16(fixed, 28)
  return localHeader(await window.at(at, length), 0)
}

/** What the descriptor must repeat. */
type Sums = Pick<CentralEntry, 'crc32' | 'compressed' | 'size'>

export interface Descriptor {
  readonly length: number
  readonly agrees: boolean
}

const NONE: Descriptor = { length: 0, agrees: true }

/**
 * The data descriptor at `at`: with or without signature, with 32-bit or 64-bit sizes. The form that agrees with the
 * directory counts; where none does, only a signature says that there is one at all.
 */
export async function descriptorAt(window: Window, at: number, sums: Sums): Promise<Descriptor> {
  const b = await window.at(at, 24)
  for (const signature of [4, 0]) {
    if (signature === 4 && (b.length < 4 || u32(b, 0) !== SIGNATURE.descriptor)) continue
    if (b.length < signature + 12 || u32(b, signature) !== sums.crc32) continue
    const s = signature + 4
    if (b.length >= s + 16 && u64(b, s) === sums.compressed && u64(b, s + 8) === sums.size)
      return { length: s + 16, agrees: true }
    const narrow = u32(b, s) === sums.compressed >>> 0 && u32(b, s + 4) === sums.size >>> 0
    if (narrow) return { length: s + 8, agrees: true }
  }
  const isSigned = b.length >= 16 && u32(b, 0) === SIGNATURE.descriptor
  return { length: isSigned ? 16 : 0, agrees: false }
}

// Bits 1 and 2 are hints of the compressor; 3 is about where sums are; 11 matters only beyond ASCII.
const COMPARED_FLAGS = 0xffff & ~(FLAG.encrypted | 0x6 | FLAG.descriptor | FLAG.utf8)

function differencesOf(entry: CentralEntry, local: LocalHeader): HeaderField[] {
  const differences: HeaderField[] = []
  if (!sameBytes(entry.name, local.name)) differences.push('name')
  if (entry.method !== local.method) differences.push('method')
  const flags = entry.flags ^ local.flags
  if (flags & FLAG.encrypted) differences.push('encrypted')
  const isBeyondAscii = flags & FLAG.utf8 && entry.name.some((byte) => byte > 127)
  if (flags & COMPARED_FLAGS || isBeyondAscii) differences.push('flags')
  // With bit 3 the local header may leave the sums at zero (or all ones for zip64), but it may not lie.
  const late = (local.flags & FLAG.descriptor) !== 0
  const lies = (ours: number, theirs: number) =>
    ours !== theirs && !(late && (theirs === 0 || theirs === 0xffffffff))
  if (lies(entry.crc32, local.crc32)) differences.push('crc32')
  if (lies(entry.compressed, local.compressed)) differences.push('compressed')
  if (lies(entry.size, local.size)) differences.push('size')
  return differences
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Unix file type in the upper half of the external attributes; 0 where the writer was no Unix. */
export function unixMode(entry: CentralEntry): number {
  return entry.external >>> 16
}
