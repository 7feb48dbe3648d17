import type { ByteSource } from '../../bytes/source.ts'

/** Small forward and backward reads through one window, so that walking thousands of tiny blocks costs a few reads. */
export class Walk {
  readonly size: number
  readonly #source: ByteSource
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(source: ByteSource) {
    this.#source = source
    this.size = source.size
  }

  /** The bytes at an offset; fewer at the end of the source. Valid until the next call. */
  async at(offset: number, length: number): Promise<Uint8Array> {
    const from = offset - this.#start
    if (from < 0 || from + length > this.#window.length) {
      this.#window = await this.#source.read(offset, Math.max(length, WINDOW))
      this.#start = offset
      return this.#window.subarray(0, length)
    }
    return this.#window.subarray(from, from + length)
  }
}

const WINDOW = 256 * 1024

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}

export function be32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | be16(bytes, at + 2)) >>> 0
}

export function be16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function le32(bytes: Uint8Array, at: number): number {
  return (le16(bytes, at) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
}

export function le16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}
