import { rot13 } from '../syntax/source-text.ts'

export interface Decoded {
  readonly via: 'base64' | 'hex' | 'rot13' | 'escapes' | 'percent'
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Blobs decoded in one text, and units of each: what an instruction or a command takes is far less. */
const BLOBS = 64
const BLOB_LENGTH = 64 * 1024

const BASE64 = /(?<![\w+/=-])(?:[A-Za-z0-9+/_-]{24,})={0,2}(?![\w+/=])/g
const HEX = /(?<![\w])(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){16,}(?![\w])/g
const ESCAPED = /(?:\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}|&#(?:x[0-9a-fA-F]{2}|\d{2,3});){8,}/g
const PERCENT = /(?:%[0-9a-fA-F]{2}){12,}/g

/** Every blob that decodes to plain text; what decodes to bytes (pictures, keys, digests) is none. */
export function decodedBlobs(text: string, mayRotate: boolean): Decoded[] {
  const found: Decoded[] = []
  const add = (
    via: Decoded['via'],
    match: { readonly 0: string; readonly index?: number },
    decoded: string,
  ) => {
    if (found.length >= BLOBS || !isPlain(decoded)) return
    const start = match.index ?? 0
    found.push({ via, start, end: start + match[0].length, text: decoded })
  }
  for (const match of text.matchAll(HEX)) {
    add('hex', match, Buffer.from(cut(match[0]).replace(/^0x|[ :]/g, ''), 'hex').toString('utf8'))
  }
  for (const match of text.matchAll(BASE64)) {
    if (/^[0-9a-f]+$/i.test(match[0])) continue
    add('base64', match, Buffer.from(cut(match[0]), 'base64').toString('utf8'))
  }
  for (const match of text.matchAll(ESCAPED)) add('escapes', match, unescaped(cut(match[0])))
  for (const match of text.matchAll(PERCENT)) {
    add('percent', match, Buffer.from(cut(match[0]).replaceAll('%', ''), 'hex').toString('utf8'))
  }
  if (mayRotate) {
    for (const match of text.matchAll(/vtaber|vafgehpgvba|cerivbhf|flfgrz cebzcg/gi)) {
      const begin = Math.max(
        text.lastIndexOf('\n', match.index) + 1,
        match.index - 400,
        found.at(-1)?.end ?? 0,
      )
      const end = text.indexOf('\n', match.index)
      const line = text.slice(begin, Math.min(end === -1 ? text.length : end, match.index + 400))
      if (found.at(-1)?.via !== 'rot13' || begin < match.index)
        add('rot13', { 0: line, index: begin }, rot13(line))
    }
  }
  return found
}

function cut(blob: string): string {
  return blob.slice(0, BLOB_LENGTH)
}

function unescaped(blob: string): string {
  return blob.replace(
    /\\x(..)|\\u00(..)|&#x(..);|&#(\d+);/g,
    (_all, x?: string, u?: string, h?: string, d?: string) =>
      String.fromCharCode(d === undefined ? Number.parseInt(x ?? u ?? h ?? '0', 16) : Number(d)),
  )
}

/** Words and spaces, or another blob: chance hardly makes sixteen printable characters. */
function isPlain(text: string): boolean {
  return (
    text.length >= 12 &&
    /^[\t\n\r\x20-\x7e\u00a0-\ud7ff\ue000-\ufffc]+$/.test(text) &&
    /[A-Za-z\u0400-\u04ff\u3040-\u9fff]{3}/.test(text)
  )
}
