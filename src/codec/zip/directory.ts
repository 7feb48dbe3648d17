import type { ByteSource } from '../../bytes/source.ts'
import { type CentralEntry, centralEntry, SIGNATURE, u16, u32 } from './records.ts'

/** A directory of two million members is some 160 MB; it is read through a window, never held. */
const STEP = 1024 * 1024
/** Header, and name, extra field and comment at their longest. */
const LONGEST = 46 + 3 * 0xffff

/**
 * Reads central directory entries one after another from `start` on, until something else comes or `limit` is
 * reached. Neither the stated size nor the stated count is believed; readers differ in which of them they do.
 * Batches save the cost of one promise per member.
 */
export async function* directory(
  source: ByteSource,
  start: number,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<readonly CentralEntry[]> {
  let at = start
  while (at < limit) {
    const wanted = Math.min(STEP + LONGEST, limit - at)
    const bytes: Uint8Array = Uint8Array.prototype.slice.call(await source.read(at, wanted, signal))
    const batch: CentralEntry[] = []
    let used = 0
    while (used < STEP) {
      const entry = centralEntry(bytes, used, at)
      if (!entry) break
      batch.push(entry)
      used += entry.length
    }
    if (batch.length > 0) yield batch
    if (used < STEP) return
    at += used
  }
}

/** End of a digital signature record (4.3.13) where one follows the directory; else where it would start. */
export async function afterSignature(source: ByteSource, at: number): Promise<number> {
  const head = await source.read(at, 6)
  if (head.length < 6 || u32(head, 0) !== SIGNATURE.digitalSignature) return at
  return at + 6 + u16(head, 4)
}
