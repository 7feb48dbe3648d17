import type { Census } from './census.ts'
import { constantAt, MAY_BE_SUSPECT, SHORTEST_CONSTANT } from './constants.ts'
import type { Descriptors } from './descriptors.ts'
import { uint32 } from './integers.ts'
import * as K from './kinds.ts'
import type { Literal } from './literals.ts'
import * as Op from './opcodes.ts'
import { type Elements, Memo, Stack, Tuples } from './stack.ts'
import type { Failure, Fork, Status } from './status.ts'
import { Traces } from './traces.ts'

/** What the opcodes do (`semantics.ts`, `loop.ts`). `position` is behind the opcode's first byte. */
export interface Semantics {
  /** Executes instructions that start before `end` in the window; their headers are whole. */
  loop(machine: Machine, end: number): void
  execute(machine: Machine, opcode: number, start: number): void
  /** An opcode that fills containers was applied to what is no such container: a method call. */
  method(machine: Machine, start: number, target: number, name: string): void
  /** Key and value pairs from `from` to the top of the stack go into the container made at `owner`. */
  setItems(machine: Machine, from: number, owner: number): void
  /** A container came onto the stack again. */
  sharedAgain(machine: Machine): void
  /** The values from `from` to the top go into the container made at `owner`, after some container was shared. */
  weigh(machine: Machine, from: number, owner: number, start: number): void
}

/** The longest fixed part of an instruction: an opcode and 8 bytes. */
const LONGEST_HEADER = 9
/** Places where readers part that are followed; honest files have none. */
const FORKS_KEPT = 16
/**
 * Values on the stack at most, 12 bytes each. Picklers flush a list or dict every 1000 items, so only tuples and frozensets
 * pile up: one of 64 million items is a limit reached.
 */
const STACK_VALUES = 64 * 1024 * 1024
/** A memo key this far above the highest one before makes CPython allocate 16 bytes for each key in between. */
const FAR_INDEX = 1_000_000

/**
 * The symbolic unpickler: executes every opcode of protocols 0 to 5 on descriptors instead of values, exactly as CPython's
 * C unpickler moves its stack, marks and memo. It works synchronously on a window of bytes; whoever drives it (`stream.ts`)
 * moves the window. Large payloads are skipped by position and never looked at.
 *
 * Here are the state and the opcodes that make up nearly all of any file; those that run, import or decode text are
 * `Semantics`.
 */
export class Machine {
  readonly stack: Stack = new Stack()
  readonly memo: Memo = new Memo()
  readonly tuples: Tuples
  readonly traces: Traces = new Traces()
  readonly descriptors: Descriptors
  readonly #semantics: Semantics
  census: Census

  /** The window, the file offset of its first byte, and how many of its bytes are valid. */
  window: Uint8Array = new Uint8Array(0)
  base = 0
  length = 0
  /** Position in the window of the next byte, and of the opcode under execution. */
  position = 0
  current = 0
  /** Size of the whole source. */
  size = 0
  /** Where this pickle begins. */
  origin = 0
  /** Position where the last payload or line began: what a frame end may cut. */
  payload = 0
  frameStart = -1
  frameEnd: number = Number.POSITIVE_INFINITY
  /** Ends of frames decided by the reading, by offset of their FRAME opcode. */
  frameEnds: ReadonlyMap<number, number> = new Map()
  protocol = 0
  protocols = 0
  status: Status = 'run'
  failure: Failure | undefined
  /** With status `value` or `line`: the offset that is wanted. */
  wanted = 0
  /** Values fetched for the machine, by offset of the opcode that made them. */
  readonly fetched: Map<number, Literal> = new Map()
  /** Ends of lines longer than the window, searched for on demand: offset of the newline by that of the first byte. */
  readonly lineEnds: Map<number, number> = new Map()
  /** Values in the memo at most. */
  memoEntries: number = Number.POSITIVE_INFINITY
  /** Was a memo key asked for that an earlier pickle of the file may have stored? */
  keyMissing = false
  forksLost = false
  readonly forks: Fork[] = []
  /** Called for every persistent id, where somebody wants them. */
  persistent: ((offset: number, elements: Elements | undefined) => void) | undefined
  /** Whether to hand back control behind the BUILD of an array wrapper of joblib, whose data lies in the stream. */
  steps = false
  /** BUILDs at which not to, by offset: the data was taken out of this reading. */
  stepped: ReadonlySet<number> = new Set()

