import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'

/** A stream or storage in a compound file. */
export interface CompoundEntry {
  readonly name: string
  readonly kind: 'storage' | 'stream' | 'root'
  readonly size: number
}

const END = 0xfffffffa
const ENTRIES = 100_000
const ENTRY = 128

/**
 * The directory of a compound file ([MS-CFB]): Office documents before 2007, macro projects, embedded objects. Chains of sectors
 * are followed with a count, so that a ring ends.
 */
export async function compoundEntries(source: ByteSource): Promise<CompoundEntry[]> {
  const header = Uint8Array.prototype.slice.call(await source.read(0, 512))
  if (header.length < 512) throw new FormatError('truncated', 'a compound file without its header')
  const view = new DataView(header.buffer)
  const shift = view.getUint16(30, true)
  if (shift !== 9 && shift !== 12) throw new FormatError('corrupt', `sectors of 2^${shift} bytes`, 30)
  const size = 2 ** shift
  const table = await allocation(source, view, size)
  const entries: CompoundEntry[] = []
  let sector = view.getUint32(48, true)
  for (let hops = 0; sector < END; hops++) {
    if (hops > table.length) throw new FormatError('corrupt', 'a directory that leads into itself')
    const bytes = await source.read((sector + 1) * size, size)
    if (bytes.length < size) throw new FormatError('truncated', 'a directory cut short', (sector + 1) * size)
    for (let at = 0; at < size; at += ENTRY) {
      const entry = directoryEntry(bytes.subarray(at, at + ENTRY))
      if (entry) entries.push(entry)
    }
    if (entries.length > ENTRIES) throw new FormatError('limit', `more than ${ENTRIES} entries`)
    sector = table[sector] ?? END
  }
  return entries
}

function directoryEntry(bytes: Uint8Array): CompoundEntry | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Math.min(64, view.getUint16(64, true))
  const kind = ({ 1: 'storage', 2: 'stream', 5: 'root' } as const)[bytes[66] ?? 0]
  if (!kind || length < 2) return undefined
  const name = Buffer.from(bytes.subarray(0, length - 2)).toString('utf16le')
  return { name, kind, size: view.getUint32(120, true) }
}

/** Which sector follows which: sectors of numbers, listed in the header and in a chain of further sectors. */
async function allocation(source: ByteSource, header: DataView, size: number): Promise<number[]> {
  const places: number[] = []
  for (let i = 0; i < 109; i++) places.push(header.getUint32(76 + 4 * i, true))
  let next = header.getUint32(68, true)
  const most = Math.ceil(source.size / size)
  for (let hops = 0; next < END && hops < most; hops++) {
    const numbers = await sector(source, next, size)
    places.push(...numbers.slice(0, -1))
    next = numbers.at(-1) ?? END
  }
  const table: number[] = []
  for (const place of places) {
    if (place >= END) continue
    if (table.length > most + size) throw new FormatError('corrupt', 'more sectors than the file has')
    for (const number of await sector(source, place, size)) table.push(number)
  }
  return table
}

async function sector(source: ByteSource, number: number, size: number): Promise<number[]> {
  const bytes = await source.read((number + 1) * size, size)
  if (bytes.length < size)
    throw new FormatError('truncated', 'a sector outside the file', (number + 1) * size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 * i, true))
}
