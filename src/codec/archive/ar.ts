import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { decodeName } from '../names.ts'
import { Window } from '../window.ts'

export const AR_MAGIC = 8
const HEADER = 60
/** A table of long names; linkers write a few megabytes at most. */
const NAMES_MOST = 16 * 1024 * 1024
const NAME_MOST = 64 * 1024

export interface ArMember {
  readonly name: string
  readonly at: number
  readonly mode: number
  readonly dataStart: number
  readonly size: number
  readonly next: number
  /** A table of symbols or of names. */
  readonly isInternal: boolean
}

/**
 * Members of an `ar` archive in the System V/GNU and BSD dialects: static libraries, Debian packages. Thin archives name
 * files beside them and hold no data. Throws `FormatError` for a damaged header or a member that ends beyond the file.
 */
export async function* arMembers(
  source: ByteSource,
  isThin: boolean,
  signal?: AbortSignal,
): AsyncGenerator<ArMember> {
  const window = new Window(source, signal)
  let longNames: Uint8Array = new Uint8Array(0)
  for (let at = AR_MAGIC; at < window.size; ) {
    const header = latin1(await window.at(at, HEADER))
    if (header.length < HEADER) throw new FormatError('truncated', 'the archive ends in a header', at)
    if (!header.endsWith('`\n')) throw new FormatError('corrupt', 'no ar header', at)
    const field = header.slice(0, 16).replace(/ +$/, '')
    const size = decimal(header.slice(48, 58), at)
    const isInternal = /^(?:\/|\/\/|\/SYM64\/|__\.SYMDEF(?: SORTED)?)$/.test(field)
    const stored = isThin && !isInternal ? 0 : size
    const start = at + HEADER
    if (start + stored > window.size)
      throw new FormatError('truncated', 'an ar member ends beyond the file', at)
    if (field === '//') longNames = (await window.at(start, Math.min(size, NAMES_MOST))).slice()
    const bsd = Math.min(Number(/^#1\/(\d+)$/.exec(field)?.[1] ?? 0), NAME_MOST, stored)
    const name = bsd > 0 ? untilNul(await window.at(start, bsd)) : nameOf(field, longNames)
    const mode = /^[0-7]+ *$/.test(header.slice(40, 48)) ? Number.parseInt(header.slice(40, 48), 8) : 0
    const end = start + stored
    // Members begin at even places.
    const next = end + (end % 2)
    yield { name, at, mode, dataStart: start + bsd, size: stored - bsd, next, isInternal }
    at = next
  }
}

function decimal(text: string, at: number): number {
  if (!/^\d+ *$/.test(text)) throw new FormatError('corrupt', 'an ar member without a size', at)
  return Number(text)
}

/** GNU ends short names with `/` and keeps long ones in a table, each ended by `/` and a newline. */
function nameOf(field: string, longNames: Uint8Array): string {
  const place = /^\/(\d+)$/.exec(field)?.[1]
  if (place === undefined) return field.length > 1 && field.endsWith('/') ? field.slice(0, -1) : field
  const rest = longNames.subarray(Number(place), Number(place) + NAME_MOST)
  const end = rest.findIndex((byte) => byte === 0x0a || byte === 0)
  return decodeName(end < 0 ? rest : rest.subarray(0, end)).replace(/\/$/, '')
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end))
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
