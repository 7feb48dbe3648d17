import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import {
  type FieldKind,
  KEPT,
  Message,
  type MessageField,
  type MessageSpec,
  type Range,
} from './protobuf-message.ts'
import { TEXT_KEPT, WireReader } from './protobuf-wire.ts'

export {
  type FieldKind,
  Message,
  type MessageField,
  type MessageSpec,
  type Range,
} from './protobuf-message.ts'

/** Depth that protobuf's own readers allow. */
const DEPTH = 100
/** Fields in one file: the largest honest graphs have a few million. */
const FIELDS = 20_000_000
/** Texts, in one message and the open ones around it. */
const HELD = 32 * 1024 * 1024

/** Something that the schema does not have or allow. */
export interface Oddity {
  readonly issue: 'unknown-field' | 'wire-type' | 'repeated'
  readonly message: string
  readonly field: number
  readonly name: string
  readonly range: Range
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
