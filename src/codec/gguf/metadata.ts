import { isUtf8 } from 'node:buffer'
import type { Meter } from '../../bytes/meter.ts'
import { FormatError } from '../../model/trouble.ts'
import type { ForwardReader } from '../forward-reader.ts'
import { TokenLists } from './tokens.ts'
import { VALUE_TYPES, type ValueType } from './types.ts'

export interface Violation {
  readonly rule: string
  readonly name: string
  readonly offset: number
}

/** A metadata value as far as it was kept: numbers, short texts, and where every text stands. */
export interface MetadataValue {
  readonly type: ValueType
  readonly number?: number | bigint
  /** Texts up to `TEXT_KEPT` bytes. */
  readonly text?: string
  /** Bytes of a text. */
  readonly place?: { readonly offset: number; readonly length: number }
}

/** Longest text that is looked at; longer ones are skipped and stated. */
export const TEXT_KEPT = 1024 * 1024
const KEY_BYTES = 65535
/** llama.cpp since 2026. */
const STRING_BYTES = 2 ** 30
const ARRAY_ITEMS = 2n ** 30n
const DEPTH = 8

/** The widths that changed after version 1. */
export function readSize(reader: ForwardReader, version: number): bigint {
  return version === 1 ? BigInt(reader.u32()) : reader.u64()
}

export const sizeWidth = (version: number): number => (version === 1 ? 4 : 8)

/** The key-value pairs of a GGUF header. Holds keys and short texts only; lists are skimmed. */
export class MetadataReader {
  readonly values = new Map<string, MetadataValue>()
  readonly violations: Violation[] = []
  readonly tokens = new TokenLists()
  /** Bytes claimed from the meter; whoever made this gives them back. */
  held = 0
  readonly #reader: ForwardReader
  readonly #version: number
  readonly #meter: Meter

  constructor(reader: ForwardReader, version: number, meter: Meter) {
    this.#reader = reader
    this.#version = version
    this.#meter = meter
  }

  /** Reads `count` pairs. Where the bytes break off or break the format, says so; what was read before stays. */
  async read(count: number): Promise<FormatError | undefined> {
    try {
      for (let i = 0; i < count; i++) {
        if (i % 1024 === 0) this.#meter.tick()
        await this.#pair()
      }
      return undefined
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return error
    }
  }

