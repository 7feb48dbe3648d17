import { decodeName } from '../names.ts'
import type { Window } from '../window.ts'
import { BLOCK, isHeader, isZeroBlock, type TarHeader, tarHeader } from './header.ts'
import { LONGEST_EXTENDED, type Pax, paxSize, readPax } from './pax.ts'

export type ExtendedIssue =
  | 'malformed'
  | 'repeated-key'
  | 'too-large'
  | 'size-disagrees'
  | 'before-long-name'
  | 'global-override'

/** A member with everything that extended headers say of it. */
export interface TarMember {
  /** Where its first extended header, or else its header, is. */
  readonly first: number
  readonly header: TarHeader
  readonly name: string
  /** Other names that some reader would give it. */
  readonly aliases: readonly string[]
  readonly linkname: string
  /** Bytes of data by the PAX header where there is one, else by the header. */
  readonly size: number
  /** Bytes of data for readers that believe the header over a PAX header which disagrees. */
  readonly otherSize?: number
  readonly dataStart: number
  readonly dataEnd: number
  /** Where the next header is. */
  readonly next: number
  readonly isTruncated: boolean
  readonly issues: readonly ExtendedIssue[]
  /** Sparse forms put the content together from a map. */
  readonly sparse?: string
  /** Where readers of another mind look for the next header. */
  readonly elsewhere: readonly number[]
}

/** Why a walk ended, and where. */
export interface WalkEnd {
  readonly at: number
  readonly why: 'zero-block' | 'end' | 'not-a-header' | 'short-block'
}

const FILES = '07SDM'
const WITHOUT_DATA = '123456V'

interface Pending {
  first: number
  pax?: Pax
  longName?: string
  longLink?: string
  issues: ExtendedIssue[]
  elsewhere: number[]
}

function nothing(): Pending {
  return { first: -1, issues: [], elsewhere: [] }
}

/**
 * Walks the members from `start` on, as POSIX says and GNU tar, libarchive and CPython read: a PAX header is for the
 * next file, whatever extended headers lie between. Where other readers go elsewhere, the member says so.
 */
export async function* walk(window: Window, start: number): AsyncGenerator<TarMember, WalkEnd> {
  let pending = nothing()
  let global: Pax | undefined
  let at = start
  for (;;) {
    const block = await window.at(at, BLOCK)
    if (block.length === 0) return { at, why: 'end' }
    if (block.length < BLOCK) return { at, why: 'short-block' }
    if (isZeroBlock(block)) return { at, why: 'zero-block' }
    if (!isHeader(block)) return { at, why: 'not-a-header' }
    const header = tarHeader(block, at)
    if (pending.first < 0) pending.first = at
    if ('xXgLK'.includes(header.type)) {
      const pax = await extended(window, header, pending)
      if (header.type === 'g') global = pax
      at = after(window, header.at + BLOCK, sizeOf(header))
      continue
    }
    const member = await described(window, header, pending, global)
    yield member
    pending = nothing()
    at = member.next
  }
}

/** Reads one extended header into `pending`; returns what a PAX header says. */
async function extended(window: Window, header: TarHeader, pending: Pending): Promise<Pax | undefined> {
  const size = sizeOf(header)
  if (size > LONGEST_EXTENDED) pending.issues.push('too-large')
  const body = (await window.at(header.at + BLOCK, Math.min(size, LONGEST_EXTENDED))).slice()
  if (header.type === 'L' || header.type === 'K') {
    // node-tar before 7.5.16 let a pending PAX size apply to this header instead of the file (GHSA-vmf3-w455-68vh).
    if (pending.pax) pending.issues.push('before-long-name')
    const stated = paxSize(pending.pax)
    if (stated !== undefined) pending.elsewhere.push(after(window, header.at + BLOCK, stated))
    const text = decodeName(body.subarray(0, body.indexOf(0) < 0 ? body.length : body.indexOf(0)))
    if (header.type === 'L') pending.longName = text
    else pending.longLink = text
    return undefined
  }
  const pax = readPax(body)
  // What was cut off is malformed by our own doing.
  if (size <= LONGEST_EXTENDED) pending.issues.push(...pax.issues)
  if (header.type === 'g') {
    if (['path', 'linkpath', 'size'].some((key) => pax.values.has(key)))
      pending.issues.push('global-override')
  } else pending.pax = pax
  return pax
}

