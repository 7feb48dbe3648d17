import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { Window } from '../window.ts'

/** Pieces of metadata read from one file; honest ones have a few for each of some thousand tensors. */
const MOST_PIECES = 4_000_000
const LARGEST_PIECE = 16 * 1024 * 1024

export const SIGNATURE = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)

/** Where the signature may stand: at the start, or behind a block of the user's of 512, 1024, 2048, … bytes. */
export function signatureOffset(head: Uint8Array): number | undefined {
  for (let at = 0; at + SIGNATURE.length <= head.length; at = at === 0 ? 512 : at * 2) {
    if (SIGNATURE.every((byte, i) => head[at + i] === byte)) return at
  }
  return undefined
}

/** An HDF5 file by addresses: every read is bounded, counted, and a copy. */
export class Hdf5File {
  readonly size: number
  /** Bytes in front of address 0. */
  base = 0
  offsetSize = 8
  lengthSize = 8
  #pieces = 0
  readonly #window: Window
  readonly #meter: Meter

  constructor(source: ByteSource, meter: Meter, signal: AbortSignal) {
    this.#window = new Window(source, signal)
    this.#meter = meter
    this.size = source.size
  }

  async read(address: number, length: number): Promise<Fields> {
    const at = this.base + address
    if (++this.#pieces > MOST_PIECES) throw new FormatError('limit', 'too much HDF5 metadata', at)
    if (this.#pieces % 256 === 0) this.#meter.tick()
    if (length > LARGEST_PIECE)
      throw new FormatError('limit', `HDF5 metadata of ${length} bytes in one piece`, at)
    if (!Number.isSafeInteger(at) || at < 0 || at + length > this.size) {
      throw new FormatError(
        'truncated',
        `HDF5 metadata at ${at} lies beyond the file`,
        Math.min(Math.max(at, 0), this.size),
      )
    }
    const view = await this.#window.at(at, length)
    return new Fields(view.slice(), this, address)
  }

  /** A piece that begins with these four letters. */
  async signed(address: number, signature: string, length: number): Promise<Fields> {
    const fields = await this.read(address, length)
    if (fields.text(4) !== signature) {
      throw new FormatError('corrupt', `no ${signature} where HDF5 says one is`, this.base + address)
    }
    return fields
  }
}

/** Little-endian fields in order. Reading beyond the end is `corrupt`. */
export class Fields {
  readonly bytes: Uint8Array
  readonly address: number
  readonly #file: Pick<Hdf5File, 'offsetSize' | 'lengthSize'>
  at = 0

  constructor(bytes: Uint8Array, file: Pick<Hdf5File, 'offsetSize' | 'lengthSize'>, address: number) {
    this.bytes = bytes
    this.#file = file
    this.address = address
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** An unsigned number of `width` bytes; above 2^53 it is `Infinity`: no length or place can be that. */
  uint(width: number): number {
    const start = this.#step(width)
    let value = 0
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (this.bytes[start + i] ?? 0)
    return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY
  }

  /** An address; undefined where the file has none there (all bits set). */
  place(): number | undefined {
    const width = this.#file.offsetSize
    const isNone = this.bytes.subarray(this.at, this.at + width).every((byte) => byte === 0xff)
    const value = this.uint(width)
    return isNone ? undefined : value
  }

  length(): number {
    return this.uint(this.#file.lengthSize)
  }

  take(count: number): Uint8Array {
    const start = this.#step(count)
    return this.bytes.subarray(start, start + count)
  }

  /** The next bytes as fields of their own. */
  part(count: number): Fields {
    const address = this.address + this.at
    return new Fields(this.take(count), this.#file, address)
  }

  text(count: number): string {
    return Buffer.from(this.take(count)).toString('utf8').replace(/\0.*$/s, '')
  }

  /** Text up to a zero byte. */
  zeroTerminated(): string {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw new FormatError('corrupt', 'HDF5 text without an end', this.address)
    const text = Buffer.from(this.bytes.subarray(this.at, end)).toString('utf8')
    this.at = end + 1
    return text
  }

  skip(count: number): void {
    this.#step(count)
  }

  /** Passes over padding, counted from the beginning. */
  align(width: number): void {
    this.at = Math.min(Math.ceil(this.at / width) * width, this.bytes.length)
  }

  #step(count: number): number {
    const at = this.at
    if (count < 0 || at + count > this.bytes.length) {
      throw new FormatError('corrupt', 'an HDF5 message is shorter than it says', this.address)
    }
    this.at += count
    return at
  }
}
