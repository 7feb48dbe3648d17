import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'

/**
 * What a field holds. `ints` are varints, packed or not; `numbers` are values, packed or not, that nobody asks for;
 * `data` is bulk bytes, never read; `text` is read and kept. Otherwise a message.
 */
export type FieldKind = 'int' | 'ints' | 'fixed' | 'numbers' | 'text' | 'texts' | 'data' | MessageField

export interface MessageField {
  readonly message: () => MessageSpec
  /** A field that may occur once: protobuf readers merge further occurrences into the first. */
  readonly once?: boolean
  /** Keep the decoded message in its parent; else it is only handed out. */
  readonly keep?: boolean
}

/** A message type: the part of a `.proto` file that an inspector needs, numbers as published. */
export interface MessageSpec {
  readonly name: string
  readonly fields: Readonly<Record<number, readonly [name: string, kind: FieldKind]>>
  /** Hand out each message of this type when it is complete. */
  readonly visit?: boolean
}

export interface Range {
  readonly offset: number
  readonly length: number
}

/** Depth that protobuf's own readers allow. */
const DEPTH = 100
/** Fields in one file: the largest honest graphs have a few million. */
const FIELDS = 20_000_000
/** Values kept of one field of one message, and bytes of one text. */
const KEPT = 4096
export const TEXT_KEPT = 64 * 1024
/** Texts, in one message and the open ones around it. */
const HELD = 32 * 1024 * 1024

/** A decoded message: scalars, texts and small parts; bulk data by its place. */
export class Message {
  readonly spec: MessageSpec
  readonly parent: Message | undefined
  readonly offset: number
  readonly end: number
  readonly #values = new Map<string, unknown[]>()
  readonly #counts = new Map<string, number>()

  constructor(spec: MessageSpec, parent: Message | undefined, offset: number, end: number) {
    this.spec = spec
    this.parent = parent
    this.offset = offset
    this.end = end
  }

  get name(): string {
    return this.spec.name
  }

