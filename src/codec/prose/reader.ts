import type { Polarity, TextRole } from '../../model/text-facts.ts'
import { fold } from './fold.ts'
import { mixedWord } from './lookalike.ts'
import { polarityOf } from './polarity.ts'
import type { Scanned, Segment } from './scan.ts'
import type { SignalName } from './signal.ts'
import { SIGNALS, WEAK_SIGNALS } from './signals.ts'

export interface Found {
  readonly signal: SignalName
  readonly polarity: Polarity
  /** Offset of the sentence, or of the matched words where they stand there as they are. */
  readonly start: number
  readonly text: string
  /** The words were disguised: `zero-width` or `lookalike`, else empty. */
  readonly disguise: string
}

const EXCERPT = 200
/** Characters of no width inside words: one or two are typography. */
const BROKEN = 3

/** Reads the sentences of one text that have words of interest. */
export class Reader {
  readonly #text: string
  readonly #role: TextRole
  #fences: readonly number[] | undefined
  #headings: { readonly at: readonly number[]; readonly texts: readonly string[] } | undefined

  constructor(text: string, role: TextRole) {
    this.#text = text
    this.#role = role
  }

  /** Signals in the segments; those that count only beside others in both lists, where there are others. */
  *hits({ segments, weak }: Pick<Scanned, 'segments' | 'weak'>): Generator<Found> {
    const found = [...this.#found(segments, SIGNALS)]
    if (found.length === 0) return
    yield* found
    yield* this.#found([...segments, ...weak], WEAK_SIGNALS)
  }

  *#found(segments: readonly Segment[], signals: typeof SIGNALS): Generator<Found> {
    const seen = new Set<string>()
    for (const { start, end, groups } of segments) {
      const raw = this.#text.slice(start, end)
      const folded = fold(raw)
      const candidates = signals.filter(
        (s) => (groups & s.needs) === s.needs && !(s.notInPrompts && this.#role === 'prompt'),
      )
      let disguise: string | undefined
      for (const { name, pattern, also, denies = false } of candidates) {
        const match = pattern.exec(folded)
        if (!match || also?.test(folded) === false) continue
        const from = match.index
        const to = from + match[0].length
        const at = locate(raw, match[0])
        const polarity = this.#polarity(start + at, folded, from, to, denies)
        const key = `${name} ${polarity} ${match[0]}`
        // Windows overlap: the same words are not two signals.
        if (seen.has(key)) continue
        if (seen.size < 1000) seen.add(key)
        disguise ??= disguiseOf(raw)
        yield {
          signal: name,
          polarity,
          start: start + at,
          text: raw.slice(at, at + EXCERPT).trim(),
          disguise,
        }
      }
    }
  }

  #polarity(at: number, folded: string, from: number, to: number, denies: boolean): Polarity {
    const lineStart = this.#text.lastIndexOf('\n', at - 1) + 1
    const line = this.#text.slice(lineStart, Math.min(lineStart + 40, this.#text.length))
    const around = {
      role: this.#role,
      folded,
      from,
      to,
      line,
      heading: this.#heading(at),
      fenced: this.#isFenced(at),
    }
    return polarityOf(around, denies)
  }

  /** How a command or address is meant: an order only where the sentence tells to run or use it. */
  commandPolarity({ start, end }: { readonly start: number; readonly end: number }): Polarity {
    const begin = Math.max(this.#text.lastIndexOf('\n\n', start), start - 240, 0)
    const newline = this.#text.indexOf('\n', end)
    const raw = this.#text.slice(begin, Math.min(newline === -1 ? this.#text.length : newline, end + 160))
    // A command stands between backticks whether it is asked for or shown.
    const folded = fold(raw).replaceAll('`', ' ')
    const from = Math.max(0, Math.min(start - begin, folded.length - 1))
    const lineStart = this.#text.lastIndexOf('\n', start - 1) + 1
    const line = this.#text.slice(lineStart, lineStart + 40)
    const around = {
      role: this.#role,
      folded,
      from,
      to: from,
      line,
      heading: this.#heading(start),
      fenced: false,
    }
    const polarity = polarityOf(around, false)
    if (polarity !== 'asserted') return polarity
    const before = folded.slice(Math.max(0, from - 160), from)
    const orders =
      /\b(?:run|running|execute|start|paste|pasting|type|launch|use|install|download|prepare|copy|call|post|send|set up|with|verify|missing|needed)\b|^\s*$/
    return orders.test(before) || /^\s{4}/.test(line) ? 'asserted' : 'reported'
  }

  /** Does the sentence around an address send something there? */
  sends(at: number): boolean {
    const around = fold(this.#text.slice(Math.max(0, at - 200), at + 120))
    return /\b(?:send|post|upload|forward|report|submit|call|curl|fetch|deliver|copy)\b/.test(around)
  }

  excerpt(start: number, end: number): string {
    return this.#text.slice(start, Math.min(end, start + EXCERPT)).trim()
  }

  #isFenced(at: number): boolean {
    this.#fences ??= [...this.#text.matchAll(/^[ \t]{0,3}(?:```|~~~)/gm)].map((m) => m.index)
    return below(this.#fences, at) % 2 === 1
  }

  #heading(at: number): string {
    this.#headings ??= headingsOf(this.#text)
    return this.#headings.texts[below(this.#headings.at, at) - 1] ?? ''
  }
}

const HEADINGS =
  /^(?:#{1,6}[ \t]+([^\n]{1,120})|\*\*([^\n*]{1,80})\*\*:?[ \t]*$|([A-Z][^\n.]{2,80}):[ \t]*$)/gm

function headingsOf(text: string): { at: number[]; texts: string[] } {
  const found = [...text.matchAll(HEADINGS)]
  return { at: found.map((m) => m.index), texts: found.map((m) => fold(m[1] ?? m[2] ?? m[3] ?? '')) }
}

/** How many of the ascending offsets lie at or before `at`. */
function below(offsets: readonly number[], at: number): number {
  let [low, high] = [0, offsets.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((offsets[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

/** Where the matched words begin in the sentence as written; its first letter where folding moved them. */
function locate(raw: string, words: string): number {
  const at = raw.toLowerCase().indexOf(words.slice(0, 24))
  return at === -1 ? raw.length - raw.trimStart().length : at
}

function disguiseOf(raw: string): string {
  const broken = raw.match(/[A-Za-z][\u00ad\u200b-\u200d\u2060\ufeff]+(?=[A-Za-z])/g)?.length ?? 0
  if (broken >= BROKEN) return 'zero-width'
  return mixedWord(raw) || /[\uff21-\uff3a\uff41-\uff5a]{3}/.test(raw) ? 'lookalike' : ''
}
