import { createHash, hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type ByteSource, CHUNK } from '../bytes/source.ts'
import type { Checksum } from '../inspect/inspector.ts'
import type { Measure, Measured } from '../model/signature.ts'
import { ChecksumRun } from './checksum.ts'
import { type Measuring, startMeasuring } from './measure.ts'
import { verifierFor } from './verifier.ts'

export interface PassResult {
  readonly sha256: string
  /** Checksums that did not hold. */
  readonly failed: readonly Checksum[]
  /** What was asked for beside SHA-256, in the order of the asking. */
  readonly measured: readonly Measured[]
}

/** Bytes per read: a call costs nothing beside it, and a few of them fit the cache that the cores share. */
export const STEP = CHUNK / 2

/** Reads of a file do not yield; every so many of them, timers and signals get their turn. */
const BREATH = 16

/**
 * Reads every byte once, in order: SHA-256 over all, CRC-32 over the ranges that containers promised one for. The next
 * chunk is read while this one is hashed, and large amounts are checksummed on another core, so that reading, hashing
 * and checksumming overlap.
 */
export async function pass(
  source: ByteSource,
  checksums: readonly Checksum[],
  signal: AbortSignal,
  advance: (bytes: number) => void,
  measures: readonly Measure[] = [],
): Promise<PassResult> {
  const measuring = await startMeasuring(measures)
  if (source.size <= SMALL) return smallPass(source, checksums, signal, advance, measuring)
  const sha256 = createHash('sha256')
  await using verifier = verifierFor(checksums, Math.min(STEP, source.size))
  const fetch = async (turn: number, offset: number) => {
    const buffer = await verifier.buffer(turn)
    return { buffer, length: await fill(source, buffer, offset, signal) }
  }
  let next = fetch(0, 0)
  for (let turn = 0, offset = 0; offset < source.size; turn++) {
    const { buffer, length } = await next
    if (length === 0) break
    verifier.update(turn, length, offset)
    offset += length
    next = fetch(turn + 1, offset)
    // A read that fails while we still hash must not be reported as unhandled; awaiting it throws.
    next.catch(() => undefined)
    const bytes = buffer.subarray(0, length)
    sha256.update(bytes)
    for (const each of measuring) each.update(bytes)
    advance(length)
    if (turn % BREATH === BREATH - 1) await setImmediate()
  }
  await next
  return {
    sha256: sha256.digest('hex'),
    failed: await verifier.failed(),
    measured: measuring.map((m) => m.end()),
  }
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

async function fill(
  source: ByteSource,
  buffer: Uint8Array,
  offset: number,
  signal: AbortSignal,
): Promise<number> {
  if (source.fill) return source.fill(buffer, offset, signal)
  const bytes = await source.read(offset, buffer.length, signal)
  buffer.set(bytes)
  return bytes.length
}
