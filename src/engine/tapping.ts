import { type ByteSource, CHUNK } from '../bytes/source.ts'
import { LONGEST_SECRET } from '../codec/secrets/find.ts'
import { textEncoding } from '../codec/text.ts'
import type { Piece, TapRun } from '../inspect/tap.ts'
import { TAPS } from '../inspect/taps.ts'
import type { FactDraft, Location } from '../model/fact.ts'
import { type Range, uncovered } from './coverage.ts'
import type { Hidden } from './hidden.ts'
import type { Node } from './node.ts'
import type { ArtifactState } from './state.ts'

/** Of bulk data the taps see so much of its beginning and end. */
const EDGE = 4 * 1024
/** Of what holds packed streams: what is inside is read when it is unpacked. */
const PACKED_EDGE = 64 * 1024
/** Remote files are held in pieces. */
const REMOTE_STEP = 64 * 1024
/** Of large binary data (a pickle of hundreds of megabytes) the beginning and end of each range: reading it all costs more than judging it. */
const BINARY_EDGE = 4 * 1024 * 1024
/** Ranges of bulk data whose ends are looked at; a model has some thousand tensors. */
const EDGES = 4096

/** What the taps say of an artifact: all of its own bytes that are no bulk data and no child's. */
export async function tapping(
  node: Node,
  state: ArtifactState,
  hidden: Hidden,
  signal: AbortSignal,
  artifact: Parameters<(typeof TAPS)[number]['open']>[0]['artifact'],
): Promise<readonly FactDraft[]> {
  const own = rangesOf(node, state)
  if (own.length === 0) return []
  const isLarge = own.some(({ length }) => length > 2 * BINARY_EDGE)
  const ranges = isLarge && (await isBinary(node.bytes)) ? own.flatMap((r) => edges(r, BINARY_EDGE)) : own
  const stated = state.fold.facts('')
  const hasRows = stated.some(({ kind }) => kind === 'data.rows')
  const told = new Set(stated.map(({ data }) => data.fingerprint))
  const isStated = (print: string) => told.has(print) || hidden.isStated(print)
  const context = { artifact, hide: hidden.hide, isStated, hasRows }
  const runs = TAPS.map((tap) => tap.open(context))
  const wide = await isWide(node.bytes)
  for (const range of ranges) await feed(node.bytes, range, wide, runs, signal)
  return runs.flatMap((run) => [...run.end()])
}

function rangesOf({ bytes: { size }, opaque, open }: Node, state: ArtifactState): Range[] {
  // What is carved is read as part of what it was carved from.
  if (open) return []
  if (opaque) return edges({ offset: 0, length: size }, EDGE)
  if (state.packed > 0) return edges({ offset: 0, length: size }, PACKED_EDGE)
  const bulk = state.spans.filter(({ as }) => as === 'opaque')
  const own = uncovered(size, [...bulk, ...state.handed])
  return [...own, ...bulk.slice(0, EDGES).flatMap((span) => edges(span, EDGE))].toSorted(
    (a, b) => a.offset - b.offset,
  )
}

function edges({ offset, length }: Range, edge: number): Range[] {
  if (length <= 2 * edge) return [{ offset, length }]
  return [
    { offset, length: edge },
    { offset: offset + length - edge, length: edge },
  ]
}

async function isBinary(bytes: ByteSource): Promise<boolean> {
  const length = Math.min(CHUNK, bytes.size)
  if (bytes.isHeld && !bytes.isHeld(0, length)) return true
  return textEncoding((await bytes.read(0, length)).slice(), true) === undefined
}

async function isWide(bytes: ByteSource): Promise<'utf-16le' | 'utf-16be' | undefined> {
  // What was not fetched of a remote file is not fetched for this.
  if (bytes.isHeld && !bytes.isHeld(0, Math.min(512, bytes.size))) return undefined
  const head = await bytes.read(0, 512)
  if (!(head[0] === 0xff && head[1] === 0xfe) && !(head[0] === 0xfe && head[1] === 0xff)) return undefined
  const encoding = textEncoding(head.slice(), true)
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? encoding : undefined
}

/** Reads a range in pieces which overlap by the longest thing that is looked for. */
async function feed(
  bytes: ByteSource,
  { offset, length }: Range,
  wide: 'utf-16le' | 'utf-16be' | undefined,
  runs: readonly TapRun[],
  signal: AbortSignal,
): Promise<void> {
  const { isHeld } = bytes
  const step = isHeld ? REMOTE_STEP : CHUNK
  for (let done = 0; done < length; done += step) {
    // Some bytes before, so that what only looks like a beginning is none.
    const back = done === 0 ? 0 : 64
    const start = offset + done - back
    const least = Math.min(back + step, length - done + back)
    const most = Math.min(least + LONGEST_SECRET, length - done + back)
    // Of a remote file what was read already is looked at, and nothing is fetched: its account says what that means.
    if (isHeld && !isHeld(start, least)) continue
    const read = await bytes.read(start, isHeld && !isHeld(start, most) ? least : most, signal)
    const piece = pieceOf(read, wide, start, back, step)
    for (const run of runs) run.write(piece)
  }
}

function pieceOf(
  read: Uint8Array,
  wide: 'utf-16le' | 'utf-16be' | undefined,
  start: number,
  back: number,
  fresh: number,
): Piece {
  const unit = wide === undefined ? 1 : 2
  const text =
    wide === undefined
      ? Buffer.from(read.buffer, read.byteOffset, read.byteLength).toString('latin1')
      : new TextDecoder(wide, { ignoreBOM: true }).decode(read.slice())
  const lines = new LineCount(text)
  const place = (at: number, length: number): Location =>
    start === 0 ? { at: lines.at(at) } : { at: { offset: start + at * unit, length: length * unit } }
  return { text, from: back / unit, upto: (back + fresh) / unit, place }
}

/** Lines of the beginning of a file, which people look up; asked for in ascending order, so that all cost one pass. */
class LineCount {
  readonly #text: string
  #line = 1
  #begin = 0

  constructor(text: string) {
    this.#text = text
  }

  at(place: number): { line: number; column: number } {
    if (place < this.#begin) [this.#line, this.#begin] = [1, 0]
    for (let end = this.#next(); end !== -1 && end < place; end = this.#next()) {
      this.#line++
      this.#begin = end + 1
    }
    return { line: this.#line, column: place - this.#begin + 1 }
  }

  #next(): number {
    return this.#text.indexOf('\n', this.#begin)
  }
}
