import { fold } from './fold.ts'

export interface Lookalike {
  readonly word: string
  readonly reads: string
  readonly scripts: readonly string[]
  readonly start: number
}

const KEPT = 16
/** A word with Latin letters beside Cyrillic, Greek or Armenian ones. */
const MIXED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}_]{2,40}/gu
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
]

/** Words of several scripts that read as a plain Latin word. Units like µm and symbols like Δx do not. */
export function lookalikes(text: string): Lookalike[] {
  const found: Lookalike[] = []
  if (!/[\u0370-\u058f]/.test(text)) return found
  for (const match of text.matchAll(MIXED)) {
    const [word] = match
    if (!isMixed(word)) continue
    const reads = fold(word)
    if (!/^[a-z_]+$/.test(reads)) continue
    const scripts = SCRIPTS.filter(([, pattern]) => pattern.test(word)).map(([name]) => name)
    found.push({ word, reads, scripts, start: match.index })
    if (found.length >= KEPT) break
  }
  return found
}

/** Is any word of the text written in letters of several scripts? */
export function mixedWord(text: string): boolean {
  return lookalikes(text).length > 0
}

/** At least three Latin letters and one other: `Δx` is mathematics, and a Russian word with a Latin ending has more others. */
function isMixed(word: string): boolean {
  const latin = word.match(/\p{Script=Latin}/gu)?.length ?? 0
  const others = word.match(/[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/gu)?.length ?? 0
  return latin >= 2 && others >= 1 && word.length >= 4
}
