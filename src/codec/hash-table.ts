/** Two 32-bit halves: enough that a million honest names never collide, cheap enough for two million. */
export interface Hash64 {
  high: number
  low: number
}

/** FNV-1a and a multiplicative hash side by side. `into` is overwritten, so a hot loop allocates nothing. */
export function hashBytes(bytes: Uint8Array, into: Hash64): Hash64 {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b + byte, 0x5bd1e995)
    b ^= b >>> 15
  }
  into.high = a >>> 0
  into.low = (b ^ bytes.length) >>> 0
  return into
}

/**
 * From 64-bit keys to the value they were first added with: open addressing over typed arrays, at most 24 bytes
 * per key. A collision makes two different keys look equal; callers only state that something looks doubled.
 */
export class HashTable {
  #keys: Uint32Array
  #values: Uint32Array
  #mask: number
  #used = 0

  constructor(expected = 64) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 1.5)))
    this.#keys = new Uint32Array(slots * 2)
    this.#values = new Uint32Array(slots)
    this.#mask = slots - 1
  }

  get size(): number {
    return this.#used
  }

  /** Adds a key with a value (0 … 2^32 − 2) unless it is held; returns the value held before. */
  add(key: Hash64, value: number): number | undefined {
    if (this.#used * 4 > (this.#mask + 1) * 3) this.#grow()
    const slot = this.#slot(key.high, key.low)
    const held = this.#values[slot] as number
    if (held !== 0) return held - 1
    this.#put(slot, key.high, key.low, value + 1)
    this.#used++
    return undefined
  }

  get(key: Hash64): number | undefined {
    const held = this.#values[this.#slot(key.high, key.low)] as number
    return held === 0 ? undefined : held - 1
  }

  #slot(high: number, low: number): number {
    let slot = (high ^ Math.imul(low, 0x9e3779b1)) & this.#mask
    while (this.#values[slot] !== 0 && (this.#keys[slot * 2] !== high || this.#keys[slot * 2 + 1] !== low)) {
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #put(slot: number, high: number, low: number, stored: number): void {
    this.#keys[slot * 2] = high
    this.#keys[slot * 2 + 1] = low
    this.#values[slot] = stored
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values]
    this.#mask = (this.#mask + 1) * 2 - 1
    this.#keys = new Uint32Array((this.#mask + 1) * 2)
    this.#values = new Uint32Array(this.#mask + 1)
    for (let i = 0; i < values.length; i++) {
      const stored = values[i] as number
      if (stored === 0) continue
      const [high, low] = [keys[i * 2] as number, keys[i * 2 + 1] as number]
      this.#put(this.#slot(high, low), high, low, stored)
    }
  }
}

/** The same over the UTF-16 units of a string. */
export function hashString(text: string, into: Hash64): Hash64 {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b + unit, 0x5bd1e995)
    b ^= b >>> 15
  }
  into.high = a >>> 0
  into.low = (b ^ text.length) >>> 0
  return into
}
