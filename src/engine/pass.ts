import { createHash, hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { ByteSource } from '../bytes/source.ts'
import type { Checksum } from '../inspect/inspector.ts'
import type { Measure, Measured } from '../model/signature.ts'
import { ChecksumRun } from './checksum.ts'
import { type Feed, InlineFeed } from './feed.ts'
import { FeedAhead } from './feed-ahead.ts'
import { type Measuring, startMeasuring } from './measure.ts'

export interface PassResult {
  readonly sha256: string
  /** Checksums that did not hold. */
  readonly failed: readonly Checksum[]
  /** What was asked for beside SHA-256, in the order of the asking. */
  readonly measured: readonly Measured[]
}

export interface PassOptions {
  /** SHA-256 that is known already: it is not computed again. */
  readonly known?: string | undefined
  readonly measures?: readonly Measure[] | undefined
}

/** Chunks of a file come without yielding; every so many of them, timers and signals get their turn. */
const BREATH = 16

/** Below this another core costs more (some 40 ms) than it gives (CRC-32 does about 3 GB/s). */
const AHEAD_BYTES = 256 * 1024 * 1024

/**
 * Reads every byte once, in order: SHA-256 over all, CRC-32 over the ranges that containers promised one for. The next
 * chunk is asked for before this one is hashed, and where much of a file is to be checksummed another core does that
 * and the reading, so that reading, hashing and checksumming overlap. With `known`, the SHA-256 that was computed when the
 * bytes came, only checksums are verified.
 */
export async function pass(
  source: ByteSource,
  checksums: readonly Checksum[],
  signal: AbortSignal,
  advance: (bytes: number) => void,
  { known, measures = [] }: PassOptions = {},
): Promise<PassResult> {
  const measuring = await startMeasuring(measures)
  if (source.size <= SMALL) return smallPass(source, checksums, signal, advance, measuring)
  const sha256 = known === undefined ? createHash('sha256') : undefined
  await using feed = feedOf(source, checksums)
  let next = feed.next(signal)
  for (let turn = 1, bytes = await next; bytes; bytes = await next, turn++) {
    next = feed.next(signal)
    // A read that fails while we still hash must not be reported as unhandled; awaiting it throws.
    next.catch(() => undefined)
    sha256?.update(bytes)
    for (const each of measuring) each.update(bytes)
    advance(bytes.length)
    if (turn % BREATH === 0) await setImmediate()
  }
  const measured = measuring.map((m) => m.end())
  return { sha256: known ?? sha256?.digest('hex') ?? '', failed: await feed.failed(), measured }
}

function feedOf(source: ByteSource, checksums: readonly Checksum[]): Feed {
  const promised = checksums.reduce((sum, c) => sum + c.length, 0)
  if (source.descriptor === undefined || promised < AHEAD_BYTES) return new InlineFeed(source, checksums)
  return new FeedAhead(source.descriptor, source.size, checksums)
}

/** Up to here one read and one call of the hash do it all. */
const SMALL = 64 * 1024

async function smallPass(
  source: ByteSource,
  checksums: readonly Checksum[],
  signal: AbortSignal,
  advance: (bytes: number) => void,
  measuring: readonly Measuring[],
): Promise<PassResult> {
  const bytes = await source.read(0, source.size, signal)
  const run = new ChecksumRun(checksums)
  run.update(bytes, 0)
  for (const each of measuring) each.update(bytes)
  advance(bytes.length)
  const measured = measuring.map((m) => m.end())
  return { sha256: hash('sha256', bytes, 'hex'), failed: run.failed(), measured }
}
