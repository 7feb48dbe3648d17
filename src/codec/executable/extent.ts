import type { ByteSource } from '../../bytes/source.ts'
import { be16, be32, le16, le32, Walk } from '../media/walk.ts'
import type { ExecutableFormat } from './formats.ts'

/** The longest fixed header, that of ELF. */
const HEADER = 64

/** More sections than any linker writes: bounds the walk over a hostile table. */
const TABLE = 65_536

/**
 * Where a program ends by its own headers; what is behind is an overlay that a loader ignores and an attacker likes.
 * The size of the source for formats that declare no end.
 */
export async function programEnd(format: ExecutableFormat, source: ByteSource): Promise<number> {
  const walk = new Walk(source)
  const end = (await extent(format, walk)) ?? source.size
  // The header itself belongs to it, whatever it declares.
  return Math.min(Math.max(end, HEADER), source.size)
}

async function extent(format: ExecutableFormat, walk: Walk): Promise<number | undefined> {
  if (format === 'elf') return elfEnd(walk)
  if (format === 'pe') return peEnd(walk)
  if (format === 'macho-fat') return fatEnd(walk)
  if (format === 'wasm') return wasmEnd(walk)
  if (format === 'dex') return le32(await walk.at(32, 4), 0)
  return undefined
}

/** Segments, sections and both tables. */
async function elfEnd(walk: Walk): Promise<number | undefined> {
  const header = (await walk.at(0, 64)).slice()
  const wide = header[4] === 2
  const [u16, u32] = header[5] === 1 ? [le16, le32] : [be16, be32]
  const word = (bytes: Uint8Array, at: number) =>
    wide
      ? header[5] === 1
        ? le32(bytes, at) + le32(bytes, at + 4) * 2 ** 32
        : be32(bytes, at) * 2 ** 32 + be32(bytes, at + 4)
      : u32(bytes, at)
  const step = wide ? 8 : 4
  const [programs, sections] = [word(header, 24 + step), word(header, 24 + 2 * step)]
  const counts = wide ? 54 : 42
  const [programSize, programCount] = [u16(header, counts), u16(header, counts + 2)]
  const [sectionSize, sectionCount] = [u16(header, counts + 4), u16(header, counts + 6)]
  let end = Math.max(programs + programSize * programCount, sections + sectionSize * sectionCount)
  for (let i = 0; i < programCount; i++) {
    const entry = await walk.at(programs + i * programSize, 56)
    end = Math.max(end, wide ? word(entry, 8) + word(entry, 32) : word(entry, 4) + word(entry, 16))
  }
  for (let i = 0; i < sectionCount; i++) {
    const entry = await walk.at(sections + i * sectionSize, 64)
    const NOBITS = 8
    if (u32(entry, 4) === NOBITS) continue
    end = Math.max(end, wide ? word(entry, 24) + word(entry, 32) : word(entry, 16) + word(entry, 20))
  }
  return end
}

/** Sections, and the certificate table that signing appends. */
async function peEnd(walk: Walk): Promise<number | undefined> {
  const start = le32(await walk.at(0x3c, 4), 0)
  const header = (await walk.at(start, 24 + 240)).slice()
  const [count, optional] = [le16(header, 6), le16(header, 20)]
  const directories = le16(header, 24) === 0x20b ? 24 + 112 : 24 + 96
  const CERTIFICATES = 4
  let end = le32(header, directories + CERTIFICATES * 8) + le32(header, directories + CERTIFICATES * 8 + 4)
  for (let i = 0; i < count; i++) {
    const section = await walk.at(start + 24 + optional + i * 40, 40)
    end = Math.max(end, le32(section, 16) + le32(section, 20))
  }
  return end
}

async function fatEnd(walk: Walk): Promise<number | undefined> {
  const count = be32(await walk.at(4, 4), 0)
  let end = 8 + count * 20
  for (let i = 0; i < count; i++) {
    const entry = await walk.at(8 + i * 20, 20)
    end = Math.max(end, be32(entry, 8) + be32(entry, 12))
  }
  return end
}

async function wasmEnd(walk: Walk): Promise<number | undefined> {
  let at = 8
  for (let sections = 0; at < walk.size && sections < TABLE; sections++) {
    const bytes = await walk.at(at, 6)
    // Identifiers end at 13 (tag section); 0 is a custom one.
    if ((bytes[0] ?? 255) > 13) return at
    let [length, read] = [0, 1]
    for (let shift = 1; read < 6; shift *= 128) {
      const byte = bytes[read++] ?? 0
      length += (byte & 127) * shift
      if (byte < 128) break
    }
    at += read + length
  }
  return at
}
