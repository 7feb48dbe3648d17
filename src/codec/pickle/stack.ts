import { ABSENT, KEPT_ELEMENTS, WIDE } from './kinds.ts'

/**
 * The object stack and the mark stack, split as in CPython: a mark is a height, and no opcode may reach below the last
 * one (the fence). 12 bytes per entry, 8 per mark.
 */
export class Stack {
  descriptors: Uint32Array = new Uint32Array(1024)
  offsets: Float64Array = new Float64Array(1024)
  size = 0
  fence = 0
  markCount = 0
  #marks: Float64Array = new Float64Array(64)

  clear(): void {
    this.size = 0
    this.fence = 0
    this.markCount = 0
  }

  /** Makes room for `count` pushes, so that the inner loop needs no check: each byte of a window pushes one at most. */
  reserve(count: number): void {
    const wanted = this.size + count
    if (wanted <= this.descriptors.length) return
    const capacity = Math.max(wanted, Math.floor(this.descriptors.length * 1.5))
    const descriptors = new Uint32Array(capacity)
    descriptors.set(this.descriptors.subarray(0, this.size))
    const offsets = new Float64Array(capacity)
    offsets.set(this.offsets.subarray(0, this.size))
    this.descriptors = descriptors
    this.offsets = offsets
  }

  push(descriptor: number, offset: number): void {
    this.descriptors[this.size] = descriptor
    this.offsets[this.size++] = offset
  }

  mark(): void {
    if (this.markCount === this.#marks.length) {
      const grown = new Float64Array(this.#marks.length * 2)
      grown.set(this.#marks)
      this.#marks = grown
    }
    this.#marks[this.markCount++] = this.size
    this.fence = this.size
  }

  /** Removes the last mark and returns its height, or -1 where there is none. */
  popMark(): number {
    if (this.markCount === 0) return -1
    const height = this.#marks[--this.markCount]!
    this.fence = this.markCount > 0 ? this.#marks[this.markCount - 1]! : 0
    return height
  }

  /** Puts a mark back at the height it was taken from, before an instruction is executed anew. */
  remark(height: number): void {
    this.#marks[this.markCount++] = height
    this.fence = height
  }

  /** POP: takes the last mark where it is on top, else one value; false where there is neither. */
  pop(): boolean {
    if (this.markCount > 0 && this.#marks[this.markCount - 1] === this.size) {
      this.popMark()
      return true
    }
    if (this.size <= this.fence) return false
    this.size--
    return true
  }
}

export const MEMO_PAGE_BITS = 16
export const MEMO_PAGE: number = 1 << MEMO_PAGE_BITS
/** Entries of the first page at first: most pickles have fewer, and a whole page takes 320 KiB. It grows to a whole one. */
const FIRST_ROOM = 1024
/** Offsets from here up have a high part. */
export const HIGH = 0x1_0000_0000

/** Entries far above the dense part. CPython allocates 16 bytes for every index below; honest picklers count from 0. */
const SPARSE_ENTRIES = 250_000

/**
 * The memo: pages that are allocated as the index grows, so that nothing but the short first one is ever copied; 5 bytes per entry (32 bits of
 * offset, 8 of descriptor). Pages with offsets above 4 GiB or with descriptors that need more bits get further parts. Indexes far beyond what is filled go to a map, so that one
 * opcode cannot make us allocate what it makes CPython allocate.
 */
export class Memo {
  /** By page: descriptors, and the low and high parts of the offsets. */
  readonly kinds: Uint8Array[] = []
  readonly lows: Uint32Array[] = []
  readonly #highs: (Uint16Array | undefined)[] = []
  /** The descriptors that are `WIDE` in `kinds`. */
  readonly #wides: (Uint32Array | undefined)[] = []
  readonly #sparse = new Map<number, readonly [descriptor: number, offset: number]>()
  /** Entries held: the key of the next MEMOIZE. */
  count = 0
  /** Highest index ever stored. */
  highest = -1

  /** Descriptor at an index, `ABSENT` where nothing was stored. */
  descriptor(index: number): number {
    const at = index >>> MEMO_PAGE_BITS
    const page = index < HIGH ? this.kinds[at] : undefined
    if (!page) return this.#sparse.get(index)?.[0] ?? ABSENT
    const slot = index & (MEMO_PAGE - 1)
    return page[slot] === WIDE ? this.#wides[at]![slot]! : (page[slot] ?? ABSENT)
  }

  offset(index: number): number {
    const at = index >>> MEMO_PAGE_BITS
    const page = index < HIGH ? this.lows[at] : undefined
    if (!page) return this.#sparse.get(index)?.[1] ?? 0
    const slot = index & (MEMO_PAGE - 1)
    return (this.#highs[at]?.[slot] ?? 0) * HIGH + (page[slot] ?? 0)
  }

  /** Stores a value; returns the descriptor that was there, `ABSENT` for a fresh key, -1 where the sparse part is full. */
  put(index: number, descriptor: number, offset: number): number {
    const at = index >>> MEMO_PAGE_BITS
    const page = index < HIGH ? this.kinds[at] : undefined
    if (!page) return this.#grow(index, descriptor, offset)
    const slot = index & (MEMO_PAGE - 1)
    if (slot >= page.length) {
      this.#widen(at, slot)
      return this.put(index, descriptor, offset)
    }
    const before = page[slot]! === WIDE ? this.#wides[at]![slot]! : page[slot]!
    page[slot] = Math.min(descriptor, WIDE)
    if (descriptor >= WIDE) {
      this.#wides[at] ??= new Uint32Array(MEMO_PAGE)
      this.#wides[at][slot] = descriptor
    }
    this.lows[at]![slot] = offset
    if (offset >= HIGH) this.#highs[at] ??= new Uint16Array(MEMO_PAGE)
    const high = this.#highs[at]
    if (high) high[slot] = offset / HIGH
    if (before === ABSENT) this.count++
    if (index > this.highest) this.highest = index
    return before
  }

  #grow(index: number, descriptor: number, offset: number): number {
    const at = Math.floor(index / MEMO_PAGE)
    if (at < this.kinds.length + 2 && at * MEMO_PAGE <= this.count * 2 + MEMO_PAGE) {
      while (this.kinds.length <= at) this.#addPage()
      return this.put(index, descriptor, offset)
    }
    const before = this.#sparse.get(index)?.[0] ?? ABSENT
    if (before === ABSENT) {
      if (this.#sparse.size >= SPARSE_ENTRIES) return -1
      this.count++
    }
    this.#sparse.set(index, [descriptor, offset])
    if (index > this.highest) this.highest = index
    return before
  }

  /** A new page takes over what the sparse part held in its range. */
  #addPage() {
    const start = this.kinds.length * MEMO_PAGE
    const room = start === 0 ? FIRST_ROOM : MEMO_PAGE
    this.kinds.push(new Uint8Array(room))
    this.lows.push(new Uint32Array(room))
    this.#highs.push(undefined)
    this.#wides.push(undefined)
    for (const [index, [descriptor, offset]] of this.#sparse) {
      if (index < start || index >= start + MEMO_PAGE) continue
      this.#sparse.delete(index)
      this.count--
      this.put(index, descriptor, offset)
    }
  }

  /** Only the first page is ever short. */
  #widen(at: number, slot: number) {
    let room = FIRST_ROOM
    while (room <= slot) room *= 8
    const kinds = new Uint8Array(Math.min(room, MEMO_PAGE))
    const lows = new Uint32Array(kinds.length)
    kinds.set(this.kinds[at]!)
    lows.set(this.lows[at]!)
    this.kinds[at] = kinds
    this.lows[at] = lows
  }

  clear() {
    const pages = Math.min(this.kinds.length, Math.floor(this.highest / MEMO_PAGE) + 1)
    for (let page = 0; page < pages; page++) {
      const end = Math.min(MEMO_PAGE, this.highest + 1 - page * MEMO_PAGE)
      // Without a descriptor there is no entry; the offset is written with it.
      this.kinds[page]!.fill(0, 0, end)
    }
    this.#highs.fill(undefined)
    this.#wides.fill(undefined)
    this.#sparse.clear()
    this.count = 0
    this.highest = -1
  }
}

const TUPLES = 65_536

/**
 * The elements of the tuples made last, by the offset of the opcode that made them. A tuple is an argument list only right
 * after it was built, so a bounded memory is enough; an older one is answered with undefined, and its use is reported
 * with unknown arguments, which no list allows.
 */
export class Tuples {
  readonly #slots: number
  readonly #offsets: Float64Array
  readonly #starts: Float64Array
  readonly #counts: Uint32Array
  readonly #elements: Uint32Array
  readonly #elementOffsets: Float64Array
  #next = 0

