/**
 * All anchors in one pass over bytes (Aho–Corasick, without regard to case): the only work that an uninteresting text costs.
 */
export class Anchors {
  readonly #classes = new Uint8Array(256)
  readonly #width: number
  readonly #next: Uint16Array
  /** The same with states in steps of the width; the lowest bit says that anchors end there. A byte costs two loads. */
  readonly #steps: Uint32Array
  /** By state: the anchors that end there, as places in `#ended`; 0 for none. */
  readonly #ends: Uint16Array
  readonly #ended: (readonly number[])[] = [[]]

  constructor(anchors: readonly string[]) {
    for (const anchor of anchors) this.#letters(anchor)
    this.#width = Math.max(...this.#classes) + 1
    const trie = this.#plant(anchors)
    this.#next = new Uint16Array(trie.length * this.#width)
    this.#ends = new Uint16Array(trie.length)
    this.#link(trie)
    this.#steps = new Uint32Array(this.#next.length)
    for (let i = 0; i < this.#next.length; i++) {
      const to = this.#next[i] as number
      this.#steps[i] = to * this.#width * 2 + (this.#ends[to] === 0 ? 0 : 1)
    }
  }

  /** Calls `met` for every anchor, in the order in which they end; `end` is the place behind it. */
  scan(bytes: Uint8Array, met: (anchor: number, end: number) => void): void {
    const [classes, steps, width] = [this.#classes, this.#steps, this.#width]
    const length = bytes.length
    let state = 0
    for (let i = 0; i < length; i++) {
      const to = steps[state + (classes[bytes[i] as number] as number)] as number
      state = to >>> 1
      if ((to & 1) === 0) continue
      for (const anchor of this.#ended[this.#ends[state / width] ?? 0] ?? []) met(anchor, i + 1)
    }
  }

  #letters(anchor: string): void {
    for (const character of anchor) {
      const code = character.toLowerCase().charCodeAt(0)
      if (this.#classes[code] !== 0) continue
      const symbol = Math.max(...this.#classes) + 1
      this.#classes[code] = symbol
      this.#classes[character.toUpperCase().charCodeAt(0)] = symbol
    }
  }

  #plant(anchors: readonly string[]): State[] {
    const trie: State[] = [{ edges: new Map(), anchors: [] }]
    anchors.forEach((anchor, index) => {
      let at = 0
      for (const character of anchor) {
        const symbol = this.#classes[character.charCodeAt(0)] ?? 0
        let to = trie[at]?.edges.get(symbol)
        if (to === undefined) {
          to = trie.push({ edges: new Map(), anchors: [] }) - 1
          trie[at]?.edges.set(symbol, to)
        }
        at = to
      }
      trie[at]?.anchors.push(index)
    })
    return trie
  }

  /** Breadth first: a state's missing edges are those of its longest proper suffix. */
  #link(trie: readonly State[]): void {
    const fail = new Uint16Array(trie.length)
    const queue = [0]
    for (let head = 0; head < queue.length; head++) {
      const at = queue[head] ?? 0
      const back = fail[at] ?? 0
      const own = trie[at]?.anchors ?? []
      const all = at === 0 ? own : [...own, ...(this.#ended[this.#ends[back] ?? 0] ?? [])]
      if (all.length > 0) this.#ends[at] = this.#ended.push(all) - 1
      for (let symbol = 0; symbol < this.#width; symbol++) {
        const to = trie[at]?.edges.get(symbol)
        const other = at === 0 ? 0 : (this.#next[back * this.#width + symbol] ?? 0)
        this.#next[at * this.#width + symbol] = to ?? other
        if (to === undefined) continue
        fail[to] = other
        queue.push(to)
      }
    }
  }
}

interface State {
  readonly edges: Map<number, number>
  readonly anchors: number[]
}
