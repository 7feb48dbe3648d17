import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { decodeName } from './names.ts'

/** Sections of MLIR bytecode by their number. */
export const MLIR_SECTIONS: readonly string[] = [
  ...['strings', 'dialects', 'attributes', 'attribute-offsets', 'ir', 'resources', 'resource-offsets'],
  ...['dialect-versions', 'properties'],
]

export interface MlirModule {
  readonly version: number
  readonly producer: string
  readonly sections: readonly { readonly id: number; readonly offset: number; readonly length: number }[]
  readonly end: number
  readonly strings: readonly string[]
  readonly operations: readonly { readonly dialect: string; readonly name: string }[]
  readonly dialects: readonly string[]
}

const PRODUCER = 4096
const STRINGS_MOST = 64 * 1024 * 1024
const COUNT_MOST = 1_000_000

/**
 * Header, sections, strings and the names of dialects and operations of MLIR bytecode (LLVM's MLIR bytecode format, versions 0–6).
 * What the operations are given is in sections that dialects encode for themselves and that are not decoded.
 */
export async function readMlir(source: ByteSource, signal?: AbortSignal): Promise<MlirModule> {
  const head = new Cursor(await source.read(0, Math.min(source.size, PRODUCER), signal), 4, 0)
  const version = head.varint()
  const producer = head.text()
  const sections: { id: number; offset: number; length: number }[] = []
  let at = head.at
  while (at < source.size) {
    const cursor = new Cursor(await source.read(at, 32, signal), 0, at)
    const tag = cursor.byte()
    const length = cursor.varint()
    const alignment = tag & 0x80 ? cursor.varint() : 1
    if (alignment > 2 ** 20 || (alignment & (alignment - 1)) !== 0)
      throw new FormatError('corrupt', 'an impossible alignment', at)
    const offset = Math.ceil((at + cursor.at) / alignment) * alignment
    if ((tag & 0x7f) >= MLIR_SECTIONS.length) throw new FormatError('corrupt', 'an unknown section', at)
    if (offset + length > source.size)
      throw new FormatError('truncated', 'a section ends beyond the file', at)
    sections.push({ id: tag & 0x7f, offset, length })
    at = offset + length
  }
  const part = async (id: number) => {
    const found = sections.find((section) => section.id === id)
    if (found && found.length > STRINGS_MOST) throw new FormatError('limit', 'a table of names above 64 MiB')
    return found
      ? new Cursor(await source.read(found.offset, found.length, signal), 0, found.offset)
      : undefined
  }
  const strings = stringTable(await part(0))
  return { version, producer, sections, end: at, strings, ...dialectTable(await part(1), strings, version) }
}

/** Lengths in reverse order, then all texts joined, each with its NUL. */
function stringTable(cursor: Cursor | undefined): string[] {
  if (!cursor) throw new FormatError('corrupt', 'no table of strings')
  const count = cursor.count()
  const lengths = Array.from({ length: count }, () => cursor.varint()).reverse()
  return lengths.map((length) => decodeName(cursor.take(length)).replace(/\0$/, ''))
}

function dialectTable(cursor: Cursor | undefined, strings: readonly string[], version: number) {
  const operations: { dialect: string; name: string }[] = []
  const dialects: string[] = []
  if (!cursor) throw new FormatError('corrupt', 'no table of dialects')
  const name = (index: number) => {
    const found = strings[index]
    if (found === undefined) throw new FormatError('corrupt', 'a name that is not in the table')
    return found
  }
  const count = cursor.count()
  for (let i = 0; i < count; i++) {
    const field = cursor.varint()
    // From version 1 on, the lowest bit says that a section with the dialect's version follows.
    dialects.push(name(version >= 1 ? Math.floor(field / 2) : field))
    if (version >= 1 && field % 2 === 1) {
      cursor.byte()
      cursor.take(cursor.varint())
    }
  }
  // From version 4 on, the number of operations comes first, for readers to reserve memory.
  if (version >= 4) cursor.count()
  while (!cursor.isDone) {
    const dialect = dialects[cursor.varint()] ?? ''
    const length = cursor.count()
    for (let i = 0; i < length; i++) {
      const field = cursor.varint()
      operations.push({ dialect, name: name(version >= 5 ? Math.floor(field / 2) : field) })
    }
  }
  return { operations, dialects }
}

class Cursor {
  readonly #bytes: Uint8Array
  readonly #base: number
  at: number

  constructor(bytes: Uint8Array, at: number, base: number) {
    this.#bytes = bytes.slice()
    this.#base = base
    this.at = at
  }

  get isDone(): boolean {
    return this.at >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined)
      throw new FormatError('truncated', 'the bytes end in a field', this.#base + this.at)
    this.at++
    return byte
  }

  /** The zeros below the lowest one of the first byte tell how many bytes follow. */
  varint(): number {
    const first = this.byte()
    const more = first === 0 ? 8 : 31 - Math.clz32(first & -first)
    let value = BigInt(first) >> BigInt(more + 1)
    const bits = 7 - more
    if (more === 8) value = 0n
    for (let i = 0; i < more; i++) value |= BigInt(this.byte()) << BigInt(Math.max(bits, 0) + 8 * i)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FormatError('corrupt', 'a number beyond any file')
    return Number(value)
  }

  count(): number {
    const value = this.varint()
    if (value > COUNT_MOST || value > this.#bytes.length)
      throw new FormatError('corrupt', `a count of ${value}`, this.#base + this.at)
    return value
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at)
      throw new FormatError('truncated', 'a text ends beyond its section', this.#base + this.at)
    const taken = this.#bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }

  /** Up to the NUL. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at)
    if (end < 0) throw new FormatError('corrupt', 'a text without an end', this.#base + this.at)
    const text = decodeName(this.#bytes.subarray(this.at, end))
    this.at = end + 1
    return text
  }
}
