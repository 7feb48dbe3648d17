import { automaton } from './automaton.ts'
import { SIGNALS } from './signals.ts'
import { GROUP, WORDS } from './words.ts'

/** Sets of groups of words that may mean something where they stand in one sentence; without those that others include. */
const WORTH = leastOf(SIGNALS.map((s) => s.needs))
/** Sentences longer than this are cut for the closer look, with an overlap; here two such pieces are taken together. */
const PIECE = 512
/** Worth a look wherever they stand. */
const ALWAYS = GROUP.turn | GROUP.rot

const BREAK = 1
const ODD = 2
const FLAGS = new Uint8Array(256)
for (const mark of '.!?\n') FLAGS[mark.charCodeAt(0)] = BREAK
FLAGS[0x1b] = ODD
FLAGS[0x0d] = ODD

let tables: ReturnType<typeof byteTables> | undefined

/** The automaton for ASCII, states in steps of its width, so that a byte costs two loads. */
function byteTables() {
  const { classes, width, next, groups } = automaton(WORDS)
  const symbols = new Uint8Array(256)
  for (let unit = 0; unit < 128; unit++) symbols[unit] = classes[unit] as number
  const states = new Uint32Array(next.length)
  for (let i = 0; i < next.length; i++) {
    const to = next[i] as number
    // The lowest bit says that words end there, so that masks are loaded only then.
    states[i] = to * width * 2 + (groups[to] === 0 ? 0 : 1)
  }
  return { symbols, states, groups, width }
}

/**
 * May these bytes of ASCII say something that `scan` would find? Several times as fast; never `false` where `scan` finds a
 * segment, since its sentences are no longer than the stretches looked at here.
 */
export function mayTell(bytes: Uint8Array, start: number, end: number): boolean {
  tables ??= byteTables()
  const { symbols, states, groups, width } = tables
  let [state, mask, before, piece] = [0, 0, 0, start + PIECE]
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    const to = states[(state >> 1) + (symbols[byte] as number)] as number
    state = to & ~1
    if ((to & 1) !== 0) {
      mask |= groups[(to >> 1) / width] as number
      if (isWorth(mask | before)) return true
    }
    const flag = FLAGS[byte] as number
    if (flag !== 0) {
      if (flag === ODD && (byte === 0x1b || bytes[i + 1] !== 0x0a)) return true
      if (flag === BREAK && endsSentence(bytes, i, byte)) {
        mask = 0
        before = 0
        state = 0
        piece = i + PIECE
      }
    }
    if (i >= piece) {
      before = mask
      mask = 0
      piece = i + PIECE
    }
  }
  return false
}

/** As `scan` sees it, or less often. */
function endsSentence(bytes: Uint8Array, at: number, byte: number): boolean {
  const after = bytes[at + 1] ?? 0x20
  if (byte === 0x0a) return after === 0x0a
  return after <= 0x20
}

function isWorth(mask: number): boolean {
  if ((mask & ALWAYS) !== 0) return true
  for (let i = 0; i < WORTH.length; i++) {
    const need = WORTH[i] as number
    if ((mask & need) === need) return true
  }
  return false
}

/** The sets of groups of which every other needed set has one in it. */
function leastOf(needs: readonly number[]): readonly number[] {
  const distinct = [...new Set(needs)]
  return distinct.filter((need) => !distinct.some((other) => other !== need && (need & other) === other))
}
