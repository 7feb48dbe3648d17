import { uint32, uint64 } from './integers.ts'
import * as Op from './opcodes.ts'
import {
  decodeLatin1,
  decodeQuoted,
  decodeRawUnicodeEscape,
  decodeUtf8,
  parseFloatText,
  parseInteger,
  trimmed,
} from './text.ts'

/** A value read back from the bytes of the opcode that made it. */
export type Literal =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int' | 'float'; readonly value: number; readonly text?: string }
  | { readonly kind: 'str'; readonly value: string; readonly length: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array; readonly length: number }
  /** No literal: a container, an object; or text that CPython refuses to decode. */
  | { readonly kind: 'other' }

/** Bytes kept of a string that is read back: no module or attribute has a longer name. */
export const LITERAL_BYTES = 65_536

const OTHER: Literal = { kind: 'other' }

/** The literal whose opcode is at `at`, or undefined where `bytes` ends too early to know its first `LITERAL_BYTES`. */
export function literalAt(bytes: Uint8Array, at: number): Literal | undefined {
  const opcode = bytes[at]
  if (opcode === undefined) return undefined
  const operand = Op.OPERAND[opcode]!
  const width = operand & Op.WIDTH
  if (at + 1 + width > bytes.length) return undefined
  if (operand & Op.LINE) return lineLiteral(bytes, at, opcode)
  if (operand & Op.PAYLOAD) return payloadLiteral(bytes, at, opcode, width)
  return fixedLiteral(bytes, at, opcode)
}

function fixedLiteral(bytes: Uint8Array, at: number, opcode: number): Literal {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 1)
  switch (opcode) {
    case Op.NONE:
      return { kind: 'none' }
    case Op.NEWTRUE:
    case Op.NEWFALSE:
      return { kind: 'bool', value: opcode === Op.NEWTRUE }
    case Op.BININT1:
      return { kind: 'int', value: view.getUint8(0) }
    case Op.BININT2:
      return { kind: 'int', value: view.getUint16(0, true) }
    case Op.BININT:
      return { kind: 'int', value: view.getInt32(0, true) }
    case Op.BINFLOAT:
      return { kind: 'float', value: view.getFloat64(0) }
    default:
      return OTHER
  }
}

function lineLiteral(bytes: Uint8Array, at: number, opcode: number): Literal | undefined {
  const newline = bytes.indexOf(0x0a, at + 1)
  const cut = newline < 0 && bytes.length - at > LITERAL_BYTES
  if (newline < 0 && !cut) return undefined
  const line = bytes.subarray(at + 1, cut ? at + 1 + LITERAL_BYTES : newline)
  switch (opcode) {
    case Op.STRING:
      return text(decodeQuoted(line) ?? decodeQuoted(trimmed(line)), line.length)
    case Op.UNICODE:
      return text(decodeRawUnicodeEscape(line), line.length)
    case Op.INT:
    case Op.LONG: {
      const source = decodeLatin1(line)
      if (opcode === Op.INT && (source === '00' || source === '01')) {
        return { kind: 'bool', value: source === '01' }
      }
      const number = parseInteger(source.replace(/L$/, ''))
      return number ? { kind: 'int', value: number.value, text: source } : OTHER
    }
    case Op.FLOAT: {
      const number = parseFloatText(decodeLatin1(line))
      return number ? { kind: 'float', value: number.value } : OTHER
    }
    default:
      return OTHER
  }
}

function payloadLiteral(bytes: Uint8Array, at: number, opcode: number, width: number): Literal | undefined {
  const start = at + 1 + width
  const length = width === 1 ? bytes[at + 1]! : width === 4 ? uint32(bytes, at + 1) : uint64(bytes, at + 1)
  const kept = Math.min(length, LITERAL_BYTES)
  if (start + kept > bytes.length) return undefined
  const payload = bytes.subarray(start, start + kept)
  switch (opcode) {
    case Op.BINUNICODE:
    case Op.SHORT_BINUNICODE:
    case Op.BINUNICODE8:
      return text(decodeUtf8(payload), length)
    case Op.BINSTRING:
    case Op.SHORT_BINSTRING:
      return text(decodeUtf8(payload) ?? decodeLatin1(payload), length)
    case Op.LONG1:
    case Op.LONG4:
      return { kind: 'int', value: signedInteger(payload) }
    default:
      return { kind: 'bytes', value: payload.slice(), length }
  }
}

function text(value: string | undefined, length: number): Literal {
  return value === undefined ? OTHER : { kind: 'str', value, length }
}

/** Two's complement, little-endian, as a double: exact to 2^53, in magnitude right beyond. */
function signedInteger(bytes: Uint8Array): number {
  let value = 0
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i]!
  return bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80 ? value - 256 ** bytes.length : value
}
