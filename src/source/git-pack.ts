import { inflateSync } from 'node:zlib'
import { SourceError } from './trouble.ts'

/** What a pack may unpack to: code and configuration, since weights are in LFS. */
const UNPACKED = 1024 * 1024 * 1024
const OBJECTS = 500_000
/** Types of entries (gitformat-pack). */
const [OFS_DELTA, REF_DELTA] = [6, 7]

/**
 * Walks a pack before anybody unpacks it: every entry must inflate to just the size it declares, and all of them, deltas
 * applied, to no more than is allowed. Throws `SourceError` for one that does not.
 */
export function checkPack(pack: Uint8Array, name: string): void {
  const refuse = (why: string): never => {
    throw new SourceError('untrusted', `${name}: sends a pack that ${why}`)
  }
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength)
  if (pack.length < 32 || view.getUint32(0) !== 0x5041434b || view.getUint32(4) !== 2) refuse('is none')
  const count = view.getUint32(8)
  if (count > OBJECTS) refuse(`has ${count} objects`)
  let [at, total] = [12, 0]
  for (let n = 0; n < count; n++) {
    const entry = header(pack, at)
    if (total + entry.size > UNPACKED)
      refuse(`unpacks to more than ${UNPACKED} bytes; fetch it and lock it as file:`)
    const { bytes, used } =
      inflated(pack.subarray(entry.end, pack.length - 20), entry.size) ?? refuse('is broken')
    const isDelta = entry.type === OFS_DELTA || entry.type === REF_DELTA
    total += isDelta ? targetSize(bytes) : entry.size
    at = entry.end + used
  }
  if (total > UNPACKED) refuse(`unpacks to more than ${UNPACKED} bytes; fetch it and lock it as file:`)
}

function header(pack: Uint8Array, start: number): { type: number; size: number; end: number } {
  let at = start
  let byte = pack[at++] ?? 0
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = pack[at++] ?? 0
    size += (byte & 0x7f) * scale
  }
  if (type === OFS_DELTA) while ((pack[at++] ?? 0) & 0x80);
  if (type === REF_DELTA) at += 20
  return { type, size, end: at }
}

function inflated(bytes: Uint8Array, size: number): { bytes: Uint8Array; used: number } | undefined {
  try {
    const result: unknown = inflateSync(bytes, { info: true, maxOutputLength: Math.max(size, 1) })
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } }
    return buffer.length === size ? { bytes: buffer, used: engine.bytesWritten } : undefined
  } catch {
    return undefined
  }
}

/** A delta begins with the sizes of its base and of what it makes. */
function targetSize(delta: Uint8Array): number {
  let at = 0
  const size = () => {
    let [value, scale, byte] = [0, 1, 0x80]
    while (byte & 0x80) {
      byte = delta[at++] ?? 0
      value += (byte & 0x7f) * scale
      scale *= 128
    }
    return value
  }
  size()
  return size()
}
