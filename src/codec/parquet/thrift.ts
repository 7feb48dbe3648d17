import { FormatError } from '../../model/trouble.ts'

/** A struct by field number. Lists hold values of one kind; 64-bit numbers beyond 2^53 lose their low bits. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>
export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct

/** Structs in structs: a footer has six levels. */
const DEPTH = 32
/** Values of one struct and everything in it: a table of 100,000 columns and 100 row groups has some hundred million bytes of footer. */
const VALUES = 50_000_000
const VARINT = 10

/** Thrift's compact protocol (THRIFT-110), as footers and page headers have it. Every length is held against what is left. */
export class ThriftReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #values = 0
  /** Place of the next byte. */
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  struct(depth = 0): ThriftStruct {
    if (depth > DEPTH) throw new FormatError('limit', 'structs nested too deeply', this.at)
    const fields = new Map<number, ThriftValue>()
    let id = 0
    for (;;) {
      const head = this.#byte()
      const type = head & 15
      if (type === 0) return fields
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4)
      if (fields.has(id)) throw new FormatError('corrupt', `field ${id} twice in a struct`, this.at)
      fields.set(id, type === 1 ? true : type === 2 ? false : this.#value(type, depth))
    }
  }

  #value(type: number, depth: number): ThriftValue {
    if (++this.#values > VALUES) throw new FormatError('limit', `more than ${VALUES} values`, this.at)
    switch (type) {
      case 1:
      case 2:
        return this.#byte() === 1
      case 3:
        return (this.#byte() << 24) >> 24
      case 4:
      case 5:
      case 6:
        return this.#zigzag()
      case 7:
        return this.#double()
      case 8:
        return this.#binary()
      case 9:
      case 10:
        return this.#list(depth)
      case 12:
        return this.struct(depth + 1)
      default:
        throw new FormatError('corrupt', `no such type of value: ${type}`, this.at)
    }
  }

  #list(depth: number): ThriftValue[] {
    if (depth > DEPTH) throw new FormatError('limit', 'lists nested too deeply', this.at)
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    // The smallest element takes one byte.
    if (count > this.#left)
      throw new FormatError('corrupt', `a list of ${count} elements does not fit`, this.at)
    const list: ThriftValue[] = []
    for (let i = 0; i < count; i++) list.push(this.#value(head & 15, depth + 1))
    return list
  }

  #binary(): Uint8Array {
    const length = this.#varint()
    if (length > this.#left) throw new FormatError('truncated', `${length} bytes do not fit`, this.at)
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  #double(): number {
    if (this.#left < 8) throw new FormatError('truncated', 'the struct ends early', this.at)
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }

  #byte(): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined) throw new FormatError('truncated', 'the struct ends early', this.at)
    this.at++
    return byte
  }

  #varint(): number {
    let value = 0
    for (let i = 0, scale = 1; i < VARINT; i++, scale *= 128) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new FormatError('corrupt', 'a number without an end', this.at)
  }

  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  get #left(): number {
    return this.#bytes.length - this.at
  }
}

/** Reading of structs whose shape nobody promised. */
export function numberAt(struct: ThriftStruct, field: number): number | undefined {
  const value = struct.get(field)
  return typeof value === 'number' ? value : undefined
}

export function bytesAt(struct: ThriftStruct, field: number): Uint8Array | undefined {
  const value = struct.get(field)
  return value instanceof Uint8Array ? value : undefined
}

export function textAt(struct: ThriftStruct, field: number): string | undefined {
  const value = bytesAt(struct, field)
  return value && Buffer.from(value.buffer, value.byteOffset, value.length).toString()
}

export function listAt(struct: ThriftStruct, field: number): readonly ThriftValue[] {
  const value = struct.get(field)
  return Array.isArray(value) ? value : []
}

export function structAt(struct: ThriftStruct, field: number): ThriftStruct | undefined {
  const value = struct.get(field)
  return value instanceof Map ? value : undefined
}

export function structsAt(struct: ThriftStruct, field: number): readonly ThriftStruct[] {
  return listAt(struct, field).filter((value): value is ThriftStruct => value instanceof Map)
}