  async #pair(): Promise<void> {
    const reader = this.#reader
    const start = reader.offset
    const key = await this.#key()
    await reader.need(4)
    const type = this.#typeOf(reader.u32(), key)
    const value = await this.#value(key, type)
    if (this.values.has(key)) this.#violate('duplicate-key', key, start)
    else this.values.set(key, value)
  }

  async #key(): Promise<string> {
    const reader = this.#reader
    const at = reader.offset
    const length = await this.#length()
    if (length > KEY_BYTES) {
      this.#violate('key-length', '', at)
      throw new FormatError('corrupt', `a metadata key of ${length} bytes`, at)
    }
    this.#hold(length * 2 + 64)
    await reader.need(length)
    const bytes = reader.bytes(length)
    if (!isUtf8(bytes)) this.#violate('key-encoding', '', at)
    return Buffer.from(bytes).toString()
  }

  #typeOf(number: number, key: string): ValueType {
    const type = VALUE_TYPES[number]?.[0]
    if (type !== undefined) return type
    this.#violate('value-type', key, this.#reader.offset - 4)
    throw new FormatError('corrupt', `metadata of unknown type ${number}`, this.#reader.offset - 4)
  }

  async #value(key: string, type: ValueType): Promise<MetadataValue> {
    if (type === 'string') return { type, ...(await this.#text()) }
    if (type === 'array') {
      await this.#array(key, 0)
      return { type }
    }
    return { type, number: await this.#scalar(type, key) }
  }

  async #text(): Promise<Pick<MetadataValue, 'text' | 'place'>> {
    const reader = this.#reader
    const length = await this.#length()
    const place = { offset: reader.offset, length }
    if (length > TEXT_KEPT) {
      reader.skip(length)
      return { place }
    }
    this.#hold(length * 2)
    await reader.need(length)
    return { place, text: Buffer.from(reader.bytes(length)).toString() }
  }

  async #scalar(type: ValueType, key: string): Promise<number | bigint> {
    const reader = this.#reader
    await reader.need(8 > reader.remaining ? width(type) : 8)
    const bytes = Buffer.from(reader.bytes(width(type)))
    if (type === 'bool') {
      const value = bytes[0] ?? 0
      if (value > 1) this.#violate('bool', key, reader.offset - 1)
      return value
    }
    return numberOf(type, bytes, reader.little)
  }

  async #array(key: string, depth: number): Promise<void> {
    const reader = this.#reader
    const at = reader.offset
    await reader.need(4 + sizeWidth(this.#version))
    const type = this.#typeOf(reader.u32(), key)
    const declared = readSize(reader, this.#version)
    if (declared > ARRAY_ITEMS) this.#violate('array-length', key, at)
    const least = type === 'string' ? sizeWidth(this.#version) : type === 'array' ? 12 : width(type)
    if (declared * BigInt(least) > BigInt(reader.remaining)) {
      throw new FormatError('truncated', `an array of ${declared} elements does not fit in the file`, at)
    }
    const count = Number(declared)
    if (type === 'array') {
      this.#violate('nested-array', key, at)
      if (depth >= DEPTH) throw new FormatError('limit', `arrays nested deeper than ${DEPTH}`, at)
      for (let i = 0; i < count; i++) await this.#array(key, depth + 1)
      return
    }
    if (key.startsWith('tokenizer.ggml.')) {
      this.#hold(TokenLists.cost(count))
      this.tokens.begin(key, count)
    }
    if (type === 'string') await this.#skimStrings(key, count)
    else if (key === 'tokenizer.ggml.token_type' && width(type) === 4) await this.#skimTypes(count)
    else reader.skip(count * width(type))
  }

  async #skimStrings(key: string, count: number): Promise<void> {
    const reader = this.#reader
    const isToken = key === 'tokenizer.ggml.tokens'
    for (let i = 0; i < count; i++) {
      if (i % 65536 === 0) this.#meter.tick()
      const length = await this.#length()
      if (isToken) {
        if (length === 6) await reader.need(6)
        this.tokens.token(i, length, () => {
          const view = reader.bytes(length)
          reader.offset -= length
          return view
        })
      }
      reader.skip(length)
    }
  }

  async #skimTypes(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#reader.need(4)
      this.tokens.type(i, this.#reader.u32())
    }
  }

  /** The length of a string, which must fit in what is left. */
  async #length(): Promise<number> {
    const reader = this.#reader
    const at = reader.offset
    await reader.need(sizeWidth(this.#version))
    const length = readSize(reader, this.#version)
    // A download that was cut short is no attack; a length that no file has is.
    if (length > BigInt(STRING_BYTES)) this.#violate('string-length', '', at)
    if (length > BigInt(reader.remaining)) {
      throw new FormatError('truncated', `a string of ${length} bytes does not fit in the file`, at)
    }
    return Number(length)
  }

  #hold(count: number): void {
    this.#meter.hold(count)
    this.held += count
  }

  #violate(rule: string, name: string, offset: number): void {
    // A list of a million broken strings is one fact all the same.
    if (this.violations.length < 1000) this.violations.push({ rule, name, offset })
  }
}

function width(type: ValueType): number {
  return VALUE_TYPES.find(([name]) => name === type)?.[1] ?? 0
}

function numberOf(type: ValueType, bytes: Buffer, little: boolean): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  switch (type) {
    case 'u8':
      return view.getUint8(0)
    case 'i8':
      return view.getInt8(0)
    case 'u16':
      return view.getUint16(0, little)
    case 'i16':
      return view.getInt16(0, little)
    case 'u32':
      return view.getUint32(0, little)
    case 'i32':
      return view.getInt32(0, little)
    case 'f32':
      return view.getFloat32(0, little)
    case 'f64':
      return view.getFloat64(0, little)
    case 'i64':
      return view.getBigInt64(0, little)
    default:
      return view.getBigUint64(0, little)
  }
}
