import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { rot13 } from './source-text.ts'
import { CONSTANT_LIMIT, taintOf, type Value } from './values.ts'

/** A way in which data is turned into other data: what it is called, and how we undo it where we can. */
export interface Decoder {
  readonly name: string
  /** Bytes as Latin-1, in and out. Absent or undefined: not undone here. */
  readonly decode?: (data: string) => string | undefined
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const bytesOf = (data: string) => Buffer.from(data, 'latin1')

/** Output is bounded, and data that does not decode is left alone: what comes out is hidden text or nothing. */
function bounded(undo: (data: Buffer, options: { maxOutputLength: number }) => Uint8Array) {
  return (data: string) => {
    try {
      return latin1(undo(bytesOf(data), { maxOutputLength: CONSTANT_LIMIT }))
    } catch {
      return undefined
    }
  }
}

export const DECODERS = {
  base64: {
    name: 'base64',
    decode: (data: string) => latin1(Buffer.from(data.replaceAll('-', '+').replaceAll('_', '/'), 'base64')),
  },
  base32: { name: 'base32', decode: base32 },
  hex: {
    name: 'hex',
    decode: (data: string) => {
      const plain = data.replaceAll(/\s/g, '')
      return /^(?:[0-9a-fA-F]{2})*$/.test(plain) ? latin1(Buffer.from(plain, 'hex')) : undefined
    },
  },
  base85: { name: 'base85' },
  rot13: { name: 'rot13', decode: rot13 },
  zlib: { name: 'zlib', decode: bounded(inflateSync) },
  deflate: { name: 'deflate', decode: bounded(inflateRawSync) },
  gzip: { name: 'gzip', decode: bounded(gunzipSync) },
  brotli: { name: 'brotli', decode: bounded(brotliDecompressSync) },
  bzip2: { name: 'bzip2' },
  lzma: { name: 'lzma' },
  marshal: { name: 'marshal' },
  cipher: { name: 'cipher' },
  url: {
    name: 'url',
    decode: (data: string) => latin1(Buffer.from(percent(data), 'utf8')),
  },
} satisfies Record<string, Decoder>

function percent(data: string): string {
  return data.replace(/%([0-9a-fA-F]{2})|%u([0-9a-fA-F]{4})/g, (_all, narrow, wide) =>
    String.fromCharCode(Number.parseInt(narrow ?? wide, 16)),
  )
}

function base32(data: string): string | undefined {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let [bits, held, out] = [0, 0, '']
  for (const char of data.replace(/=+$/, '').toUpperCase()) {
    const value = ALPHABET.indexOf(char)
    if (value < 0) return undefined
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out += String.fromCharCode((held >> bits) & 0xff)
    }
  }
  return out
}

/** What a decoder makes of a value: decoded where the value is constant, and marked as decoded in any case. */
export function decoded(decoder: Decoder, value: Value, mark: number, asBytes: boolean): Value {
  const from = taintOf([value])
  const data = value.constant
  const out = typeof data === 'string' ? decoder.decode?.(data) : undefined
  const labels = from.labels | mark
  const origin = from.origin ? { origin: from.origin } : {}
  if (out === undefined || out.length > CONSTANT_LIMIT) return { labels, ...origin }
  return { constant: out, labels, hidden: true, ...origin, ...(asBytes ? { bytes: true } : {}) }
}

/** The text that bytes are in UTF-8. */
export function utf8(value: Value): Value {
  if (!value.bytes || typeof value.constant !== 'string') return { ...value, bytes: false }
  return { ...value, bytes: false, constant: bytesOf(value.constant).toString('utf8') }
}

/** The UTF-8 of a text. */
export function utf8Bytes(value: Value): Value {
  if (value.bytes || typeof value.constant !== 'string') return { ...value, bytes: true }
  return { ...value, bytes: true, constant: Buffer.from(value.constant, 'utf8').toString('latin1') }
}
