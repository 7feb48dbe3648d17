import { FOLDED, fold, SKIPPED } from './fold.ts'

/**
 * All words of interest in one pass (Aho–Corasick over folded UTF-16 units). Each word belongs to groups, bits of a mask; a
 * stretch of text is worth a closer look if the groups met in it suffice for something.
 */
export interface Automaton {
  /** Class of every unit: 0 for what is in no word, `STAY` for what is skipped inside words. */
  readonly classes: Uint16Array
  readonly width: number
  readonly next: Uint16Array
  readonly groups: Int32Array
}

export const STAY = 0xffff

/** @param words group bit → words of the group. */
export function automaton(words: ReadonlyMap<number, readonly string[]>): Automaton {
  const entries = [...words].flatMap(([bit, list]) => list.map((word) => ({ bit, word: fold(word) })))
  const alphabet = new Map<number, number>()
  for (const { word } of entries) {
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i)
      if (!alphabet.has(unit)) alphabet.set(unit, alphabet.size + 1)
    }
  }
  const width = alphabet.size + 1
  const trie = plant(entries, alphabet)
  const next = new Uint16Array(trie.length * width)
  const groups = new Int32Array(trie.length)
  link(trie, next, groups, width)
  const classes = new Uint16Array(0x10000)
  for (let unit = 0; unit < classes.length; unit++) {
    const folded = FOLDED[unit] ?? unit
    classes[unit] = folded === SKIPPED ? STAY : (alphabet.get(folded) ?? 0)
  }
  return { classes, width, next, groups }
}

interface State {
  readonly edges: Map<number, number>
  bits: number
}

function plant(
  entries: readonly { bit: number; word: string }[],
  alphabet: ReadonlyMap<number, number>,
): State[] {
  const states: State[] = [{ edges: new Map(), bits: 0 }]
  for (const { bit, word } of entries) {
    let at = 0
    for (let i = 0; i < word.length; i++) {
      const symbol = alphabet.get(word.charCodeAt(i)) ?? 0
      const edges = states[at]?.edges
      let to = edges?.get(symbol)
      if (to === undefined) {
        to = states.push({ edges: new Map(), bits: 0 }) - 1
        edges?.set(symbol, to)
      }
      at = to
    }
    const last = states[at]
    if (last) last.bits |= bit
  }
  return states
}

/** Breadth first: a state's missing edges are those of its longest proper suffix. */
function link(trie: readonly State[], next: Uint16Array, groups: Int32Array, width: number): void {
  const fail = new Uint16Array(trie.length)
  const queue = [0]
  for (let head = 0; head < queue.length; head++) {
    const at = queue[head] ?? 0
    const state = trie[at]
    if (!state) continue
    groups[at] = state.bits | (at === 0 ? 0 : (groups[fail[at] ?? 0] ?? 0))
    for (let symbol = 0; symbol < width; symbol++) {
      const to = state.edges.get(symbol)
      const other = at === 0 ? 0 : (next[(fail[at] ?? 0) * width + symbol] ?? 0)
      next[at * width + symbol] = to ?? other
      if (to === undefined) continue
      fail[to] = other
      queue.push(to)
    }
  }
}
