const BASE = 65521
/** Most bytes that can be summed before the second sum could leave 32 bits (zlib's NMAX). */
const RUN = 5552

/** The checksum of zlib streams. */
export class Adler32 {
  #low = 1
  #high = 0

  update(bytes: Uint8Array): void {
    let low = this.#low
    let high = this.#high
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(at + RUN, bytes.length)
      for (; at < end; at++) {
        low += bytes[at]!
        high += low
      }
      low %= BASE
      high %= BASE
    }
    this.#low = low
    this.#high = high
  }

  get value(): number {
    return ((this.#high << 16) | this.#low) >>> 0
  }
}
