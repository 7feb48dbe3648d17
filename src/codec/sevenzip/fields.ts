import { FormatError } from '../../model/trouble.ts'
import { u32, u64 } from '../compress/little.ts'

/** Reads the fields of a 7z header in order. Every count is checked against what could follow before it is believed. */
export class Fields {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    return this.bytes(1)[0]!
  }

  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new FormatError('corrupt', '7z: the header ends early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u32(): number {
    return u32(this.bytes(4), 0)
  }

  /** 7z's own number: as many leading ones as bytes follow. Above 2^53 only its magnitude counts. */
  number(): number {
    const first = this.byte()
    const extra = Math.clz32(~(first << 24))
    const low = this.bytes(extra)
    const padded = new Uint8Array(8)
    padded.set(low)
    const high = extra < 7 ? first & (0x7f >> extra) : 0
    return u64(padded, 0) + high * 2 ** (8 * extra)
  }

  /** A number of things that take at least `each` bytes of what follows. */
  count(each: number): number {
    const count = this.number()
    if (count * each > this.remaining)
      throw new FormatError('corrupt', '7z: the header counts more than it has')
    return count
  }

  /** One bit for each of `count` things, highest first. */
  bits(count: number): boolean[] {
    const bytes = this.bytes(Math.ceil(count / 8))
    return Array.from({ length: count }, (_, i) => (bytes[i >> 3]! & (0x80 >> (i & 7))) !== 0)
  }

  /** The same with a byte before it that says that all are set. */
  optionalBits(count: number): boolean[] {
    return this.byte() !== 0 ? new Array<boolean>(count).fill(true) : this.bits(count)
  }

  /** CRCs of those of `count` things that have one. */
  digests(count: number): (number | undefined)[] {
    return this.optionalBits(count).map((defined) => (defined ? this.u32() : undefined))
  }

  skip(length: number): void {
    this.bytes(length)
  }

  /** The next property must be this one. */
  expect(id: number): void {
    const got = this.byte()
    if (got !== id) throw new FormatError('corrupt', `7z: property ${got} where ${id} belongs`)
  }
}
