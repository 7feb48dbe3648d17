import type { Limits } from '../model/limits.ts'
import { type JsonDocument, readJson } from './json.ts'

export interface JsoncDocument extends JsonDocument {
  /** What stands in comments, without the marks. */
  readonly comments: readonly { readonly text: string; readonly offset: number }[]
}

const COMMENTS_KEPT = 10_000
const QUOTE = 0x22
const SLASH = 0x2f
const STAR = 0x2a
const COMMA = 0x2c
const NEWLINE = 0x0a
const SPACE = 0x20
/** `{`, `[`, `,` and `:`, after which a value is due. */
const OPENERS = new Set([0, 0x7b, 0x5b, 0x2c, 0x3a])

/**
 * Reads JSON as editors write it: comments, commas before a closing bracket, a byte order mark. Comments are blanked out in
 * place, so offsets of errors stay true. Otherwise as strict as `readJson`, whose errors it throws.
 */
export function readJsonc(
  bytes: Uint8Array,
  limits: Pick<Limits, 'jsonBytes' | 'jsonDepth' | 'memoryBytes'>,
): JsoncDocument {
  const { plain, comments } = withoutComments(bytes)
  return { ...readJson(plain, limits), comments }
}

/** The same bytes with comments, trailing commas and byte order mark blanked out. */
export function withoutComments(
  bytes: Uint8Array,
): Pick<JsoncDocument, 'comments'> & { readonly plain: Uint8Array } {
  const plain = Buffer.from(bytes)
  const comments: { text: string; offset: number }[] = []
  if (plain[0] === 0xef && plain[1] === 0xbb && plain[2] === 0xbf) plain.fill(SPACE, 0, 3)
  let comma = -1
  // The last byte that says something: a comma stands behind a value, or it is none that anybody lets pass.
  let last = 0
  for (let at = 0; at < plain.length; at++) {
    const byte = plain[at]
    if (byte === SPACE || byte === NEWLINE || byte === 0x0d || byte === 0x09) continue
    if (byte === SLASH && (plain[at + 1] === SLASH || plain[at + 1] === STAR)) {
      const end = commentEnd(plain, at)
      const text = plain.toString('utf8', at + 2, plain[at + 1] === STAR ? Math.max(at + 2, end - 2) : end)
      if (comments.length < COMMENTS_KEPT) comments.push({ text, offset: at })
      plain.fill(SPACE, at, end)
      at = end - 1
      continue
    }
    if (byte === QUOTE) at = stringEnd(plain, at)
    if ((byte === 0x7d || byte === 0x5d) && comma >= 0) plain[comma] = SPACE
    comma = byte === COMMA && !OPENERS.has(last) ? at : -1
    last = byte ?? 0
  }
  return { plain, comments }
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === 0x5c ? 2 : 1
  return at
}

function commentEnd(bytes: Buffer, start: number): number {
  const end = bytes[start + 1] === STAR ? bytes.indexOf('*/', start + 2) : bytes.indexOf('\n', start)
  if (end < 0) return bytes.length
  return bytes[start + 1] === STAR ? end + 2 : end
}
