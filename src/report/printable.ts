/**
 * The only way text from an artifact or the user reaches a terminal. Everything that could move the cursor, hide,
 * reorder or forge text becomes a visible escape: controls (with newline, tab and ESC), format characters (bidi,
 * zero-width, tags), line separators, lone surrogates, private use, default-ignorables, and piled-up combining marks.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, visibleEscape)
}

const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{3})\p{M}/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' }

function visibleEscape(character: string): string {
  const short = SHORT[character]
  if (short) return short
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** JSON in one line whose strings are also harmless when the JSON itself is shown on a terminal (C1 controls, bidi). */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE_IN_JSON, jsonEscape)
}

/** The same, indented; `margin` goes before every line but the first. */
export function safeJsonPretty(value: unknown, margin = ''): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE_IN_JSON, jsonEscape).replaceAll('\n', `\n${margin}`)
}

// JSON.stringify itself escapes C0 controls and lone surrogates; a newline here is its own indentation.
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

function jsonEscape(character: string): string {
  let out = ''
  for (let i = 0; i < character.length; i++) {
    out += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  return out
}

/** At most `max` code units, cut between characters, with an ellipsis where cut. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  const end = /[\ud800-\udbff]/.test(text[max - 2] ?? '') ? max - 2 : max - 1
  return `${text.slice(0, end)}…`
}
