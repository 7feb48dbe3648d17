/** Characters that people do not see: what they are, and what they carry where they are used as an alphabet. */
export interface Concealed {
  readonly technique:
    | 'tags'
    | 'bidi'
    | 'zero-width'
    | 'variation-selectors'
    | 'filler'
    | 'private-use'
    | 'ansi'
    | 'overwrite'
    | 'styled'
    | 'spaced'
  readonly start: number
  /** UTF-16 units it takes. */
  readonly size: number
  /** What it spells, where it spells something. */
  readonly decoded: string
  /** It changes what a person sees, or carries something; not merely an odd character. */
  readonly isTelling: boolean
}

const RUNS_KEPT = 256
/** Runs of variation selectors that carry bytes; a picture or an ideograph has one. */
const SELECTORS = 4
/** Zero-width characters in one run or text that are an alphabet; honest texts have one between two letters. */
const BITS = 24

/** England, Scotland, Wales: the only flags that are spelt with tags. */
const FLAGS = new Set(['gbeng', 'gbsct', 'gbwls'])

const TAGS = /(\u{1f3f4})?([\u{e0000}-\u{e007f}]+)/gu
const VARIATION = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{4,}/gu
const ZERO = /[\u200b-\u200d\u2060-\u2064\ufeff]{24,}/g
/** Words in mathematical or enclosed letters, and words with a blank after every letter: no person writes a sentence so. */
const STYLED =
  /[\u{1d400}-\u{1d7ff}\u{1f130}-\u{1f169}\u{1f170}-\u{1f189}\u{24b6}-\u{24e9}]+(?:[ ,.'-]{1,2}[\u{1d400}-\u{1d7ff}\u{1f130}-\u{1f169}\u{1f170}-\u{1f189}\u{24b6}-\u{24e9}]+){2,}/gu
const SPACED = /(?<![A-Za-z])(?:[A-Za-z] {1,3}){12,}[A-Za-z](?![A-Za-z])/g
const BIDI = /[\u202a\u202b\u202d\u202e\u2066-\u2068]/
const FILLER = /[\u115f\u1160\u3164\uffa0]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what we look for.
const ESCAPES = /(?:\x1b\[|\x9b)[0-9;?]{0,16}[A-Za-z]|\x1b\][0-9]{1,4};[^\x07\x1b]{0,2048}(?:\x07|\x1b\\)/g

/** Every concealment in a text that has unusual characters at all; at most 256. Linear. */
export function concealed(text: string): Concealed[] {
  const found: Concealed[] = []
  const add = (
    technique: Concealed['technique'],
    start: number,
    size: number,
    decoded: string,
    isTelling: boolean,
  ) => {
    if (found.length < RUNS_KEPT) found.push({ technique, start, size, decoded, isTelling })
  }
  for (const match of text.matchAll(TAGS)) {
    const spelt = [...(match[2] ?? '')]
      .map((c) => String.fromCharCode((c.codePointAt(0) ?? 0) & 0x7f))
      .join('')
    const readable = spelt.replace(/[^ -~\n]/g, '')
    if (match[1] !== undefined && spelt.endsWith('\x7f') && FLAGS.has(readable)) continue
    add('tags', match.index, match[0].length, readable, true)
  }
  for (const match of text.matchAll(VARIATION)) {
    const bytes = [...match[0]].map((c) => selectorByte(c.codePointAt(0) ?? 0))
    if (bytes.length >= SELECTORS)
      add('variation-selectors', match.index, match[0].length, readable(bytes), true)
  }
  for (const match of text.matchAll(ZERO))
    add('zero-width', match.index, match[0].length, bits(match[0]), true)
  for (const { technique, start, size } of bidi(text)) add(technique, start, size, '', true)
  for (const match of text.matchAll(FILLER)) {
    // Between Korean letters a filler is spelling.
    const around = text.slice(Math.max(0, match.index - 2), match.index + 3)
    if (!/[\u1100-\u11ff\u3131-\u3163\uac00-\ud7af]/.test(around)) add('filler', match.index, 1, '', true)
  }
  for (const match of text.matchAll(STYLED))
    add('styled', match.index, match[0].length, plainLetters(match[0]), true)
  for (const match of text.matchAll(SPACED))
    add(
      'spaced',
      match.index,
      match[0].length,
      match[0].replace(/([A-Za-z]) (?=[A-Za-z])/g, '$1') + ' ',
      true,
    )
  for (const match of text.matchAll(ESCAPES))
    add('ansi', match.index, match[0].length, '', isConcealing(match[0]))
  for (let at = text.indexOf('\r'); at !== -1 && found.length < RUNS_KEPT; at = text.indexOf('\r', at + 1)) {
    // Old Macs end every line so; here one line is written over by the next characters.
    if (
      /^\r[^\r\n]{4}/.test(text.slice(at, at + 5)) &&
      /[^\r\n]{8}$/.test(text.slice(Math.max(0, at - 8), at)) &&
      text.includes('\n')
    )
      add('overwrite', at, 1, '', true)
  }
  return found
}

/** Is there a sentence of spaced letters in it? */
export function isSpaced(text: string): boolean {
  return text.search(SPACED) >= 0
}

/** Squared and circled letters decompose to ASCII or, where Unicode gives them no decomposition, are counted from A. */
function plainLetters(styled: string): string {
  return [...styled]
    .map((c) => {
      const code = c.codePointAt(0) ?? 0
      return code >= 0x1f170 && code <= 0x1f189
        ? String.fromCharCode(0x41 + code - 0x1f170)
        : c.normalize('NFKD')
    })
    .join('')
}

function selectorByte(code: number): number {
  return code < 0x10000 ? code - 0xfe00 : code - 0xe0100 + 16
}

function readable(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString('latin1')
  return /^[\t\n\r -~]+$/.test(text) ? text : ''
}

/** The message of zero-width bits: two characters are the digits, in either order; eight digits a byte. */
function bits(run: string): string {
  const kinds = [...new Set(run)]
  for (const one of kinds) {
    const digits = [...run].map((c) => (c === one ? '1' : '0')).join('')
    const bytes = (digits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
    const text = readable(bytes)
    if (text !== '' && run.length >= BITS) return text
  }
  return ''
}

/**
 * Overrides always, since they reverse letters; embeddings and isolates only where they are left open at the end of a line,
 * as in CVE-2021-42574. Isolates around foreign words are what Unicode recommends.
 */
function bidi(text: string): { technique: 'bidi'; start: number; size: number }[] {
  const found: { technique: 'bidi'; start: number; size: number }[] = []
  for (let at = text.search(BIDI); at !== -1 && found.length < RUNS_KEPT; ) {
    const begin = text.lastIndexOf('\n', at) + 1
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(begin, end)
    const opened = line.match(/[\u202a\u202b\u2066-\u2068]/g)?.length ?? 0
    const closed = line.match(/[\u202c\u2069]/g)?.length ?? 0
    if (/[\u202d\u202e]/.test(line) || opened > closed) found.push({ technique: 'bidi', start: at, size: 1 })
    const next = text.slice(end).search(BIDI)
    at = next === -1 ? -1 : end + next
  }
  return found
}

/** Conceal, foreground as background, moves of the cursor, erasing, links with other addresses; not mere colours. */
function isConcealing(sequence: string): boolean {
  if (sequence.startsWith('\x1b]')) return /^.\]8;[^;]*;\S/.test(sequence)
  if (/[ABCDEFGHJKSTfsu]$/.test(sequence)) return true
  return /[[;\x9b](?:0?8|30;40|37;47)(?:;\d+)*m$/.test(sequence)
}