  /** @param span bytes of the source: there are no more tuples than bytes, and twice as many elements at most. */
  constructor(span: number) {
    this.#slots = Math.min(TUPLES, 2 ** Math.ceil(Math.log2(Math.max(span, 64))))
    this.#offsets = new Float64Array(this.#slots).fill(-1)
    this.#starts = new Float64Array(this.#slots)
    this.#counts = new Uint32Array(this.#slots)
    this.#elements = new Uint32Array(this.#slots * 2)
    this.#elementOffsets = new Float64Array(this.#slots * 2)
  }

  record(offset: number, stack: Stack, from: number, count: number): void {
    const slot = offset & (this.#slots - 1)
    const last = this.#elements.length - 1
    this.#offsets[slot] = offset
    this.#starts[slot] = this.#next
    this.#counts[slot] = count
    const kept = Math.min(count, KEPT_ELEMENTS)
    for (let i = 0; i < kept; i++) {
      const at = (this.#next + i) & last
      this.#elements[at] = stack.descriptors[from + i]!
      this.#elementOffsets[at] = stack.offsets[from + i]!
    }
    this.#next += kept
  }

  /** Forgets everything; offsets of another reading mean other tuples. */
  clear(): void {
    this.#offsets.fill(-1)
  }

  find(offset: number): Elements | undefined {
    const slot = offset & (this.#slots - 1)
    const start = this.#starts[slot]!
    if (this.#offsets[slot] !== offset || this.#next - start > this.#elements.length) return undefined
    const last = this.#elements.length - 1
    const count = this.#counts[slot]!
    const kept = Math.min(count, KEPT_ELEMENTS)
    const descriptors = new Array<number>(kept)
    const offsets = new Array<number>(kept)
    for (let i = 0; i < kept; i++) {
      descriptors[i] = this.#elements[(start + i) & last]!
      offsets[i] = this.#elementOffsets[(start + i) & last]!
    }
    return { count, descriptors, offsets }
  }
}

/** An argument list: how many, and the first of them. */
export interface Elements {
  readonly count: number
  readonly descriptors: readonly number[]
  readonly offsets: readonly number[]
}

export const NO_ELEMENTS: Elements = { count: 0, descriptors: [], offsets: [] }
