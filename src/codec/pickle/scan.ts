import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import type { TroubleKind } from '../../model/trouble.ts'
import { Census } from './census.ts'
import type { Constant } from './constants.ts'
import { Descriptors } from './descriptors.ts'
import { uint32, uint64 } from './integers.ts'
import { type Failure, Machine } from './machine.ts'
import { LINE, OPERAND, WIDTH } from './opcodes.ts'
import { type Reading, readingsAfter } from './readings.ts'
import { SEMANTICS } from './semantics.ts'
import type { Elements } from './stack.ts'
import { Stream } from './stream.ts'

export interface PickleDamage {
  readonly kind: TroubleKind
  readonly message: string
  readonly offset: number
}

export interface PickleScan {
  /** Every distinct use, method call, attribute, persistent id and oddity, of all pickles and all readings. */
  readonly census: Census
  readonly descriptors: Descriptors
  /** Where each pickle begins and ends (behind its STOP, or where it broke). */
  readonly pickles: readonly { readonly offset: number; readonly end: number; readonly complete: boolean }[]
  /** Offset behind the last pickle. */
  readonly end: number
  readonly damage: readonly PickleDamage[]
  /** Constants that look like a pickle, an archive or an encoding of one; suspicions, not yet decoded. */
  readonly constants: readonly Constant[]
  /** Constants that a function which decodes or loads is called with. */
  readonly flows: readonly Constant[]
}

export interface PickleScanOptions {
  /** Where the first pickle begins. Default 0. */
  readonly offset?: number
  /** Pickles to read at most. Default: go on behind each STOP as long as another one begins there. */
  readonly pickles?: number
  readonly meter?: Meter
  readonly signal?: AbortSignal
  /** Called in order for every persistent id of the plain reading, with the elements of its tuple. */
  readonly persistent?: (offset: number, elements: Elements | undefined) => void
}

/**
 * Reads one or several pickles back to back, from `options.offset` to the first thing that is none, in every reading that
 * CPython's unpicklers of files and of bytes would make. Memory is bounded by the live stack and memo of the pickle. What
 * the bytes say is in the result; damage is part of the result, only limits of the meter and I/O errors throw.
 */
export async function scanPickle(source: ByteSource, options: PickleScanOptions = {}): Promise<PickleScan> {
  const descriptors = new Descriptors(options.meter)
  const plain: Reading = { source, frameEnds: new Map(), keepMemo: false, real: (offset) => offset }
  const first = await read(plain, descriptors, options)
  const readings = [...readingsAfter(plain, first)]
  const damage = [...first.damage]
  for (let i = 0; i < readings.length; i++) {
    if (i >= READINGS) {
      damage.push({ kind: 'limit', message: `more than ${READINGS} readings of its frames`, offset: 0 })
      break
    }
    const reading = readings[i]!
    const { persistent: _, ...quiet } = options
    const other = await read(reading, descriptors, quiet)
    first.census.absorb(other.census, { real: reading.real, onlyNew: true })
    readings.push(...readingsAfter(reading, other))
  }
  return { ...first, damage, descriptors }
}

/** Readings of one file at most: each place where readers part doubles them, and honest files have none. */
const READINGS = 16

export interface ReadResult extends Omit<PickleScan, 'descriptors'> {
  readonly forks: Machine['forks']
  readonly keyMissing: boolean
}

async function read(
  reading: Reading,
  descriptors: Descriptors,
  options: PickleScanOptions,
): Promise<ReadResult> {
  const census = new Census(descriptors)
  const machine = new Machine(descriptors, census, SEMANTICS, reading.source.size)
  machine.frameEnds = reading.frameEnds
  machine.persistent = options.persistent
  const stream = new Stream(reading.source, machine, options)
  const pickles: { offset: number; end: number; complete: boolean }[] = []
  const damage: PickleDamage[] = []
  let keyMissing = false
  let at = options.offset ?? 0
  while (pickles.length < (options.pickles ?? Number.POSITIVE_INFINITY) && at < reading.source.size) {
    const own = new Census(descriptors)
    machine.census = own
    machine.begin(at, reading.keepMemo && pickles.length > 0)
    const constants = machine.constants.length
    const status = await stream.run()
    keyMissing ||= machine.keyMissing && pickles.length > 0
    const failure = status === 'failed' ? machine.failure : undefined
    if (failure && pickles.length > 0 && !own.live) {
      // No further pickle: whatever this is, it is not ours.
      machine.constants.length = constants
      break
    }
    census.absorb(own)
    const end = failure ? Math.min(failure.offset, reading.source.size) : machine.offset
    pickles.push({ offset: at, end, complete: !failure })
    at = end
    if (failure) {
      damage.push(described(failure))
      break
    }
  }
  if (machine.forksLost)
    damage.push({ kind: 'limit', message: 'too many frames that cut instructions', offset: 0 })
  if (machine.constantsLost)
    damage.push({ kind: 'limit', message: 'too many suspicious constants', offset: 0 })
  return {
    census,
    pickles,
    end: at,
    damage,
    constants: machine.constants,
    flows: await flowsOf(reading, machine),
    forks: machine.forks,
    keyMissing,
  }
}

function described(failure: Failure): PickleDamage {
  return { kind: failure.kind, message: `a pickle breaks: ${failure.message}`, offset: failure.offset }
}

/** Where the payloads of constants lie that were passed to a loader. */
async function flowsOf(reading: Reading, machine: Machine): Promise<Constant[]> {
  const flows: Constant[] = []
  for (const { made, into, asText } of machine.flows) {
    const header = await reading.source.read(made, Math.min(9, reading.source.size - made))
    const operand = OPERAND[header[0]!]!
    if (operand & LINE) {
      const length = await lineLength(reading.source, made + 1)
      flows.push({ offset: reading.real(made + 1), length, encoding: 'unseen', into, line: header[0]! })
      continue
    }
    const width = operand & WIDTH
    const length = width === 1 ? header[1]! : width === 4 ? uint32(header, 1) : uint64(header, 1)
    const offset = reading.real(made + 1 + width)
    flows.push({ offset, length, encoding: asText ? 'latin1' : 'unseen', into })
  }
  return flows
}

/** Bytes from `at` to the next newline, or to the end. */
async function lineLength(source: ByteSource, at: number): Promise<number> {
  const WINDOW = 64 * 1024
  for (let from = at; from < source.size; from += WINDOW) {
    const found = (await source.read(from, Math.min(WINDOW, source.size - from))).indexOf(0x0a)
    if (found >= 0) return from + found - at
  }
  return source.size - at
}
