import type { ByteSource } from '../../bytes/source.ts'
import { textEncoding } from '../text.ts'
import {
  CENTRAL_BYTES,
  END_BYTES,
  type EndRecord,
  endRecord,
  LOCATOR_BYTES,
  SIGNATURE,
  u32,
  u64,
  ZIP64_END_BYTES,
  type Zip64End,
  zip64End,
} from './records.ts'

/** Where readers look for the end record: its own length and the longest comment. */
export const TAIL_BYTES = END_BYTES + 0xffff

/** One way to find and read a central directory. An ordinary archive has exactly one. */
export interface Reading {
  readonly end: EndRecord
  /** Where the directory starts and the last byte it may reach, in the source. */
  readonly start: number
  readonly limit: number
  /** Added to every stated offset of a local header: 0 for readers that take offsets as absolute. */
  readonly shift: number
  readonly entries: number
  readonly size: number
}

export type DirectoryIssue =
  | 'missing'
  | 'unreadable'
  | 'several-ends'
  | 'two-readings'
  | 'shifted'
  | 'zip64-locator'
  | 'zip64-values'
  | 'disks'
  | 'size'

export interface Ends {
  readonly readings: readonly Reading[]
  readonly issues: ReadonlySet<DirectoryIssue>
  /** Ranges of end records, locators and zip64 records that belong to a reading. */
  readonly records: readonly { readonly offset: number; readonly length: number }[]
}

/** Positions of end-record signatures in a window, last first. */
export function endPositions(tail: Uint8Array): number[] {
  const buffer = Buffer.from(tail.buffer, tail.byteOffset, tail.length)
  const found: number[] = []
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    at = buffer.lastIndexOf('PK\x05\x06', at, 'latin1')
    if (at < 0) break
    found.push(at)
  }
  return found
}

/**
 * Finds every directory that some reader would use. The last end record counts for nearly all of them; one whose
 * comment reaches exactly to the end counts for the strict; and where the last leads nowhere, all others do.
 */
export async function findEnds(source: ByteSource): Promise<Ends> {
  const base = Math.max(0, source.size - TAIL_BYTES)
  if (source.remote === undefined) return endsFrom(source, base)
  const near = await directoryBase(source)
  const ends = near === undefined ? undefined : await endsFrom(source, Math.max(base, near))
  return ends?.readings.length === 1 && ends.issues.size === 0 ? ends : endsFrom(source, base)
}

/**
 * Where every read is a request: an end record at the very end, without a comment, is the one that readers of all kinds take,
 * so that nothing before its directory need be searched for others.
 */
async function directoryBase(source: ByteSource): Promise<number | undefined> {
  const at = source.size - END_BYTES
  if (at < 0) return undefined
  const bytes = await source.read(at, END_BYTES)
  if (u32(bytes, 0) !== SIGNATURE.end) return undefined
  const { commentLength, directorySize } = endRecord(bytes, 0, at)
  const isPlain = commentLength === 0 && directorySize < TAIL_BYTES
  return isPlain ? at - LOCATOR_BYTES - ZIP64_END_BYTES - directorySize : undefined
}

async function endsFrom(source: ByteSource, base: number): Promise<Ends> {
  const tail = Uint8Array.prototype.slice.call(await source.read(base, TAIL_BYTES))
  const all = endPositions(tail).map((at) => endRecord(tail, at, base))
  const search = new EndSearch(source)
  for (const [i, end] of all.entries()) {
    const exact = end.at + END_BYTES + end.commentLength === source.size
    const inDirectory = search.readings.some((r) => end.at > r.start)
    if (i === 0 || exact || inDirectory || search.readings.length === 0) await search.add(end)
  }
  if (all.length > 0 && search.readings.length === 0) search.issues.add('unreadable')
  if (all.length === 0) search.issues.add('missing')
  return search
}

/** A zip64 record and where its locator says it is. */
interface Located extends Zip64End {
  readonly stated: number
}

interface Values {
  readonly entries: number
  readonly size: number
  readonly offset: number
  /** Where the directory must end if nothing lies behind it. */
  readonly limit: number
}

