import type { ByteSource } from '../../bytes/source.ts'
import type { Census } from './census.ts'
import type { Constant } from './constants.ts'
import { Descriptors } from './descriptors.ts'
import type { PickleDamage, PickleScanOptions } from './options.ts'
import { PickleReader, type ReadResult } from './reader.ts'
import { type Reading, readingsAfter } from './readings.ts'
import type { CodeMade } from './traces.ts'

export interface PickleScan {
  /** Every distinct use, method call, attribute, persistent id and oddity, of all pickles and all readings. */
  readonly census: Census
  readonly descriptors: Descriptors
  /** Where each pickle begins and ends (behind its STOP, or where it broke). */
  readonly pickles: readonly { readonly offset: number; readonly end: number; readonly complete: boolean }[]
  /** Raw numbers inside the pickles that joblib's reader steps over. */
  readonly arrays: readonly { readonly offset: number; readonly length: number }[]
  /** Offset behind the last pickle. */
  readonly end: number
  readonly damage: readonly PickleDamage[]
  /** Constants that look like a pickle, an archive or an encoding of one; suspicions, not yet decoded. */
  readonly constants: readonly Constant[]
  /** Constants that a function which decodes or loads is called with. */
  readonly flows: readonly Constant[]
  /** Functions by value, in the plain reading. */
  readonly codes: readonly CodeMade[]
}

/** Readings of one file at most: each place where readers part doubles them, and honest files have none or two. */
const READINGS = 16

/**
 * Reads one or several pickles back to back, from `options.offset` to the first thing that is none, in every reading that
 * CPython's unpicklers of files and of bytes and joblib's would make. Memory is bounded by the live stack and memo of the
 * pickle. What the bytes say is in the result; damage is part of it, only limits of the meter and I/O errors throw.
 */
export async function scanPickle(source: ByteSource, options: PickleScanOptions = {}): Promise<PickleScan> {
  const descriptors = new Descriptors(options.meter)
  const plain: Reading = {
    source,
    frameEnds: new Map(),
    keepMemo: false,
    steps: true,
    stepped: new Set(),
    real: (offset) => offset,
  }
  const first = await new PickleReader(plain, descriptors, options).read()
  const readings = [...readingsAfter(plain, first)]
  const damage = [...first.damage]
  const { persistent: _, ...quiet } = options
  for (let i = 0; i < readings.length; i++) {
    if (i >= READINGS) {
      damage.push({ kind: 'limit', message: `more than ${READINGS} readings of one pickle`, offset: 0 })
      break
    }
    const reading = readings[i]!
    const other = await new PickleReader(reading, descriptors, quiet).read()
    absorb(first, other, reading)
    readings.push(...readingsAfter(reading, other))
  }
  return { ...first, damage, descriptors }
}

/** Adds what only another reading showed. That it broke is no damage: the plain reading decides that. */
function absorb(first: ReadResult, other: ReadResult, reading: Reading) {
  const misread = first.nested && !reading.steps
  first.census.absorb(other.census, { real: reading.real, onlyNew: true, misread })
  const move = (constant: Constant): Constant => ({ ...constant, offset: reading.real(constant.offset) })
  const known = new Set(first.constants.map(({ offset }) => offset))
  for (const constant of other.constants)
    if (!known.has(reading.real(constant.offset))) first.constants.push(move(constant))
  first.flows.push(...other.flows.map(move))
}
