import { isUtf8 } from 'node:buffer'
import type { Meter } from '../../bytes/meter.ts'
import { FormatError } from '../../model/trouble.ts'
import type { ForwardReader } from '../forward-reader.ts'
import { RangeLedger } from '../ranges.ts'
import { readSize, sizeWidth, type Violation } from './metadata.ts'
import { TENSOR_TYPES } from './types.ts'

const MAX_DIMS = 4
const U63 = 2n ** 63n
const U64 = 2n ** 64n
/** `GGML_MAX_NAME`, with its final zero. */
const NAME_BYTES = 64
const NAME_STOP = 65535

/** The tensor table, and what it says of the data behind it. Offsets are relative to its start. */
export class TensorTable {
  readonly violations: Violation[] = []
  readonly #owned = new RangeLedger()
  readonly types = new Set<string>()
  parameters = 0n
  /** Type numbers of tensors whose size nobody here knows. */
  readonly unknownTypes = new Set<number>()
  held = 0
  readonly #reader: ForwardReader
  readonly #version: number
  readonly #meter: Meter
  readonly #alignment: bigint
  readonly #names = new Set<string>()
  /** Where the next tensor must begin: the sum of the padded sizes so far. */
  #expected = 0n
  #known: boolean = true
  #furthest = 0

  constructor(reader: ForwardReader, version: number, alignment: number, meter: Meter) {
    this.#reader = reader
    this.#version = version
    this.#alignment = BigInt(alignment)
    this.#meter = meter
  }

  /** Reads `count` entries. Where the bytes break off or break the format, says so; what was read before stays. */
  async read(count: number): Promise<FormatError | undefined> {
    try {
      for (let i = 0; i < count; i++) {
        if (i % 1024 === 0) this.#meter.tick()
        await this.#tensor()
      }
      return undefined
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return error
    }
  }

  /** Compares the ranges with the `length` bytes of data that there are; what tensors own of them, merged. */
  *layout(length: number): Generator<{ start: number; end: number }> {
    for (const { offset } of this.#owned.overlaps()) this.#violate('overlap', '', offset)
    if (this.#furthest > length) this.#violate('beyond-end', '', 0)
    let start = 0
    for (const gap of this.#owned.gaps(0, length)) {
      if (gap.offset > start) yield { start, end: gap.offset }
      start = gap.offset + gap.length
    }
    if (start < length) yield { start, end: length }
  }

  async #tensor(): Promise<void> {
    const reader = this.#reader
    const at = reader.offset
    const name = await this.#name()
    if (this.#names.has(name)) this.#violate('duplicate-tensor', name, at)
    this.#names.add(name)
    await reader.need(4)
    const dims = reader.u32()
    if (dims > MAX_DIMS) {
      this.#violate('dimensions', name, at)
      throw new FormatError('corrupt', `a tensor of ${dims} dimensions`, at)
    }
    await reader.need(dims * sizeWidth(this.#version) + 12)
    const shape = Array.from({ length: dims }, () => readSize(reader, this.#version))
    const type = reader.u32()
    const offset = reader.u64()
    this.#place(name, at, offset, this.#bytes(name, at, shape, type))
  }

  async #name(): Promise<string> {
    const reader = this.#reader
    const at = reader.offset
    await reader.need(sizeWidth(this.#version))
    const length = readSize(reader, this.#version)
    if (length > BigInt(reader.remaining))
      throw new FormatError('truncated', 'the file ends in a tensor name', at)
    if (length > BigInt(NAME_STOP)) {
      this.#violate('string-length', '', at)
      throw new FormatError('corrupt', `a tensor name of ${length} bytes`, at)
    }
    if (length >= BigInt(NAME_BYTES)) this.#violate('name-length', '', at)
    const cost = Number(length) * 2 + 64
    this.#meter.hold(cost)
    this.held += cost
    await reader.need(Number(length))
    const bytes = reader.bytes(Number(length))
    if (!isUtf8(bytes)) this.#violate('name-encoding', '', at)
    const name = Buffer.from(bytes).toString()
    if (/(?:^|[/\\])\.\.(?:[/\\]|$)|\0/.test(name)) this.#violate('name-path', name, at)
    return name
  }

  /** Bytes of the tensor; undefined where its type is not known. Sums that a C reader would wrap are stated. */
  #bytes(name: string, at: number, shape: readonly bigint[], number: number): bigint | undefined {
    if (shape.some((dim) => dim === 0n)) this.#violate('empty-dimension', name, at)
    const elements = shape.reduce((product, dim) => product * dim, 1n)
    // A zero hides an overflow from the product, but not from a reader that multiplies from the left.
    const largest = shape.reduce((product, dim) => product * (dim || 1n), 1n)
    if (largest >= U63) this.#violate('shape-overflow', name, at)
    this.parameters += elements
    const type = TENSOR_TYPES.get(number)
    if (!type) {
      this.#violate('tensor-type', name, at)
      this.unknownTypes.add(number)
      return undefined
    }
    this.types.add(type.name)
    const row = shape[0] ?? 1n
    if (row % BigInt(type.elements) !== 0n) this.#violate('block-size', name, at)
    const blocks = (elements + BigInt(type.elements) - 1n) / BigInt(type.elements)
    const bytes = blocks * BigInt(type.bytes)
    if (elements * BigInt(type.bytes) >= U64 || bytes + this.#alignment >= U64) {
      this.#violate('size-overflow', name, at)
    }
    return bytes
  }

  #place(name: string, at: number, offset: bigint, bytes: bigint | undefined): void {
    if (offset % this.#alignment !== 0n) this.#violate('misaligned', name, at)
    if (this.#known && offset !== this.#expected) this.#violate('offset', name, at)
    if (bytes === undefined) {
      // Where the next one must begin is not known either.
      this.#known = false
      return
    }
    const end = offset + bytes
    this.#expected = pad(end, this.#alignment)
    if (this.#expected >= U64) this.#violate('size-overflow', name, at)
    if (end > BigInt(Number.MAX_SAFE_INTEGER)) this.#violate('beyond-end', name, at)
    else if (bytes > 0n) {
      this.#owned.add(Number(offset), Number(end))
      this.#furthest = Math.max(this.#furthest, Number(end))
    }
    this.#known = true
  }

  #violate(rule: string, name: string, offset: number): void {
    if (this.violations.length < 1000) this.violations.push({ rule, name, offset })
  }
}

export function pad(value: bigint, alignment: bigint): bigint {
  return ((value + alignment - 1n) / alignment) * alignment
}
