import { Census } from './census.ts'
import type { Constant } from './constants.ts'
import type { Descriptors } from './descriptors.ts'
import { uint32, uint64 } from './integers.ts'
import { stepOut } from './joblib.ts'
import { Machine } from './machine.ts'
import { LINE, OPERAND, WIDTH } from './opcodes.ts'
import type { PickleDamage, PickleScanOptions } from './options.ts'
import type { Reading } from './readings.ts'
import { SEMANTICS } from './semantics.ts'
import type { Fork } from './status.ts'
import { Stream } from './stream.ts'
import type { CodeMade } from './traces.ts'

/** What one reading of a file shows; offsets are those of its source. */
export interface ReadResult {
  readonly census: Census
  readonly pickles: readonly { readonly offset: number; readonly end: number; readonly complete: boolean }[]
  readonly arrays: readonly { readonly offset: number; readonly length: number }[]
  readonly end: number
  readonly damage: readonly PickleDamage[]
  readonly constants: Constant[]
  readonly flows: Constant[]
  readonly codes: readonly CodeMade[]
  readonly forks: readonly Fork[]
  /** Arrays that lie behind a frame which does not end with their wrapper. */
  readonly outside: readonly { readonly build: number; readonly from: number; readonly to: number }[]
  readonly keyMissing: boolean
  readonly stepped: boolean
  /** Was the pickle of an array of objects read for itself? */
  readonly nested: boolean
}

/** Where the payload of a constant lies whose line is longer than this is not looked for. */
const LINE_SEARCH = 1024 * 1024

/** Reads the pickles of one reading one behind the other. */
export class PickleReader {
  readonly #reading: Reading
  readonly #descriptors: Descriptors
  readonly #options: PickleScanOptions
  readonly #census: Census
  readonly #pickles: { offset: number; end: number; complete: boolean }[] = []
  readonly #arrays: { offset: number; length: number }[] = []
  readonly #outside: { build: number; from: number; to: number }[] = []
  readonly #damage: PickleDamage[] = []
  readonly #constants: Constant[] = []
  readonly #flows: Constant[] = []
  readonly #forks: Fork[] = []
  #keyMissing = false
  #stepped = false
  #nestedRead = false

  constructor(reading: Reading, descriptors: Descriptors, options: PickleScanOptions) {
    this.#reading = reading
    this.#descriptors = descriptors
    this.#options = options
    this.#census = new Census(descriptors)
  }