async function described(
  window: Window,
  header: TarHeader,
  pending: Pending,
  global: Pax | undefined,
): Promise<TarMember> {
  const { pax } = pending
  const text = (key: string) => {
    const value = pax?.values.get(key) ?? global?.values.get(key)
    return value === undefined ? undefined : decodeName(value)
  }
  const prefix = header.prefix.length > 0 ? `${decodeName(header.prefix)}/` : ''
  const plain = prefix + decodeName(header.name)
  const names = [text('path'), pending.longName, plain].filter((n) => n !== undefined)
  const [name = plain] = names
  const stated = paxSize(pax) ?? paxSize(global)
  const own = sizeOf(header)
  const size = stated !== undefined && Number.isFinite(stated) ? stated : own
  const hasData = !WITHOUT_DATA.includes(header.type)
  const issues = [...pending.issues]
  const sparse = sparseForm(header, pax)
  const dataStart = header.at + BLOCK + (sparse === 'gnu-old' ? await mapBlocks(window, header) : 0)
  const elsewhere = [...pending.elsewhere]
  // Files of 8 GiB and more have a PAX size because the header cannot hold it.
  const disagrees = size !== own && size < 8 ** 11
  if (size !== own) {
    if (disagrees) issues.push('size-disagrees')
    elsewhere.push(after(window, dataStart, own))
  }
  // To CPython a v7 file named like a folder is one, and has no data to skip.
  if (hasData && size > 0 && plain.endsWith('/')) elsewhere.push(dataStart)
  const body = hasData || size === 0 ? size : await bodyOfNoFile(window, dataStart, size, elsewhere)
  const dataEnd = Math.min(dataStart + body, window.size)
  return {
    first: pending.first,
    header,
    name,
    aliases: aliasesOf(names, plain, text('GNU.sparse.name')),
    linkname: text('linkpath') ?? pending.longLink ?? decodeName(header.linkname),
    size: body,
    ...(disagrees && hasData ? { otherSize: own } : {}),
    dataStart,
    dataEnd,
    next: after(window, dataStart, body),
    isTruncated: dataStart + body > window.size,
    issues,
    ...(sparse ? { sparse } : {}),
    elsewhere,
  }
}

/** A long name is cut short in the header itself; only a different beginning is another name. */
function aliasesOf(names: readonly string[], plain: string, sparseName: string | undefined): string[] {
  const [name = plain, ...others] = names
  const different = others.filter((other) => other !== name && other !== plain)
  // The path of a sparse file is a stand-in, made for readers that do not know its real name.
  const isStandIn = /(?:^|\/)GNUSparseFile\.\d+\//.test(name)
  const isOther = sparseName !== undefined && sparseName !== name && !isStandIn
  return isOther ? [...different, sparseName] : different
}

/** Folders, links and devices have no data; a size is skipped by some readers all the same. */
async function bodyOfNoFile(
  window: Window,
  dataStart: number,
  size: number,
  elsewhere: number[],
): Promise<number> {
  const block = await window.at(dataStart, BLOCK)
  const goesOn = block.length < BLOCK || isZeroBlock(block) || isHeader(block)
  elsewhere.push(goesOn ? after(window, dataStart, size) : dataStart)
  return goesOn ? 0 : size
}

function sizeOf(header: TarHeader): number {
  return Math.max(header.size.value, 0)
}

/** Start of the block behind `size` bytes of data. */
function after(window: Window, dataStart: number, size: number): number {
  return Math.min(dataStart + Math.ceil(size / BLOCK) * BLOCK, window.size)
}

function sparseForm(header: TarHeader, pax: Pax | undefined): string | undefined {
  if (header.type === 'S') return 'gnu-old'
  for (const key of pax?.values.keys() ?? []) if (key.startsWith('GNU.sparse.')) return 'gnu-pax'
  return undefined
}

/** Blocks with more of an old sparse map, before the data. */
async function mapBlocks(window: Window, header: TarHeader): Promise<number> {
  let length = 0
  let more = header.isExtended
  while (more) {
    const block = await window.at(header.at + BLOCK + length, BLOCK)
    if (block.length < BLOCK) break
    length += BLOCK
    more = block[504] === 1
  }
  return length
}

export function isFile(header: TarHeader): boolean {
  return FILES.includes(header.type) || !'123456VNgxXLK'.includes(header.type)
}

/** The next block from `at` on that is a header; undefined where none is. */
export async function nextHeader(window: Window, at: number): Promise<number | undefined> {
  for (let next = at; next < window.size; next += BLOCK) {
    const block = await window.at(next, BLOCK)
    if (isHeader(block)) return next
  }
  return undefined
}
