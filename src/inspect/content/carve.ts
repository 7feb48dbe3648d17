import { type ByteSource, CHUNK, slice } from '../../bytes/source.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { Emission, InspectContext, Inspector, Opened } from '../inspector.ts'

/**
 * Looks for formats inside bytes that nothing recognised: junk between two pickles, what follows an image's end, an
 * unknown binary. It only proposes places; the inspector of the format decides, and a place it refuses is forgotten.
 */
export const carve: Inspector = {
  id: 'carve',
  detect: {},
  searches: true,
  facts: {},
  inspect,
}

/** Places looked at in one artifact. What is carved is incomplete anyway unless it is an unknown binary. */
const CANDIDATES = 512
/** A match may straddle two chunks by this much; also how far before an import its pickle may begin. */
const OVERLAP = 512

/** Archives are looked for everywhere: an unknown binary with a zip or 7z behind it is a self-extractor. */
const ARCHIVES = String.raw`PK\x03\x04|PK\x05\x06|7z\xbc\xaf\x27\x1c`
const MEMBER = 'PK\x03\x04'
const END = 'PK\x05\x06'
/** In a range nobody accounts for, everything that could be a payload. */
const PAYLOADS = [
  ARCHIVES,
  String.raw`\x80[\x00-\x05][\x28-\x98]`,
  String.raw`[ci][A-Za-z_][\w.]{0,200}\n[A-Za-z_][\w.]{0,200}\n`,
  String.raw`[\x8cU][\x01-\x80][A-Za-z_][\w.]{0,127}[\x00-\xff]{0,8}[\x8cU][\x01-\x80][A-Za-z_][\w.]{0,127}[\x00-\xff]{0,3}\x93`,
  String.raw`\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18`,
  String.raw`\x93NUMPY|\x89HDF\r\n|\x7fELF[\x01\x02][\x01\x02]\x01`,
].join('|')

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const pattern = new RegExp(context.region ? PAYLOADS : ARCHIVES, 'g')
  let proposed = 0
  for await (const { offset, length } of places(bytes, pattern)) {
    if (++proposed > CANDIDATES) {
      yield { type: 'damage', kind: 'limit', message: `more than ${CANDIDATES} candidates`, at: { offset } }
      return
    }
    yield { type: 'child', name: anonymousName(offset), bytes: slice(bytes, offset, length), open: true }
  }
}

interface Place {
  readonly offset: number
  readonly length: number
}

/** Where something may begin, ascending by the match that suggests it; all but zip archives reach to the end. */
async function* places(bytes: ByteSource, pattern: RegExp): AsyncGenerator<Place> {
  const seen = new Set<number>()
  let member: number | undefined
  for (let base = 0; base < bytes.size; base += CHUNK) {
    const chunk = await bytes.read(base, CHUNK + OVERLAP)
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    for (const match of text.matchAll(pattern)) {
      if (match.index >= CHUNK) break
      if (match[0] === MEMBER) {
        member ??= base + match.index
      } else if (match[0] === END) {
        const archive = await archiveAt(bytes, base + match.index, member)
        if (archive) yield archive
        member = undefined
      } else {
        for (const at of starts(text, match.index)) {
          if (seen.has(base + at)) continue
          seen.add(base + at)
          yield { offset: base + at, length: bytes.size - base - at }
        }
      }
    }
  }
  if (member !== undefined) yield { offset: member, length: bytes.size - member }
}

/** The archive that an end record closes: from where its directory says, else from the first member met before it. */
async function archiveAt(
  bytes: ByteSource,
  at: number,
  member: number | undefined,
): Promise<Place | undefined> {
  const record = await bytes.read(at, 22)
  if (record.length < 22) return undefined
  const view = new DataView(record.buffer, record.byteOffset)
  const stated = at - view.getUint32(12, true) - view.getUint32(16, true)
  const offset = stated >= 0 ? stated : member
  return offset === undefined ? undefined : { offset, length: at + 22 + view.getUint16(20, true) - offset }
}

/** An import may need what was pushed before it: also the marks and containers shortly before. */
function starts(text: string, at: number): number[] {
  if (!'ci'.includes(text[at] ?? ' ')) return [at]
  const before = text.slice(Math.max(0, at - 64), at)
  const marks = [...before.matchAll(/[(\]}]/g)].map((m) => at - before.length + m.index)
  return [...marks.slice(0, 4), at]
}
