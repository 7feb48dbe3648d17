import { crc32 } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import { decodeName } from '../names.ts'
import type { RarBlock, RarReading } from './rar-block.ts'

const TYPES: Readonly<Record<number, 'main' | 'file' | 'service' | 'end'>> = {
  115: 'main',
  116: 'file',
  122: 'service',
  123: 'end',
}
const UNIX = 3

/** One block of RAR 1.5–4 at the start of `bytes`; undefined where its header is longer than these. */
export function readRar4(bytes: Uint8Array): RarReading | undefined {
  if (bytes.length < 7) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [code, flags, header] = [view.getUint8(2), view.getUint16(3, true), view.getUint16(5, true)]
  if (header < 7) throw new FormatError('corrupt', 'no RAR header')
  if (header > bytes.length) return undefined
  const type: RarBlock['type'] = TYPES[code] ?? 'other'
  const isSound = (crc32(bytes.subarray(2, header)) & 0xffff) === view.getUint16(0, true)
  const common = { type, header, isSound, name: '', method: 0, unpacked: 0, isFolder: false, mode: 0 }
  if (type === 'main') {
    const block = { ...common, packed: 0, isSplit: (flags & 1) !== 0, isEncrypted: (flags & 0x80) !== 0 }
    return { block, next: header }
  }
  const isMember = type === 'file' || type === 'service'
  const hasData = isMember || (flags & 0x8000) !== 0
  if (hasData && header < 11) throw new FormatError('corrupt', 'a RAR header without its size')
  const low = hasData ? view.getUint32(7, true) : 0
  if (!isMember || header < 32) {
    return {
      block: { ...common, packed: low, isSplit: false, isEncrypted: false },
      next: header + low,
    }
  }
  const isLarge = (flags & 0x100) !== 0 && header >= 40
  const packed = low + (isLarge ? view.getUint32(32, true) * 2 ** 32 : 0)
  const unpacked = view.getUint32(11, true) + (isLarge ? view.getUint32(36, true) * 2 ** 32 : 0)
  const nameAt = isLarge ? 40 : 32
  const nameEnd = Math.min(header, nameAt + view.getUint16(26, true))
  const mode = view.getUint8(15) === UNIX ? view.getUint32(28, true) & 0xffff : 0
  const block = {
    ...common,
    packed,
    unpacked,
    mode,
    name: nameOf(bytes.subarray(nameAt, nameEnd), (flags & 0x200) !== 0),
    method: Math.max(0, view.getUint8(25) - 0x30),
    isSplit: (flags & 3) !== 0,
    isEncrypted: (flags & 4) !== 0,
    isFolder: (flags & 0xe0) === 0xe0,
  }
  return { block, next: header + packed }
}

/**
 * The name, with `/` for RAR's backslash. Where the flag says so, a second, packed Unicode name follows a NUL; the first
 * one is what readers without Unicode take.
 */
function nameOf(bytes: Uint8Array, isUnicode: boolean): string {
  const nul = bytes.indexOf(0)
  if (!isUnicode || nul < 0) return decodeName(bytes).replaceAll('\\', '/')
  return unpackName(bytes.subarray(0, nul), bytes.subarray(nul + 1)).replaceAll('\\', '/')
}

/** RAR 3's packing of UTF-16: two-bit codes say how each character derives from the first name or a common high byte. */
function unpackName(plain: Uint8Array, packed: Uint8Array): string {
  const units: number[] = []
  const high = (packed[0] ?? 0) << 8
  let [at, flags, left] = [1, 0, 0]
  while (at < packed.length && units.length < 65536) {
    if (left === 0) {
      flags = packed[at++] ?? 0
      left = 8
    }
    left -= 2
    const code = (flags >> left) & 3
    if (code === 0) units.push(packed[at++] ?? 0)
    else if (code === 1) units.push(high | (packed[at++] ?? 0))
    else if (code === 2) {
      units.push((packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8))
      at += 2
    } else {
      const length = packed[at++] ?? 0
      const correction = length & 0x80 ? (packed[at++] ?? 0) : undefined
      for (let i = (length & 0x7f) + 2; i > 0; i--) {
        const byte = plain[units.length] ?? 0
        units.push(correction === undefined ? byte : high | ((byte + correction) & 0xff))
      }
    }
  }
  // In pieces: a call takes only so many arguments.
  let text = ''
  for (let i = 0; i < units.length; i += 1024) text += String.fromCharCode(...units.slice(i, i + 1024))
  return text
}
