import { automaton, STAY } from './automaton.ts'
import { isSpaced } from './hidden.ts'
import { FOREIGN_WORDS } from './languages.ts'
import { SIGNALS, WEAK_SIGNALS } from './signals.ts'
import { GROUP, WORDS } from './words.ts'

/** A sentence or line with words enough to mean something. */
export interface Segment {
  readonly start: number
  readonly end: number
  readonly groups: number
}

export interface Scanned {
  readonly segments: readonly Segment[]
  /** Segments that mean something only beside those; as many at most. */
  readonly weak: readonly Segment[]
  /** Groups met anywhere in the text. */
  readonly groups: number
  /** It has characters that people do not see, or escapes. */
  readonly isOdd: boolean
  /** It has an unbroken run long enough to be a blob. */
  readonly hasBlob: boolean
  readonly exhausted: boolean
}

/** A sentence is looked at in windows of this many units, which overlap, so that no break is needed. */
const WINDOW = 480
const OVERLAP = 160
/** Segments looked at in one text: half a megabyte of nothing but orders. */
const SEGMENTS = 2048
const BLOB = 22

const WORTH = leastOf(SIGNALS.map((s) => s.needs))
const WEAK = leastOf(WEAK_SIGNALS.map((s) => s.needs))

const BREAKS = new Uint8Array(0x10000)
for (const c of '.!?\n。！？।؟') BREAKS[c.charCodeAt(0)] = 1
const LETTERS = new Uint8Array(0x10000)
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_\\%&#;')
  LETTERS[c.charCodeAt(0)] = 1
const ODD = new Uint8Array(0x10000)
for (const c of '\u001b\u009b\u115f\u1160\u3164\uffa0\udb40\ud835') ODD[c.charCodeAt(0)] = 1
for (let unit = 0x200b; unit <= 0x206f; unit++) ODD[unit] = unit === 0x200e || unit === 0x200f ? 0 : 1
for (let unit = 0xfe00; unit <= 0xfe0e; unit++) ODD[unit] = 1

/** The words of every group, those of all languages among them. */
function allWords(): ReadonlyMap<number, readonly string[]> {
  return new Map([...WORDS, [GROUP.foreign, [...(WORDS.get(GROUP.foreign) ?? []), ...FOREIGN_WORDS]]])
}

let tables: ReturnType<typeof automaton> | undefined

/** One pass over the units of a text: the only work that an uninteresting text costs. */
export function scan(text: string): Scanned {
  tables ??= automaton(allWords())
  const { classes, width, next, groups: bits } = tables
  const segments: Segment[] = []
  const weak: Segment[] = []
  let [state, mask, all, start, run] = [0, 0, 0, 0, 0]
  let [isOdd, hasBlob, exhausted] = [false, false, false]
  const close = (end: number) => {
    all |= mask
    if (isWorth(mask, WORTH)) {
      if (segments.length < SEGMENTS) segments.push({ start, end, groups: mask })
      else exhausted = true
    } else if (weak.length < SEGMENTS && isWorth(mask, WEAK)) weak.push({ start, end, groups: mask })
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const symbol = classes[unit] as number
    if (ODD[unit] === 1) isOdd = true
    if (symbol === STAY) continue
    state = next[state * width + symbol] as number
    mask |= bits[state] as number
    if (LETTERS[unit] === 0) run = i
    else if (i - run > BLOB) hasBlob = true
    if (i - start >= WINDOW) {
      // The words met so far may lie in the overlap; looking once too often is no harm.
      close(i)
      all |= mask
      start = i - OVERLAP
      continue
    }
    if (BREAKS[unit] === 1 && isBreak(text, i, unit)) {
      close(i + 1)
      mask = 0
      state = 0
      start = i + 1
    }
  }
  close(text.length)
  return {
    segments,
    weak,
    groups: all,
    isOdd: isOdd || (all & GROUP.turn) !== 0 || text.includes('\r') || isSpaced(text),
    hasBlob,
    exhausted,
  }
}

/** The sets of groups of which every other needed set has one in it. */
function leastOf(needs: readonly number[]): readonly number[] {
  const distinct = [...new Set(needs)]
  return distinct.filter((need) => !distinct.some((other) => other !== need && (need & other) === other))
}

function isWorth(mask: number, sets: readonly number[]): boolean {
  for (let i = 0; i < sets.length; i++) {
    const need = sets[i] as number
    if ((mask & need) === need) return true
  }
  return false
}

/** A full stop before a space, a line break before a blank line or the start of an item; not the dot of a file's name. */
function isBreak(text: string, at: number, unit: number): boolean {
  const after = text.charCodeAt(at + 1)
  if (unit !== 10)
    return (
      unit > 0x7f ||
      Number.isNaN(after) ||
      after <= 32 ||
      after === 0x22 ||
      after === 0x29 ||
      after === 0x2a ||
      after === 0x3c
    )
  return (
    Number.isNaN(after) ||
    /^(?:[ \t]*(?:\r?\n|[-*#|>+[\]{}<"'`_]|\d+[.)])|\w[\w -]{0,24}:)/.test(text.slice(at + 1, at + 40))
  )
}
