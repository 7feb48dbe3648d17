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
const ARCHIVES = String.raw`PK\x03\x04|7z\xbc\xaf\x27\x1c`
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
  for await (const offset of places(bytes, pattern)) {
    if (++proposed > CANDIDATES) {
      yield { type: 'damage', kind: 'limit', message: `more than ${CANDIDATES} candidates`, at: { offset } }
      return
    }
    const rest = slice(bytes, offset, bytes.size - offset)
    yield { type: 'child', name: anonymousName(offset), bytes: rest, open: true }
  }
}

/** Offsets at which something may begin, ascending and each once. */
async function* places(bytes: ByteSource, pattern: RegExp): AsyncGenerator<number> {
  const seen = new Set<number>()
  for (let base = 0; base < bytes.size; base += CHUNK) {
    const chunk = await bytes.read(base, CHUNK + OVERLAP)
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    const found = [...text.matchAll(pattern)]
      .filter((m) => m.index < CHUNK)
      .flatMap((m) => starts(text, m.index))
    for (const at of found) {
      if (seen.has(base + at)) continue
      seen.add(base + at)
      yield base + at
    }
  }
}

/** An import may need what was pushed before it: also the marks and containers shortly before. */
function starts(text: string, at: number): number[] {
  if (!'ci'.includes(text[at] ?? ' ')) return [at]
  const before = text.slice(Math.max(0, at - 64), at)
  const marks = [...before.matchAll(/[(\]}]/g)].map((m) => at - before.length + m.index)
  return [...marks.slice(0, 4), at]
}
