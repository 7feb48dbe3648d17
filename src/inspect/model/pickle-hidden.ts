import { constants, gunzipSync, inflateSync } from 'node:zlib'
import { memorySource } from '../../bytes/memory.ts'
import type { Meter } from '../../bytes/meter.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { type Constant, suspect } from '../../codec/pickle/constants.ts'
import { STRING, UNICODE } from '../../codec/pickle/opcodes.ts'
import { recognisePickle } from '../../codec/pickle/probe.ts'
import type { PickleScan } from '../../codec/pickle/scan.ts'
import { decodeLatin1, decodeQuoted, decodeRawUnicodeEscape, decodeUtf8 } from '../../codec/pickle/text.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Emission, fact } from '../inspector.ts'

/** Bytes of a constant that are decoded to see whether it is worth more. */
const HEAD = 16 * 1024
/** Largest constant that is decoded from text in memory; above it the encoding is reported, not followed. */
const DECODED = 32 * 1024 * 1024

/** Hands out the pickles and archives that hide in constants, and those that the stream itself feeds to a loader. */
export async function* hiddenIn(
  source: ByteSource,
  scan: PickleScan,
  meter: Meter,
): AsyncGenerator<Emission> {
  const seen = new Set<number>()
  for (const constant of [...scan.flows, ...scan.constants]) {
    if (seen.has(constant.offset)) continue
    meter.tick()
    const head = (await source.read(constant.offset, Math.min(HEAD, constant.length))).slice()
    const encoding = encodingOf(head, constant)
    if (!encoding) continue
    seen.add(constant.offset)
    const at = { offset: constant.offset, length: constant.length }
    yield fact('pickle.hidden', { encoding, into: constant.into ?? '' }, at)
    const bytes = await decoded(source, constant, encoding)
    if (!bytes) {
      yield {
        type: 'damage',
        kind: 'limit',
        message: `a ${encoding} constant of ${constant.length} bytes`,
        at,
      }
      continue
    }
    const name = anonymousName(constant.offset)
    const isPickle = encoding !== 'archive' && encoding !== 'zlib' && encoding !== 'gzip'
    const asPickle = isPickle && recognisePickle(await bytes.read(0, HEAD), bytes.size) !== 'no'
    yield { type: 'child', name, bytes, ...(asPickle ? { format: 'pickle' } : {}) }
  }
}

type Encoding = 'raw' | 'latin1' | 'base64' | 'hex' | 'zlib' | 'gzip' | 'archive'

/** What the constant really is, by decoding its head; undefined where the suspicion was unfounded. */
function encodingOf(head: Uint8Array, constant: Constant): Encoding | undefined {
  const proven = provenEncoding(head, constant)
  if (proven !== undefined || constant.into === undefined) return proven
  // What a loader is given is handed out whatever it looks like: the call itself may be allowed.
  return constant.encoding === 'latin1' ? 'latin1' : 'raw'
}

function provenEncoding(head: Uint8Array, constant: Constant): Encoding | undefined {
  const text = unescaped(head, constant)
  const suspected = constant.encoding === 'unseen' ? suspect(text, 0, text.length) : constant.encoding
  const size = constant.length
  switch (suspected) {
    case 'raw':
    case 'text':
      return recognisePickle(text, size) === 'strong' ? 'raw' : undefined
    case 'latin1':
      return recognisePickle(toLatin1(text), size) === 'strong' ? 'latin1' : undefined
    case 'zlib':
    case 'gzip':
      return recognisePickle(inflated(text, suspected), Number.MAX_SAFE_INTEGER) === 'strong'
        ? suspected
        : undefined
    case 'base64':
    case 'hex':
      return isEncoded(text, suspected) ? suspected : undefined
    case 'archive':
      return 'archive'
    default:
      return undefined
  }
}

function isEncoded(text: Uint8Array, encoding: 'base64' | 'hex', depth = 0): boolean {
  const whole = Math.floor(text.length / 4) * 4
  const inner = Buffer.from(decodeLatin1(text.subarray(0, whole)), encoding)
  if (inner.length < 8) return false
  if (recognisePickle(inner, Number.MAX_SAFE_INTEGER) === 'strong') return true
  // An encoding of an encoding: the member is suspected in its turn.
  if (depth < 4 && suspect(inner, 0, inner.length) === 'base64') return isEncoded(inner, 'base64', depth + 1)
  const kind = inner[0] === 0x1f ? 'gzip' : 'zlib'
  return recognisePickle(inflated(inner, kind), Number.MAX_SAFE_INTEGER) === 'strong'
}

function isBase64(bytes: Uint8Array): boolean {
  return suspect(bytes, 0, bytes.length) === 'base64' && isEncoded(bytes.subarray(0, HEAD), 'base64')
}

/** As much as the head of a compressed stream gives, `HEAD` bytes at most. */
function inflated(bytes: Uint8Array, kind: 'zlib' | 'gzip'): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 8 * 1024 * 1024 }
  try {
    return (kind === 'zlib' ? inflateSync : gunzipSync)(bytes, options).subarray(0, HEAD)
  } catch {
    return new Uint8Array(0)
  }
}

/** The bytes of the constant for detection and inspection, undefined where they are too many to decode. */
async function decoded(
  source: ByteSource,
  constant: Constant,
  encoding: Encoding,
): Promise<ByteSource | undefined> {
  const raw = slice(source, constant.offset, constant.length)
  const asText = encoding === 'base64' || encoding === 'hex'
  if (!asText && encoding !== 'latin1' && constant.line === undefined) return raw
  if (constant.length > DECODED) return undefined
  const text = unescaped((await raw.read(0, constant.length)).slice(), constant)
  if (encoding === 'latin1') return memorySource(toLatin1(text))
  if (!asText) return memorySource(text)
  let inner = Uint8Array.from(Buffer.from(decodeLatin1(text), encoding))
  for (let depth = 0; depth < 4 && isBase64(inner); depth++) {
    inner = Uint8Array.from(Buffer.from(decodeLatin1(inner), 'base64'))
  }
  return memorySource(inner)
}

/** The bytes that the text of a line stands for, escapes decoded; other constants as they are. */
function unescaped(bytes: Uint8Array, { line }: Constant): Uint8Array {
  if (line === undefined || !bytes.includes(0x5c)) return bytes
  const quoted = () => Uint8Array.from([0x27, ...bytes, 0x27])
  const text =
    line === UNICODE ? decodeRawUnicodeEscape(bytes) : line === STRING ? decodeQuoted(quoted()) : undefined
  return text === undefined ? bytes : Uint8Array.from(Buffer.from(text, 'latin1'))
}

/** Protocol 2 writes bytes as text, one character per byte: the UTF-8 of that, back to bytes. */
function toLatin1(bytes: Uint8Array): Uint8Array {
  // The head may end inside a character of two bytes.
  const text = decodeUtf8(bytes) ?? decodeUtf8(bytes.subarray(0, -1))
  return text === undefined ? new Uint8Array(0) : Uint8Array.from(Buffer.from(text, 'latin1'))
}
