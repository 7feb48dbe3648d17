/**
 * Letters that look like Latin ones, read as these: what a person or a model takes a word for (after UTS #39, the letters
 * that attackers use: Cyrillic, Greek and Armenian twins, full-width forms). Everything is compared in this reading.
 */
const TWINS: Readonly<Record<string, string>> = {
  a: 'аαａ',
  b: 'ЬВβ',
  c: 'сϲᴄ',
  d: 'ԁ',
  e: 'еєε',
  g: 'ɡց',
  h: 'һНհ',
  i: 'іιɩІ',
  j: 'ј',
  k: 'кκК',
  l: 'ӏ',
  m: 'мМ',
  n: 'ոп',
  o: 'оοօ',
  p: 'рρ',
  q: 'ԛ',
  r: 'г',
  s: 'ѕ',
  t: 'тτТ',
  u: 'υս',
  v: 'νѵ',
  w: 'ԝω',
  x: 'хχ',
  y: 'уγү',
  z: 'ᴢ',
}

/** Characters without a picture of their own inside a word: joiners, soft hyphens, marks of direction, tags, fillers. */
export const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each of them by itself is what we look for.
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\u{e0000}-\u{e01ef}]/gu

const QUOTES = /[“”„‟«»「」『』＂]/g
const APOSTROPHES = /[‘’‚‛′＇]/g

/** What is left out when words are compared. */
export const SKIPPED = 255

/** For every UTF-16 unit the unit it is compared as; `SKIPPED` where it is left out. Built once. */
export const FOLDED: Uint16Array = folding()

function folding(): Uint16Array {
  const table = new Uint16Array(0x10000)
  for (let unit = 0; unit < table.length; unit++) table[unit] = foldUnit(unit)
  for (const [latin, twins] of Object.entries(TWINS)) {
    for (const twin of twins) {
      table[twin.charCodeAt(0)] = latin.charCodeAt(0)
      table[twin.toLowerCase().charCodeAt(0)] = latin.charCodeAt(0)
      table[twin.toUpperCase().charCodeAt(0)] = latin.charCodeAt(0)
    }
  }
  return table
}

function foldUnit(unit: number): number {
  if (unit < 0x80)
    return unit >= 0x41 && unit <= 0x5a ? unit + 32 : unit === 9 || unit === 10 || unit === 13 ? 32 : unit
  if (unit >= 0xd800 && unit <= 0xdfff) return unit
  const character = String.fromCharCode(unit)
  if (/[\u0300-\u036f]/.test(character) || INVISIBLE.test(character)) {
    INVISIBLE.lastIndex = 0
    return SKIPPED
  }
  if (/\s/.test(character)) return 32
  // One unit for one: a ligature or a syllable that decomposes into several keeps its first part only if that is Latin.
  const [first = character] = character.normalize('NFKD').toLowerCase()
  const folded =
    first.length === 1 && (/[\x21-\x7e]/.test(first) || /\p{Script=Cyrillic}/u.test(character))
      ? first
      : character.toLowerCase()
  return folded.charCodeAt(0)
}

/** A text as it is compared: lower case, twins as Latin letters, no accents, nothing invisible, plain quotes, single spaces. */
export function fold(text: string): string {
  const plain = text
    .replace(QUOTES, '"')
    .replace(APOSTROPHES, "'")
    .replace(/[\u{1d400}-\u{1d7ff}]/gu, (c) => c.normalize('NFKD'))
  const parts: string[] = []
  let start = 0
  const units = new Uint16Array(plain.length)
  for (let i = 0; i < plain.length; i++) {
    const unit = plain.charCodeAt(i)
    if (unit === 0xdb40) {
      i++
      continue
    }
    const folded = FOLDED[unit] ?? unit
    if (folded !== SKIPPED) units[start++] = folded
  }
  for (let at = 0; at < start; at += 8192)
    parts.push(String.fromCharCode(...units.subarray(at, Math.min(start, at + 8192))))
  return parts.join('').replace(/ {2,}/g, ' ')
}
