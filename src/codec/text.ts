import { isUtf8 } from 'node:buffer'
import type { ByteSource } from '../bytes/source.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'single-byte'

/** Bytes below space that text files have: white space, bell and backspace of terminal logs, DOS end, escape, separators. */
const CONTROL_IN_TEXT = new Uint8Array(256)
for (const byte of [0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f]) {
  CONTROL_IN_TEXT[byte] = 1
}
/** Bytes that no text has. */
const NO_TEXT = CONTROL_IN_TEXT.map((allowed, byte) => (byte < 0x20 && allowed === 0 ? 1 : 0))

/** What the beginning of a file could be text in; undefined where it is none. `cut`: more bytes follow. */
export function textEncoding(head: Uint8Array, cut: boolean): Encoding | undefined {
  const [a, b] = head
  if (a === 0xff && b === 0xfe) return wideText(head, true) ? 'utf-16le' : undefined
  if (a === 0xfe && b === 0xff) return wideText(head, false) ? 'utf-16be' : undefined
  if (plainLength(head) < head.length) return undefined
  if (isUtf8(cut ? head.subarray(0, wholeCharacters(head)) : head)) return 'utf-8'
  return mostlyLetters(head) ? 'single-byte' : undefined
}

/** How many bytes from the start are text of that encoding: the whole source, or up to the first byte that is none. */
export async function textLength(
  source: ByteSource,
  encoding: Encoding,
  signal?: AbortSignal,
): Promise<number> {
  let done = 0
  let carry = new Uint8Array(0)
  for await (const chunk of source.stream(signal)) {
    // A character may straddle two chunks.
    const bytes = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk
    const last = done + bytes.length >= source.size
    const whole = last ? bytes.length : completeLength(bytes, encoding)
    const good = validLength(bytes.subarray(0, whole), encoding)
    done += good
    if (good < whole) return done
    carry = bytes.slice(whole)
  }
  return done
}

function completeLength(bytes: Uint8Array, encoding: Encoding): number {
  if (encoding === 'single-byte') return bytes.length
  return encoding === 'utf-8' ? wholeCharacters(bytes) : bytes.length & ~1
}

function validLength(bytes: Uint8Array, encoding: Encoding): number {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    return wideText(bytes, encoding === 'utf-16le') ? bytes.length : 0
  }
  const plain = plainLength(bytes)
  if (encoding === 'single-byte' || isUtf8(bytes.subarray(0, plain))) return plain
  return utf8Length(bytes.subarray(0, plain))
}

/** Bytes up to the first that no text has. */
function plainLength(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at++) if (NO_TEXT[bytes[at]!] === 1) return at
  return bytes.length
}

/** Length without an unfinished UTF-8 character at the end. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? bytes.length - back : bytes.length
    }
  }
  return bytes.length
}

/** The longest valid prefix: halving, since validity of a prefix that ends between characters is monotonic. */
function utf8Length(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length]
  while (bad - good > 4) {
    const middle = (good + bad) >> 1
    const whole = wholeCharacters(bytes.subarray(0, middle))
    if (whole > good && isUtf8(bytes.subarray(good, whole))) good = whole
    else bad = middle
  }
  while (good < bytes.length && bytes[good]! < 0x80) good++
  return good
}

/** UTF-16 without the controls that no text has; half a surrogate pair is nobody's weapon. */
function wideText(bytes: Uint8Array, little: boolean): boolean {
  const [low, high] = little ? [0, 1] : [1, 0]
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const byte = bytes[at + low] ?? 0
    if (bytes[at + high] === 0 && byte < 0x20 && CONTROL_IN_TEXT[byte] === 0) return false
  }
  return true
}

/** Legacy encodings of one byte: letters with an accent now and then, no more. */
function mostlyLetters(head: Uint8Array): boolean {
  let high = 0
  for (const byte of head) if (byte >= 0x80) high++
  return high * 4 <= head.length && head.length >= 16
}