  /** @param span bytes of the source at most: small ones need small tables. */
  constructor(descriptors: Descriptors, census: Census, semantics: Semantics, span: number) {
    this.tuples = new Tuples(span)
    this.descriptors = descriptors
    this.census = census
    this.#semantics = semantics
  }

  /** File offset of the next byte to read. */
  get offset(): number {
    return this.base + this.position
  }

  /** Begins a pickle at `offset`; the memo is kept only for readers that reuse their unpickler. */
  begin(offset: number, keepMemo = false) {
    this.stack.clear()
    if (!keepMemo) this.memo.clear()
    this.origin = offset
    this.position = offset - this.base
    this.frameEnd = Number.POSITIVE_INFINITY
    this.protocol = 0
    this.protocols = 0
    this.failure = undefined
    this.keyMissing = false
    this.traces.clear()
    this.lineEnds.clear()
  }

  /** Moves the window so that it begins at the current position, which the driver has read `bytes` from. */
  slide(bytes: Uint8Array, base: number) {
    this.position = this.offset - base
    this.payload += this.base - base
    this.base = base
    this.window = bytes
    this.length = bytes.length
    this.stack.reserve(bytes.length + 16)
  }

  /** Goes on behind what another reader took from the stream. */
  skip(offset: number) {
    this.position = offset - this.base
    this.frameEnd = Number.POSITIVE_INFINITY
  }

  /** Executes until something is needed from outside. */
  advance(): Status {
    this.status = 'run'
    this.#checkSize()
    while (this.status === 'run') {
      const end = Math.min(this.length, this.frameEnd - this.base) - LONGEST_HEADER
      if (this.position < end) this.#semantics.loop(this, end)
      else this.#careful()
      if (this.base + this.position >= this.frameEnd) this.#closeFrame()
    }
    return this.status
  }

