import type { ByteSource } from '../bytes/source.ts'
import { FormatError } from '../model/trouble.ts'
import { Window } from './window.ts'

/** A value as its place: texts are read, bytes and extensions are stepped over. `depth` counts open containers. */
export type MsgpackToken =
  | {
      readonly type: 'map' | 'array'
      readonly count: number
      readonly offset: number
      readonly depth: number
    }
  | {
      readonly type: 'text'
      readonly text: string
      readonly key: boolean
      readonly offset: number
      readonly depth: number
    }
  | {
      readonly type: 'bytes'
      readonly start: number
      readonly length: number
      readonly offset: number
      readonly depth: number
    }
  | {
      readonly type: 'extension'
      readonly code: number
      readonly start: number
      readonly length: number
      readonly offset: number
      readonly depth: number
    }
  | {
      readonly type: 'number' | 'other'
      readonly value?: number
      readonly offset: number
      readonly depth: number
    }

const DEPTH = 128
const VALUES = 20_000_000
const TEXT = 64 * 1024

/**
 * Reads one msgpack value token by token. A count is checked against the bytes that are left before it is believed:
 * every element takes at least one.
 */
export class MsgpackReader {
  readonly #window: Window
  readonly #end: number
  at: number

  constructor(source: ByteSource, start = 0, end: number = source.size) {
    this.#window = new Window(source)
    this.#end = end
    this.at = start
  }

  async *tokens(): AsyncGenerator<MsgpackToken> {
    // Values left in each open container; of a map the even ones are keys.
    const open: { left: number; isMap: boolean }[] = []
    for (let values = 0; ; values++) {
      if (values > VALUES) throw new FormatError('limit', `more than ${VALUES} values`, this.at)
      const top = open.at(-1)
      const key = top?.isMap === true && top.left % 2 === 0
      if (top) top.left--
      const token = await this.#token(open.length, key)
      yield token
      if (token.type === 'map' || token.type === 'array') {
        const left = token.type === 'map' ? token.count * 2 : token.count
        if (left > this.#end - this.at)
          throw new FormatError('truncated', 'a container of more values than bytes', token.offset)
        open.push({ left, isMap: token.type === 'map' })
        if (open.length > DEPTH)
          throw new FormatError('limit', `msgpack nested deeper than ${DEPTH}`, this.at)
      }
      while (open.length > 0 && open.at(-1)?.left === 0) open.pop()
      if (open.length === 0) return
    }
  }

  async #token(depth: number, key: boolean): Promise<MsgpackToken> {
    const offset = this.at
    const byte = Number(await this.#number(1))
    const base = { offset, depth }
    if (byte < 0x80) return { type: 'number', value: byte, ...base }
    if (byte >= 0xe0) return { type: 'number', value: byte - 256, ...base }
    if (byte < 0x90) return { type: 'map', count: byte & 15, ...base }
    if (byte < 0xa0) return { type: 'array', count: byte & 15, ...base }
    if (byte < 0xc0) return { type: 'text', text: await this.#text(byte & 31), key, ...base }
    const width = WIDTH[byte]
    if (byte >= 0xc4 && byte <= 0xc6)
      return { type: 'bytes', ...(await this.#data(await this.#number(width))), ...base }
    if (byte >= 0xc7 && byte <= 0xc9) {
      const length = await this.#number(width)
      return { type: 'extension', ...(await this.#extension(length)), ...base }
    }
    if (byte >= 0xd4 && byte <= 0xd8)
      return { type: 'extension', ...(await this.#extension(1 << (byte - 0xd4))), ...base }
    if (byte >= 0xd9 && byte <= 0xdb)
      return { type: 'text', text: await this.#text(await this.#number(width)), key, ...base }
    if (byte === 0xdc || byte === 0xdd) return { type: 'array', count: await this.#number(width), ...base }
    if (byte === 0xde || byte === 0xdf) return { type: 'map', count: await this.#number(width), ...base }
    if (byte === 0xc1) throw new FormatError('corrupt', 'a byte that msgpack never uses', offset)
    if (byte >= 0xcc && byte <= 0xcf) return { type: 'number', value: await this.#number(width), ...base }
    await this.#take(width ?? 0)
    return { type: 'other', ...base }
  }

  async #extension(length: number): Promise<{ code: number; start: number; length: number }> {
    const code = ((await this.#number(1)) << 24) >> 24
    return { code, ...(await this.#data(length)) }
  }

  async #data(length: number): Promise<{ start: number; length: number }> {
    const start = this.at
    if (length > this.#end - start)
      throw new FormatError('truncated', 'data that ends beyond the file', start)
    this.at += length
    return { start, length }
  }

  async #text(length: number): Promise<string> {
    const { start } = await this.#data(length)
    return Buffer.from(await this.#window.at(start, Math.min(length, TEXT))).toString('utf8')
  }

  async #take(count: number): Promise<Uint8Array> {
    if (count > this.#end - this.at) throw new FormatError('truncated', 'msgpack ends early', this.at)
    const bytes = this.#window.held(this.at, count) ?? (await this.#window.at(this.at, count))
    this.at += count
    return bytes
  }

  async #number(width = 1): Promise<number> {
    let value = 0
    for (const byte of await this.#take(width)) value = value * 256 + byte
    return value
  }
}

/** Bytes of the number behind a marker: a length, a count, or the value itself. */
const WIDTH: Readonly<Record<number, number>> = {
  ...{ 196: 1, 197: 2, 198: 4, 199: 1, 200: 2, 201: 4, 202: 4, 203: 8 },
  ...{ 204: 1, 205: 2, 206: 4, 207: 8, 208: 1, 209: 2, 210: 4, 211: 8 },
  ...{ 217: 1, 218: 2, 219: 4, 220: 2, 221: 4, 222: 2, 223: 4 },
}
