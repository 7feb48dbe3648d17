const P1 = 0x9e3779b1 | 0
const P2 = 0x85ebca77 | 0
const P3 = 0xc2b2ae3d | 0
const P4 = 0x27d4eb2f
const P5 = 0x165667b1

/** xxHash32 with seed 0, the checksum of lz4 frames. */
export class Xxh32 {
  readonly #lanes = Int32Array.of((P1 + P2) | 0, P2, 0, -P1 | 0)
  readonly #rest = new Uint8Array(16)
  #filled = 0
  #total = 0

  update(bytes: Uint8Array): void {
    this.#total += bytes.length
    let at = 0
    if (this.#filled > 0) {
      at = Math.min(16 - this.#filled, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#filled)
      this.#filled += at
      if (this.#filled < 16) return
      this.#stripe(this.#rest, 0)
      this.#filled = 0
    }
    for (; at + 16 <= bytes.length; at += 16) this.#stripe(bytes, at)
    this.#rest.set(bytes.subarray(at))
    this.#filled = bytes.length - at
  }

  get value(): number {
    const [a, b, c, d] = this.#lanes as unknown as [number, number, number, number]
    let hash = this.#total >= 16 ? (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0 : P5
    hash = (hash + this.#total) | 0
    let at = 0
    for (; at + 4 <= this.#filled; at += 4) {
      hash = Math.imul(rotate((hash + Math.imul(word(this.#rest, at), P3)) | 0, 17), P4)
    }
    for (; at < this.#filled; at++) {
      hash = Math.imul(rotate((hash + Math.imul(this.#rest[at]!, P5)) | 0, 11), P1)
    }
    hash = Math.imul(hash ^ (hash >>> 15), P2)
    hash = Math.imul(hash ^ (hash >>> 13), P3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  #stripe(bytes: Uint8Array, at: number): void {
    const lanes = this.#lanes
    for (let i = 0; i < 4; i++) {
      const sum = (lanes[i]! + Math.imul(word(bytes, at + 4 * i), P2)) | 0
      lanes[i] = Math.imul(rotate(sum, 13), P1)
    }
  }
}

export function xxh32(bytes: Uint8Array): number {
  const hash = new Xxh32()
  hash.update(bytes)
  return hash.value
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
