import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type ByteSource, CHUNK } from '../bytes/source.ts'
import type { Checksum } from '../inspect/inspector.ts'

export interface PassResult {
  readonly sha256: string
  /** Checksums that did not hold. */
  readonly failed: readonly Checksum[]
}

/**
 * Reads every byte once, in order: SHA-256 over all, CRC-32 over the ranges that containers promised one for. The next
 * chunk is read while this one is hashed, so the disk and the hash overlap.
 */
export async function pass(
  source: ByteSource,
  checksums: readonly Checksum[],
  signal: AbortSignal,
  advance: (bytes: number) => void,
): Promise<PassResult> {
  const hash = createHash('sha256')
  const crc = new ChecksumRun(checksums)
  const reader = alternating(source, signal)
  let next = reader(0)
  for (let offset = 0; offset < source.size; ) {
    const chunk = await next
    if (chunk.length === 0) break
    const following = offset + chunk.length
    next = reader(following)
    // A read that fails while we still hash must not be reported as unhandled; awaiting it below throws.
    next.catch(() => undefined)
    hash.update(chunk)
    crc.update(chunk, offset)
    advance(chunk.length)
    offset = following
  }
  await next
  return { sha256: hash.digest('hex'), failed: crc.failed() }
}

const STEP = 2 * CHUNK

/** Reads into two buffers in turn, so that one can be hashed while the other fills, and nothing is allocated per chunk. */
function alternating(source: ByteSource, signal: AbortSignal): (offset: number) => Promise<Uint8Array> {
  const fill = source.fill
  if (!fill) return (offset) => source.read(offset, STEP, signal)
  const size = Math.min(STEP, source.size)
  let [ours, theirs] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)]
  return async (offset) => {
    ;[ours, theirs] = [theirs, ours]
    const buffer = ours
    return buffer.subarray(0, await fill(buffer, offset, signal))
  }
}

/** CRC-32 over many ranges, overlapping or not, in one forward run. */
class ChecksumRun {
  readonly #pending: readonly Checksum[]
  readonly #failed: Checksum[] = []
  #active: { checksum: Checksum; crc: number }[] = []
  #next = 0

  constructor(checksums: readonly Checksum[]) {
    this.#pending = checksums.toSorted((a, b) => a.offset - b.offset)
  }

  update(chunk: Uint8Array, offset: number): void {
    const end = offset + chunk.length
    for (let c = this.#pending[this.#next]; c && c.offset < end; c = this.#pending[this.#next]) {
      this.#active.push({ checksum: c, crc: 0 })
      this.#next++
    }
    if (this.#active.length === 0) return
    for (const run of this.#active) {
      const from = Math.max(run.checksum.offset, offset) - offset
      const to = Math.min(run.checksum.offset + run.checksum.length, end) - offset
      if (to > from) run.crc = crc32(chunk.subarray(from, to), run.crc)
    }
    this.#active = this.#active.filter((run) => {
      if (run.checksum.offset + run.checksum.length > end) return true
      if (run.crc !== run.checksum.crc32) this.#failed.push(run.checksum)
      return false
    })
  }

  /** A range that the bytes ended in has failed too. */
  failed(): Checksum[] {
    return [...this.#failed, ...this.#active.map((run) => run.checksum), ...this.#pending.slice(this.#next)]
  }
}