  add(name: string, value: unknown): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    if (value === undefined) return
    const held = this.#values.get(name)
    if (held === undefined) this.#values.set(name, [value])
    else if (held.length < KEPT) held.push(value)
  }

  /** How often the field occurred, kept or not. */
  count(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  /** The text of a field that holds one; of several the last, as readers take it. */
  text(name: string): string {
    const value = this.#values.get(name)?.at(-1)
    return typeof value === 'string' ? value : ''
  }

  texts(name: string): string[] {
    return (this.#values.get(name) ?? []).filter((v) => typeof v === 'string')
  }

  int(name: string): bigint | undefined {
    const value = this.#values.get(name)?.at(-1)
    return typeof value === 'bigint' ? value : undefined
  }

  ints(name: string): bigint[] {
    return (this.#values.get(name) ?? []).filter((v) => typeof v === 'bigint')
  }

  messages(name: string): Message[] {
    return (this.#values.get(name) ?? []).filter((v) => v instanceof Message)
  }

  /** Where the bytes of `data` fields lie. */
  ranges(name: string): Range[] {
    return (this.#values.get(name) ?? []).filter(isRange)
  }

  /** The nearest message around this one of that type. */
  within(name: string): Message | undefined {
    for (let m = this.parent; m !== undefined; m = m.parent) if (m.name === name) return m
    return undefined
  }
}

function isRange(value: unknown): value is Range {
  return typeof value === 'object' && value !== null && 'offset' in value && 'length' in value
}

/** Something that the schema does not have or allow. */
export interface Oddity {
  readonly issue: 'unknown-field' | 'wire-type' | 'repeated'
  readonly message: string
  readonly field: number
  readonly name: string
  readonly range: Range
}

/** Bytes read at once: neighbours of a small field are small fields. */
const AHEAD = 256 * 1024

/** Varints and tags from a source, through one window of our own. */
class WireReader {
  readonly #source: ByteSource
  #buffer: Uint8Array = new Uint8Array(0)
  #start = 0
  at = 0

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Are the next bytes held, as many as there are? Asking is cheaper than waiting for every field. */
  has(count: number): boolean {
    const held = this.#start + this.#buffer.length
    if (this.at < this.#start) return false
    return this.at + count <= held || held === this.#source.size
  }

  /** Holds the bytes from here on. */
  async load(): Promise<void> {
    this.#buffer = Uint8Array.prototype.slice.call(await this.#source.read(this.at, AHEAD))
    this.#start = this.at
  }

  /** A base-128 number of at most ten bytes, as 64 bits. */
  varint(end: number): bigint {
    let [low, shift, index] = [0, 0, this.at - this.#start]
    // Seven groups of four fit a double's integers; most numbers end there.
    for (; shift < 28; shift += 7) {
      const byte = this.#byte(index++, end)
      low += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        this.at = this.#start + index
        return BigInt(low)
      }
    }
    let wide = BigInt(low)
    for (; shift < 70; shift += 7) {
      const byte = this.#byte(index++, end)
      wide |= BigInt(byte & 0x7f) << BigInt(shift)
      if (byte < 0x80) {
        this.at = this.#start + index
        return BigInt.asUintN(64, wide)
      }
    }
    throw new FormatError('corrupt', 'a varint of more than ten bytes', this.at)
  }

  #byte(index: number, end: number): number {
    const byte = this.#buffer[index]
    if (byte === undefined || this.#start + index >= end) {
      throw new FormatError('truncated', 'a message ends inside a number', this.at)
    }
    return byte
  }

  async text(length: number): Promise<string> {
    const kept = Math.min(length, TEXT_KEPT)
    if (!this.has(kept)) await this.load()
    const from = this.at - this.#start
    return Buffer.from(this.#buffer.subarray(from, from + kept)).toString('utf8')
  }
}

interface Frame {
  readonly message: Message
  readonly field?: MessageField
  readonly as: string
  held: number
}

/**
 * Decodes a protobuf message of a known schema from a source, one field at a time: lengths are checked against the
 * message around them before anything is read, bulk data is stepped over. Messages whose type is visited are handed
 * out when complete, the outermost last. What the schema does not explain is in `oddities`.
 */
export class ProtoDecoder {
  readonly oddities: Oddity[] = []
  /** Bulk data that was stepped over, in order. */
  readonly bulk: Range[] = []
  readonly #reader: WireReader
  readonly #root: MessageSpec
  readonly #range: Range
  #fields = 0
  #held = 0

  constructor(source: ByteSource, root: MessageSpec, range: Range = { offset: 0, length: source.size }) {
    if (range.offset + range.length > source.size) {
      throw new FormatError('truncated', `a ${root.name} ends beyond the file`, range.offset)
    }
    this.#reader = new WireReader(source)
    this.#root = root
    this.#range = range
  }

  async *messages(): AsyncGenerator<Message> {
    const reader = this.#reader
    const { offset, length } = this.#range
    reader.at = offset
    const stack: Frame[] = [frame(new Message(this.#root, undefined, offset, offset + length), '')]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (reader.at >= top.message.end) {
        stack.pop()
        this.#held -= top.held
        const parent = stack.at(-1)
        if (parent) parent.message.add(top.as, top.field?.keep ? top.message : undefined)
        if (top.message.spec.visit || !parent) yield top.message
        continue
      }
      if (!reader.has(20)) await reader.load()
      const opened = await this.#field(top)
      if (opened && stack.push(opened) > DEPTH) {
        throw new FormatError('limit', `messages nested deeper than ${DEPTH}`, reader.at)
      }
    }
  }

  /** Reads one field; returns the frame of a message that begins with it. */
  async #field(top: Frame): Promise<Frame | undefined> {
    const { message } = top
    const reader = this.#reader
    const at = reader.at
    if (++this.#fields > FIELDS) throw new FormatError('limit', `more than ${FIELDS} fields`, at)
    const tag = Number(reader.varint(message.end))
    const [number, wire] = [Math.floor(tag / 8), tag % 8]
    if (number === 0) throw new FormatError('corrupt', 'a field without a number', at)
    const known = message.spec.fields[number]
    if (wire === 2) return this.#delimited(top, number, known, at)
    const value = scalar(reader, wire, message.end)
    const suits = known !== undefined && allows(known[1], wire)
    if (suits) message.add(known[0], wire === 0 ? value : undefined)
    else
      this.#odd(known ? 'wire-type' : 'unknown-field', message, number, {
        offset: at,
        length: reader.at - at,
      })
    return undefined
  }

  async #delimited(
    top: Frame,
    number: number,
    known: readonly [string, FieldKind] | undefined,
    at: number,
  ): Promise<Frame | undefined> {
    const { message } = top
    const reader = this.#reader
    const wide = reader.varint(message.end)
    const rest = message.end - reader.at
    if (wide > BigInt(rest)) {
      throw new FormatError('truncated', `field ${number} of ${message.name} ends beyond it`, at)
    }
    const length = Number(wide)
    const range = { offset: reader.at, length }
    if (known === undefined || !allows(known[1], 2)) {
      this.#odd(known ? 'wire-type' : 'unknown-field', message, number, range)
      reader.at += length
      return undefined
    }
    const [name, kind] = known
    if (typeof kind !== 'string') {
      if (kind.once && message.count(name) > 0) this.#odd('repeated', message, number, range)
      return frame(new Message(kind.message(), message, range.offset, range.offset + length), name, kind)
    }
    await this.#plain(top, name, kind, range)
    reader.at = range.offset + length
    return undefined
  }

  async #plain(top: Frame, name: string, kind: FieldKind, range: Range): Promise<void> {
    const { message } = top
    const { offset, length } = range
    if (kind === 'text' || kind === 'texts') {
      if (kind === 'text' && message.count(name) > 0) this.#odd('repeated', message, 0, range, name)
      const kept = Math.min(length, TEXT_KEPT)
      if (message.count(name) < KEPT) {
        top.held += kept
        this.#held += kept
      }
      if (this.#held > HELD) throw new FormatError('limit', 'too much text in one message', offset)
      message.add(name, message.count(name) < KEPT ? await this.#reader.text(length) : undefined)
      if (length > TEXT_KEPT) this.bulk.push(range)
    } else if (kind === 'ints') await this.#packed(message, name, offset + length)
    else {
      message.add(name, kind === 'data' ? range : undefined)
      if (length > 0) this.bulk.push(range)
    }
  }

  async #packed(message: Message, name: string, end: number): Promise<void> {
    const reader = this.#reader
    for (let n = 0; reader.at < end && n < KEPT; n++) {
      if (!reader.has(10)) await reader.load()
      message.add(name, reader.varint(end))
    }
  }

  #odd(issue: Oddity['issue'], message: Message, field: number, range: Range, name?: string): void {
    if (this.oddities.length >= KEPT) return
    const known = name ?? message.spec.fields[field]?.[0] ?? ''
    this.oddities.push({ issue, message: message.name, field, name: known, range })
  }
}

function frame(message: Message, as: string, field?: MessageField): Frame {
  return { message, as, held: 0, ...(field ? { field } : {}) }
}

function scalar(reader: WireReader, wire: number, end: number): bigint | undefined {
  if (wire === 0) return reader.varint(end)
  const size = wire === 1 ? 8 : wire === 5 ? 4 : 0
  if (size === 0) throw new FormatError('corrupt', `wire type ${wire}`, reader.at)
  if (reader.at + size > end) throw new FormatError('truncated', 'a message ends inside a number', reader.at)
  reader.at += size
  return undefined
}

function allows(kind: FieldKind, wire: number): boolean {
  if (typeof kind !== 'string' || kind === 'text' || kind === 'texts' || kind === 'data') return wire === 2
  if (kind === 'int') return wire === 0
  if (kind === 'ints') return wire === 0 || wire === 2
  if (kind === 'fixed') return wire === 1 || wire === 5
  return wire <= 2 || wire === 5
}

/** Signed value of a varint of type int32 or int64. */
export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}