  async read(): Promise<ReadResult> {
    const { source } = this.#reading
    const most = this.#options.pickles ?? Number.POSITIVE_INFINITY
    const machine = this.#machine()
    const stream = new Stream(source, machine, this.#options)
    let at = this.#options.offset ?? 0
    while (this.#pickles.length < most && at < source.size) {
      const end = await this.#pickle(machine, stream, at)
      if (end === undefined) break
      at = end
      if (!this.#pickles.at(-1)!.complete) break
    }
    await this.#collect(machine)
    return {
      census: this.#census,
      pickles: this.#pickles,
      arrays: this.#arrays,
      end: at,
      damage: this.#damage,
      constants: this.#constants,
      flows: this.#flows,
      codes: machine.traces.codes,
      forks: this.#forks,
      outside: this.#outside,
      keyMissing: this.#keyMissing,
      stepped: this.#stepped,
      nested: this.#nestedRead,
    }
  }

  #machine(): Machine {
    const { source, frameEnds, steps, stepped } = this.#reading
    const machine = new Machine(this.#descriptors, this.#census, SEMANTICS, source.size)
    machine.frameEnds = frameEnds
    machine.steps = steps
    machine.stepped = stepped
    machine.persistent = this.#options.persistent
    machine.memoEntries = this.#options.meter?.limits.memoEntries ?? machine.memoEntries
    return machine
  }

  /** Reads one pickle and returns its end; undefined where none begins. */
  async #pickle(machine: Machine, stream: Stream, offset: number): Promise<number | undefined> {
    const following = this.#pickles.length > 0
    const census = new Census(this.#descriptors)
    const constants = machine.traces.constants.length
    machine.census = census
    machine.begin(offset, this.#reading.keepMemo && following)
    let status = await stream.run()
    while (status === 'outside') {
      if (!(await this.#step(machine))) break
      status = await stream.run()
    }
    this.#keyMissing ||= machine.keyMissing && following
    const { failure } = machine
    if (status === 'failed' && following && !census.live) {
      // No further pickle: whatever this is, it is not ours.
      machine.traces.constants.length = constants
      return undefined
    }
    this.#census.absorb(census)
    if (failure) {
      const message = `a pickle breaks: ${failure.message}`
      this.#damage.push({ kind: failure.kind, message, offset: failure.offset })
    }
    const end = status === 'failed' && failure ? failure.offset : machine.offset
    const whole = Math.min(end, this.#reading.source.size)
    this.#pickles.push({ offset, end: whole, complete: status === 'stop' })
    return whole
  }

  /** Steps over an array that lies in the stream; false where it cannot be found. */
  async #step(machine: Machine): Promise<boolean> {
    const { source } = this.#reading
    const build = machine.offset - 1
    const step = await stepOut(machine, source)
    this.#stepped = true
    if (step.kind === 'unknown') {
      this.#damage.push({ kind: 'unsupported', message: step.message, offset: step.offset })
      return false
    }
    const end = step.kind === 'raw' ? step.end : await this.#nested(step.offset)
    if (end === undefined) return false
    if (step.offset > machine.offset) {
      // joblib goes on in the frame and only then behind the array: a reading of its own.
      machine.census.note('frame-array', '', build)
      this.#outside.push({ build, from: step.offset, to: end })
      return true
    }
    if (step.kind === 'raw') this.#arrays.push({ offset: step.data, length: step.end - step.data })
    machine.skip(end)
    return true
  }

  /** The pickle of an array of objects, which has a memo of its own; returns its end, undefined where it breaks. */
  async #nested(offset: number): Promise<number | undefined> {
    this.#nestedRead = true
    const machine = this.#machine()
    machine.steps = false
    const stream = new Stream(this.#reading.source, machine, this.#options)
    machine.begin(offset)
    const status = await stream.run()
    await this.#collect(machine)
    if (status === 'stop') return machine.offset
    const { kind = 'corrupt', message = '', offset: at = offset } = machine.failure ?? {}
    this.#damage.push({ kind, message: `the pickle of an array breaks: ${message}`, offset: at })
    return undefined
  }

  /** Takes over what a machine gathered besides its census. */
  async #collect(machine: Machine) {
    this.#constants.push(...machine.traces.constants)
    this.#forks.push(...machine.forks)
    const limit = (message: string) => this.#damage.push({ kind: 'limit', message, offset: machine.origin })
    for (const { made, into, asText } of machine.traces.flows) {
      const constant = await this.#payload(made)
      if (!constant) limit('a line too long to look into')
      else if (asText && constant.line === undefined)
        this.#flows.push({ ...constant, into, encoding: 'latin1' })
      else this.#flows.push({ ...constant, into })
    }
    if (machine.forksLost) limit('too many frames that cut instructions')
    if (machine.traces.constantsLost) limit('too many suspicious constants')
  }

  /** Where the payload of the string or bytes made at an offset lies. */
  async #payload(made: number): Promise<Constant | undefined> {
    const { source } = this.#reading
    const header = await source.read(made, 9)
    const opcode = header[0]!
    const operand = OPERAND[opcode]!
    if (operand & LINE) {
      const line = (await source.read(made + 1, LINE_SEARCH)).indexOf(0x0a)
      const quote = header[1] === 0x27 || header[1] === 0x22 ? 1 : 0
      if (line < 2 * quote) return undefined
      const length = line - 2 * quote
      return { offset: made + 1 + quote, length, encoding: 'unseen', line: opcode }
    }
    const width = operand & WIDTH
    const length = width === 1 ? header[1]! : width === 4 ? uint32(header, 1) : uint64(header, 1)
    return { offset: made + 1 + width, length, encoding: 'unseen' }
  }
}