class EndSearch implements Ends {
  readonly readings: Reading[] = []
  readonly issues = new Set<DirectoryIssue>()
  readonly records: { offset: number; length: number }[] = []
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  async add(end: EndRecord): Promise<void> {
    const before = this.readings.length
    let found = 0
    const wide = await this.#zip64(end)
    const narrow = { entries: end.entries, size: end.directorySize, offset: end.directoryOffset }
    const sentinel = end.entries === 0xffff || narrow.size === 0xffffffff || narrow.offset === 0xffffffff
    const contradicted = wide.some((w) => contradicts(end, w))
    if (contradicted) this.issues.add('zip64-values')
    for (const w of wide) {
      found += await this.#try(end, {
        entries: w.entries,
        size: w.directorySize,
        offset: w.directoryOffset,
        limit: w.at,
      })
    }
    // Without a contradiction both records say the same (miniz fills in both), and one reading is enough.
    if (wide.length === 0 || (contradicted && !sentinel)) {
      found += await this.#try(end, { ...narrow, limit: wide[0]?.at ?? end.at })
    }
    if (wide.length > 0) this.#checkLocator(end, wide, this.readings[before]?.shift ?? 0)
    if (found === 0) return
    if (end.disk !== 0 || end.directoryDisk !== 0 || end.entriesHere !== end.entries) this.issues.add('disks')
    if (before > 0 && this.readings.length > before) this.issues.add('several-ends')
    // A comment is words; one that is bytes is nobody's here, and gets looked at like anything else in a gap.
    const comment = (await this.#source.read(end.at + END_BYTES, end.commentLength)).slice()
    const isText = textEncoding(comment, false) === 'utf-8'
    this.records.push({ offset: end.at, length: END_BYTES + (isText ? comment.length : 0) })
  }

  /** zip64 records: where the locator says, and directly before the locator, where CPython looked up to 3.14. */
  async #zip64(end: EndRecord): Promise<Located[]> {
    const at = end.at - LOCATOR_BYTES
    const locator = at < 0 ? new Uint8Array(0) : (await this.#source.read(at, LOCATOR_BYTES)).slice()
    if (locator.length < LOCATOR_BYTES || u32(locator, 0) !== SIGNATURE.zip64Locator) return []
    const found: Located[] = []
    const stated = u64(locator, 8)
    for (const place of new Set([stated, at - ZIP64_END_BYTES])) {
      if (place < 0 || place + ZIP64_END_BYTES > at) continue
      const record = zip64End(await this.#source.read(place, ZIP64_END_BYTES), place)
      if (record) found.push({ ...record, stated })
    }
    this.records.push({ offset: at, length: LOCATOR_BYTES })
    for (const f of found) {
      if (f.length >= ZIP64_END_BYTES && f.at + f.length <= at)
        this.records.push({ offset: f.at, length: f.length })
    }
    return found
  }

  /** CVE-2025-8291: the record a locator points to and the one before it may differ. A prefix moves both alike. */
  #checkLocator(end: EndRecord, found: readonly Located[], shift: number): void {
    const at = end.at - LOCATOR_BYTES
    const isWhole =
      found.length === 1 && found.every((f) => f.at + f.length === at && f.at - f.stated === shift)
    if (!isWhole) this.issues.add('zip64-locator')
  }

  async #try(end: EndRecord, v: Values): Promise<number> {
    const shifted = v.limit - v.size
    const places = new Set([v.offset, shifted])
    let found = 0
    for (const start of places) {
      if (!(await this.#isDirectory(start, v))) continue
      found++
      const shift = start - v.offset
      if (this.readings.some((r) => r.start === start && r.shift === shift)) continue
      this.readings.push({ end, start, limit: v.limit, shift, entries: v.entries, size: v.size })
    }
    if (found === 2) this.issues.add('two-readings')
    else if (found === 1 && places.size === 2) {
      const isShifted = this.readings.at(-1)?.start === shifted
      this.issues.add(isShifted ? 'shifted' : 'size')
    }
    return found
  }

  async #isDirectory(start: number, v: Values): Promise<boolean> {
    if (start < 0 || start > v.limit) return false
    if (v.entries === 0 && v.size === 0) return start === v.limit
    const head = await this.#source.read(start, CENTRAL_BYTES)
    return head.length >= 4 && u32(head, 0) === SIGNATURE.central
  }
}

function contradicts(end: EndRecord, wide: Zip64End): boolean {
  return (
    (end.entries !== 0xffff && end.entries !== wide.entries) ||
    (end.directorySize !== 0xffffffff && end.directorySize !== wide.directorySize) ||
    (end.directoryOffset !== 0xffffffff && end.directoryOffset !== wide.directoryOffset)
  )
}
