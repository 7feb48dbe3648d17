import { crc32 } from 'node:zlib'
import { FormatError } from '../../model/trouble.ts'
import { decodeName } from '../names.ts'
import type { RarBlock, RarReading } from './rar-block.ts'

const TYPES: Readonly<Record<number, 'main' | 'file' | 'service' | 'encryption' | 'end'>> = {
  1: 'main',
  2: 'file',
  3: 'service',
  4: 'encryption',
  5: 'end',
}
const UNIX = 1
const ENCRYPTION_RECORD = 1
const REDIRECTION_RECORD = 5
const SUBDATA_RECORD = 7

/** One block of RAR 5 at the start of `bytes`; undefined where its header is longer than these. */
export function readRar5(bytes: Uint8Array): RarReading | undefined {
  const fields = new Fields(bytes, 4)
  const size = fields.vint()
  const start = fields.at
  if (size === undefined) return undefined
  if (size === 0) throw new FormatError('corrupt', 'no RAR header')
  const header = start + size
  if (header > bytes.length) return undefined
  const isSound =
    crc32(bytes.subarray(4, header)) ===
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true)
  const body = new Fields(bytes.subarray(0, header), start)
  const type: RarBlock['type'] = TYPES[body.vint() ?? -1] ?? 'other'
  const flags = body.vint() ?? 0
  const extra = flags & 1 ? (body.vint() ?? 0) : 0
  const packed = flags & 2 ? (body.vint() ?? 0) : 0
  const isSplit = (flags & 0x18) !== 0
  const common = { type, header, packed, isSound, isSplit, isEncrypted: type === 'encryption' }
  const next = header + packed
  if (type === 'main') {
    const block = { ...common, ...NOTHING, isSplit: ((body.vint() ?? 0) & 1) !== 0 }
    return { block, next }
  }
  if (type !== 'file' && type !== 'service') return { block: { ...common, ...NOTHING }, next }
  const member = file(body)
  const records = extraRecords(bytes.subarray(Math.max(body.at, header - extra), header))
  return { block: { ...common, ...member, ...records }, next }
}

const NOTHING = { name: '', method: 0, unpacked: 0, isFolder: false, mode: 0 }

function file(body: Fields) {
  const flags = body.vint() ?? 0
  const unpacked = body.vint() ?? 0
  const attributes = body.vint() ?? 0
  body.at += (flags & 2 ? 4 : 0) + (flags & 4 ? 4 : 0)
  const compression = body.vint() ?? 0
  const host = body.vint() ?? 0
  return {
    name: decodeName(body.take(body.vint() ?? 0)),
    method: (compression >> 7) & 7,
    unpacked,
    isFolder: (flags & 1) !== 0,
    mode: host === UNIX ? attributes & 0xffff : 0,
  }
}

function extraRecords(bytes: Uint8Array) {
  const found: {
    isEncrypted?: boolean
    link?: { target: string; kind: 'symbolic' | 'hard' }
    stream?: string
  } = {}
  const fields = new Fields(bytes, 0)
  while (fields.at < bytes.length) {
    const size = fields.vint()
    if (size === undefined || size === 0) break
    const record = new Fields(fields.take(size), 0)
    const type = record.vint()
    if (type === ENCRYPTION_RECORD) found.isEncrypted = true
    if (type === SUBDATA_RECORD) found.stream = decodeName(record.rest())
    if (type !== REDIRECTION_RECORD) continue
    const kind = record.vint() ?? 0
    record.vint()
    const target = decodeName(record.take(record.vint() ?? 0)).replaceAll('\\', '/')
    // 1–3 are symbolic links of Unix and Windows and junctions; 4 and 5 a hard link and a copy.
    found.link = { target, kind: kind >= 4 ? 'hard' : 'symbolic' }
  }
  return found
}

/** Fields with lengths of their own; what lies beyond the end is undefined or empty. */
class Fields {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** Seven bits a byte, low ones first, at most ten bytes. */
  vint(): number | undefined {
    let value = 0
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.at]
      if (byte === undefined) return undefined
      this.at++
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new FormatError('corrupt', 'an endless number')
  }

  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.at, Math.min(this.#bytes.length, this.at + count))
    this.at += count
    return taken
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(Math.min(this.at, this.#bytes.length))
  }
}