  /** Once per window: what it can add is small. */
  #checkSize() {
    const { stack, memo, offset } = this
    if (stack.size > STACK_VALUES) this.fail('limit', `more than ${STACK_VALUES} values on the stack`, offset)
    if (memo.count <= this.memoEntries) return
    const message = `limit memoEntries (${this.memoEntries}) reached; --limit memoEntries=VALUE raises it`
    this.fail('limit', message, offset)
  }

  /** One instruction near the end of the window, frame or source, where its header may be cut. */
  #careful() {
    const left = this.length - this.position
    if (left < LONGEST_HEADER && this.base + this.length < this.size) {
      this.status = 'window'
      return
    }
    if (this.offset >= this.size) return this.fail('truncated', 'the pickle ends without STOP', this.size)
    const opcode = this.window[this.position]!
    const width = Op.OPERAND[opcode]! & Op.WIDTH
    if (left <= width) return this.fail('truncated', `${Op.OPCODE_NAMES[opcode]} is cut short`)
    const operand = this.offset + 1
    if (operand < this.frameEnd && operand + width > this.frameEnd) {
      this.current = this.position
      this.straddle(operand, false)
      this.frameEnd = Number.POSITIVE_INFINITY
    }
    this.#semantics.loop(this, this.position + 1)
  }

  /** The position reached or crossed the end of the frame. */
  #closeFrame() {
    const from = this.base + this.payload
    if (this.offset > this.frameEnd && from < this.frameEnd) {
      const opcode = this.window[this.current]!
      this.straddle(
        from,
        opcode === Op.BINBYTES ||
          opcode === Op.SHORT_BINBYTES ||
          opcode === Op.BINBYTES8 ||
          opcode === Op.BYTEARRAY8,
      )
    }
    this.frameEnd = Number.POSITIVE_INFINITY
  }

  /** One instruction as such; `loop.ts` has the short cuts. */
  instruction(opcode: number, start: number) {
    const { window } = this
    switch (opcode) {
      case Op.SHORT_BINUNICODE:
        return this.string(start, window[start + 1]!, 2)
      case Op.BINUNICODE:
        return this.string(start, uint32(window, start + 1), 5)
      case Op.SHORT_BINBYTES:
        return this.counted(K.BYTES_VALUE, start, window[start + 1]!, 2)
      case Op.BINBYTES:
        return this.counted(K.BYTES_VALUE, start, uint32(window, start + 1), 5)
      case Op.BINGET:
        return this.get(window[start + 1]!, start, 2)
      case Op.LONG_BINGET:
        return this.get(uint32(window, start + 1), start, 5)
      case Op.MEMOIZE:
        return this.put(this.memo.count, start, 1)
      case Op.BINPUT:
        return this.put(window[start + 1]!, start, 2)
      case Op.LONG_BINPUT:
        return this.put(uint32(window, start + 1), start, 5)
      default:
        return this.#container(opcode, start)
    }
  }

  #container(opcode: number, start: number) {
    const { stack } = this
    switch (opcode) {
      case Op.APPENDS:
        return this.append(start, this.popMark(start))
      case Op.SETITEMS:
        return this.setItem(start, this.popMark(start))
      case Op.APPEND:
        return this.append(start, stack.size - 1)
      case Op.SETITEM:
        return this.setItem(start, stack.size - 2)
      case Op.TUPLE1:
        return this.tuple(stack.size - 1, start)
      case Op.TUPLE2:
        return this.tuple(stack.size - 2, start)
      case Op.TUPLE3:
        return this.tuple(stack.size - 3, start)
      default:
        this.census.opcodes[opcode] = 1
        return this.#semantics.execute(this, opcode, start)
    }
  }

  /** A counted text string; those that begin like one of `HOOKS` are told apart. */
  string(start: number, length: number, header: number) {
    const at = start + header
    if (length <= K.LONGEST_HOOK) {
      if (at + length > this.length && this.base + this.length < this.size) return this.again('window', start)
      if (K.beginsLikeHook(this.window[at]!, this.window[at + 1]!, length)) {
        const descriptor = K.bytesDescriptor(this.window, at, length)
        if (descriptor !== K.STR_VALUE) this.traces.hooksSeen = true
        return this.counted(descriptor, start, length, header)
      }
    }
    this.counted(K.STR_VALUE, start, length, header)
  }

  /** Skips a counted payload and pushes what it makes. */
  counted(descriptor: number, start: number, length: number, header: number) {
    this.payload = start + header
    this.position = start + header + length
    // The window may end before the first byte is in it.
    const near = this.payload + 16 > this.length
    if (length >= SHORTEST_CONSTANT && (near || MAY_BE_SUSPECT[this.window[this.payload]!])) {
      const found = constantAt(this.window, this.payload, length, this.base, this.length)
      if (found) this.traces.keep(found)
    }
    this.stack.push(descriptor, this.base + start)
  }

  tuple(from: number, start: number) {
    const { stack } = this
    if (from < stack.fence) return this.underflow()
    const offset = this.base + start
    const count = stack.size - from
    this.tuples.record(offset, stack, from, count)
    this.fills(from, offset, start)
    stack.size = from
    stack.push(count === 0 ? K.NO_TUPLE : K.TUPLE_VALUE, offset)
  }

  get(index: number, start: number, length: number) {
    this.position = start + length
    const descriptor = this.memo.descriptor(index)
    if (descriptor === K.ABSENT) {
      this.keyMissing = true
      return this.fail('corrupt', `memo key ${index} was never stored`)
    }
    this.stack.push(descriptor, this.memo.offset(index))
    if (descriptor >= K.TUPLE_VALUE) this.pushedAgain(descriptor, start)
  }

  put(index: number, start: number, length: number) {
    this.position = start + length
    const { stack, memo } = this
    if (stack.size <= stack.fence) return this.underflow()
    const top = stack.size - 1
    const far = index - memo.highest > FAR_INDEX
    const before = memo.put(index, stack.descriptors[top]!, stack.offsets[top]!)
    if (far) this.census.note('memo-far', '', this.base + start)
    if (before === K.ABSENT) return
    if (before < 0) return this.fail('limit', 'too many memo keys far apart', this.base + start)
    this.census.note('memo-redefined', '', this.base + start)
  }

  /** Takes the last mark off; fails where there is none. */
  popMark(start: number): number {
    const height = this.stack.popMark()
    if (height < 0) this.fail('corrupt', `${this.opcodeName} without MARK`, this.base + start)
    return height
  }

  /** The values from `from` to the top are about to go into the container made at `owner`. */
  fills(from: number, owner: number, start: number) {
    if (this.traces.shares) this.#semantics.weigh(this, from, owner, start)
  }

  append(start: number, height: number) {
    const { stack } = this
    if (height <= stack.fence || height > stack.size) return this.underflow()
    const target = stack.descriptors[height - 1]!
    if (target !== K.LIST_VALUE && height < stack.size) this.#semantics.method(this, start, target, 'extend')
    this.fills(height, stack.offsets[height - 1]!, start)
    stack.size = height
  }

  setItem(start: number, height: number) {
    const { stack } = this
    if (height <= stack.fence || height > stack.size) return this.underflow()
    if ((stack.size - height) & 1) return this.fail('corrupt', 'a key without value', this.base + start)
    const target = stack.descriptors[height - 1]!
    if (target !== K.DICT_VALUE && height < stack.size) {
      this.#semantics.method(this, start, target, '__setitem__')
    }
    const owner = stack.offsets[height - 1]!
    if (this.traces.watching) this.#semantics.setItems(this, height, owner)
    this.fills(height, owner, start)
    stack.size = height
  }

  /** A value with a descriptor of its own came onto the stack again, from the memo or by DUP. */
  pushedAgain(descriptor: number, start: number) {
    if (descriptor < K.FIRST_HOOK) {
      if (descriptor <= K.FROZENSET_VALUE) this.#semantics.sharedAgain(this)
    } else if (descriptor < K.FIRST_INTERNED) this.traces.hooksSeen = true
    else if (this.descriptors.globalOf(descriptor))
      this.census.push(descriptor, this.window[start]!, this.base + start)
  }

  /**
   * A payload or operand that began at `from` goes on behind the end of the frame. The reader of a file throws the first
   * part away, unless it is the payload of bytes, whose parts it joins; Python's own `pickle.py` stops.
   */
  straddle(from: number, joined: boolean) {
    this.census.note('frame-straddle', this.opcodeName, from)
    if (!joined) this.fork(from)
  }

  fork(from: number) {
    if (this.forks.length < FORKS_KEPT) this.forks.push({ frame: this.frameStart, from, to: this.frameEnd })
    else this.forksLost = true
  }

  get opcodeName(): string {
    return Op.OPCODE_NAMES[this.window[this.current]!]!
  }

  /** Gives control back; the instruction at `start` is executed anew when what is missing is there. */
  again(status: Status, start: number, wanted = 0) {
    this.position = start
    this.status = status
    this.wanted = wanted
  }

  underflow() {
    this.fail('corrupt', `${this.opcodeName} finds too little on the stack`, this.base + this.current)
  }

  fail(kind: Failure['kind'], message: string, offset: number = this.base + this.current) {
    if (this.status === 'failed') return
    this.failure = { kind, message, offset }
    this.status = 'failed'
  }
}
