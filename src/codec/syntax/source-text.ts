import { isUtf8 } from 'node:buffer'
import type { Encoding } from '../text.ts'

/** A source as text, with how it got to be text. */
export interface SourceText {
  readonly text: string
  /** As found: `utf-8`, `utf-16le`, `utf-16be`, `latin-1`, or what an encoding declaration says. */
  readonly encoding: string
  /** The declared encoding turns other text into code than the one a reader sees, or is unknown here. */
  readonly hidden: boolean
}

// PEP 263: in a comment on one of the first two lines.
const COOKIE = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/
const BLANK = /^[ \t\f]*(?:#.*)?$/

const PLAIN = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['utf-8-sig', 'utf-8'],
  ['utf8-sig', 'utf-8'],
  ['u8', 'utf-8'],
  ['ascii', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['latin-1', 'latin1'],
  ['latin1', 'latin1'],
  ['iso-8859-1', 'latin1'],
  ['iso8859-1', 'latin1'],
  ['iso-8859-15', 'latin1'],
  ['iso8859-15', 'latin1'],
  ['cp1252', 'latin1'],
  ['cp1251', 'latin1'],
  ['cp1250', 'latin1'],
  ['koi8-r', 'latin1'],
  ['gbk', 'gbk'],
  ['gb2312', 'gbk'],
  ['gb18030', 'gb18030'],
  ['big5', 'big5'],
  ['euc-jp', 'euc-jp'],
  ['euc-kr', 'euc-kr'],
  ['shift-jis', 'shift_jis'],
  ['sjis', 'shift_jis'],
  ['cp932', 'shift_jis'],
])

/** Turns bytes into the text that the interpreter would see; `encoding` is what detection said. */
export function sourceText(bytes: Uint8Array, encoding: Encoding, honoursCookie: boolean): SourceText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    return { text: new TextDecoder(encoding).decode(buffer), encoding, hidden: false }
  }
  const cookie = honoursCookie ? cookieOf(buffer.toString('latin1', 0, 4096)) : undefined
  if (cookie !== undefined) return declared(buffer, cookie)
  if (!isUtf8(buffer)) return { text: buffer.toString('latin1'), encoding: 'latin-1', hidden: false }
  return { text: withoutMark(buffer.toString('utf8')), encoding: 'utf-8', hidden: false }
}

function cookieOf(head: string): string | undefined {
  const [first = '', second = ''] = head.split(/\r\n|\r|\n/, 2)
  const found = COOKIE.exec(first) ?? (BLANK.test(first) ? COOKIE.exec(second) : null)
  return found?.[1]?.toLowerCase().replaceAll('_', '-')
}

function declared(buffer: Buffer, encoding: string): SourceText {
  const known = PLAIN.get(encoding)
  if (known === 'utf-8') {
    const text = isUtf8(buffer) ? withoutMark(buffer.toString('utf8')) : buffer.toString('latin1')
    return { text, encoding, hidden: false }
  }
  if (known === 'latin1') return { text: buffer.toString('latin1'), encoding, hidden: false }
  if (known) return { text: new TextDecoder(known).decode(buffer), encoding, hidden: false }
  return { text: unveiled(buffer, encoding), encoding, hidden: true }
}

/** What code a text becomes under the encodings that rewrite ASCII: what an editor shows is not what runs. */
function unveiled(buffer: Buffer, encoding: string): string {
  const text = isUtf8(buffer) ? buffer.toString('utf8') : buffer.toString('latin1')
  if (encoding === 'utf-7' || encoding === 'utf7' || encoding === 'u7') return utf7(text)
  if (encoding === 'unicode-escape' || encoding === 'raw-unicode-escape') {
    return text.replace(/\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\n/g, (all, wide, narrow) =>
      all === '\\n' ? '\n' : String.fromCharCode(Number.parseInt(wide ?? narrow, 16)),
    )
  }
  if (encoding === 'rot13' || encoding === 'rot-13') return rot13(text)
  return text
}

function utf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (_all, inner: string) =>
    inner === '' ? '+' : new TextDecoder('utf-16be').decode(evenly(Buffer.from(inner, 'base64'))),
  )
}

function evenly(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length & ~1)
}

export function rot13(text: string): string {
  return text.replace(/[A-Za-z]/g, (c) => {
    const base = c <= 'Z' ? 65 : 97
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base)
  })
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Lines and columns, both from 1, of offsets into a text. */
export class Lines {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  at(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }
}
