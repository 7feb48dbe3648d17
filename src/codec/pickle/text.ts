/** Decoding of the text operands of protocols 0 to 5, as the C unpickler does it. */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 with `surrogatepass`; undefined where CPython raises. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return decodeWithSurrogates(bytes)
  }
}

/** UTF-8 in which surrogates are encoded like any code point (ED A0..BF xx). */
function decodeWithSurrogates(bytes: Uint8Array): string | undefined {
  let text = ''
  let start = 0
  try {
    for (let i = 0; i + 2 < bytes.length; i++) {
      if (bytes[i] !== 0xed || bytes[i + 1]! < 0xa0 || bytes[i + 1]! > 0xbf) continue
      if (bytes[i + 2]! < 0x80 || bytes[i + 2]! > 0xbf) return undefined
      text += UTF8.decode(bytes.subarray(start, i))
      text += String.fromCharCode(0xd000 | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f))
      start = i + 3
      i += 2
    }
    return start === 0 ? undefined : text + UTF8.decode(bytes.subarray(start))
  } catch {
    return undefined
  }
}

export function decodeAscii(bytes: Uint8Array): string | undefined {
  return bytes.every((b) => b < 0x80) ? decodeLatin1(bytes) : undefined
}

export function decodeLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The argument of UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; undefined where CPython raises. */
export function decodeRawUnicodeEscape(bytes: Uint8Array): string | undefined {
  const source = decodeLatin1(bytes)
  if (!source.includes('\\')) return source
  let text = ''
  for (let i = 0; i < source.length; i++) {
    const next = source[i + 1]
    if (source[i] !== '\\' || (next !== 'u' && next !== 'U')) {
      text += source[i]
      // A backslash keeps what follows from being looked at as an escape, even another backslash.
      if (source[i] === '\\' && next !== undefined) text += source[++i]
      continue
    }
    const width = next === 'u' ? 4 : 8
    const digits = source.slice(i + 2, i + 2 + width)
    const code = Number.parseInt(digits, 16)
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < width || code > 0x10ffff) return undefined
    text += String.fromCodePoint(code)
    i += 1 + width
  }
  return text
}

/** Without the blanks at both ends. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let [start, end] = [0, bytes.length]
  while (start < end && bytes[start]! <= 0x20) start++
  while (end > start && bytes[end - 1]! <= 0x20) end--
  return bytes.subarray(start, end)
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  r: '\r',
  v: '\v',
  f: '\f',
}

/** The argument of STRING: a quoted bytes literal with escapes; undefined where CPython raises. One char per byte. */
export function decodeQuoted(bytes: Uint8Array): string | undefined {
  const quote = bytes[0]
  if (bytes.length < 2 || (quote !== 0x27 && quote !== 0x22) || bytes[bytes.length - 1] !== quote)
    return undefined
  const source = decodeLatin1(bytes.subarray(1, -1))
  if (!source.includes('\\')) return source
  let text = ''
  for (let i = 0; i < source.length; i++) {
    if (source[i] !== '\\') {
      text += source[i]
      continue
    }
    const next = source[++i]
    if (next === undefined) return undefined
    const octal = /^[0-7]{1,3}/.exec(source.slice(i, i + 3))?.[0]
    if (octal) {
      text += String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
      i += octal.length - 1
    } else if (next === 'x') {
      const digits = source.slice(i + 1, i + 3)
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined
      text += String.fromCharCode(Number.parseInt(digits, 16))
      i += 2
    } else {
      text += SIMPLE_ESCAPES[next] ?? `\\${next}`
    }
  }
  return text
}

/** What is odd about a number written as text: a reader of decimal digits sees another value, or none. */
export type NumberOddity = 'base' | 'nul' | 'space'

export interface TextNumber {
  readonly value: number
  readonly oddity?: NumberOddity
}

const INTEGER = /^([\s]*)([+-]?)(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)(\s*)$/

/**
 * The argument of INT and LONG (without newline and `L`): `strtol` with base 0 first (so `0x1f` and `017` are numbers),
 * then Python's own base 0. What follows a NUL byte is not read. Undefined where both refuse.
 */
export function parseInteger(source: string): TextNumber | undefined {
  const nul = source.indexOf('\0')
  const text = nul < 0 ? source : source.slice(0, nul)
  const match = INTEGER.exec(text)
  // strtol takes an empty line before a NUL as no digits at all; endptr then points at the NUL: the value is 0.
  if (!match) return nul >= 0 && text.trim() === '' ? { value: 0, oddity: 'nul' } : undefined
  const digits = match[3]!.replaceAll('_', '').toLowerCase()
  const octal = /^0[0-7]+$/.test(digits)
  const value = octal ? Number.parseInt(digits, 8) : Number(digits)
  if (Number.isNaN(value)) return undefined
  const signed = match[2] === '-' ? -value : value
  if (nul >= 0) return { value: signed, oddity: 'nul' }
  if (octal || /^0[a-z]/.test(digits) || match[3]!.includes('_')) return { value: signed, oddity: 'base' }
  return match[1] !== '' || match[4] !== '' ? { value: signed, oddity: 'space' } : { value: signed }
}

const FLOAT = /^[+-]?(\d[\d_]*\.?[\d_]*(e[+-]?\d+)?|\.\d[\d_]*(e[+-]?\d+)?|inf(inity)?|nan)$/i

/** The argument of FLOAT; undefined where CPython raises. */
export function parseFloatText(source: string): TextNumber | undefined {
  const nul = source.indexOf('\0')
  const text = nul < 0 ? source : source.slice(0, nul)
  if (!FLOAT.test(text.trim())) return undefined
  const value = Number(
    text
      .trim()
      .toLowerCase()
      .replace(/inf(inity)?/, 'Infinity'),
  )
  if (nul >= 0) return { value, oddity: 'nul' }
  return text.trim() === text ? { value } : { value, oddity: 'space' }
}

/** A memo key as text: `PyLong_FromString` in base 10. Undefined where it raises; negative keys are the caller's. */
export function parseKey(source: string): number | undefined {
  const text = source.split('\0', 1)[0]!.trim().replaceAll('_', '')
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : undefined
}
