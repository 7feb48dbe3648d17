/** CRC-64/XZ, in two 32-bit halves. */
const LOW = new Uint32Array(256)
const HIGH = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let low = byte
  let high = 0
  for (let i = 0; i < 8; i++) {
    const odd = low & 1
    low = ((low >>> 1) | (high << 31)) >>> 0
    high >>>= 1
    if (odd) {
      low = (low ^ 0xd7870f42) >>> 0
      high = (high ^ 0xc96c5795) >>> 0
    }
  }
  LOW[byte] = low
  HIGH[byte] = high
}

export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): void {
    let low = this.#low
    let high = this.#high
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 0xff
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!
      high = (high >>> 8) ^ HIGH[index]!
    }
    this.#low = low
    this.#high = high
  }

  /** Eight bytes, little-endian, as they are stored. */
  digest(): Uint8Array {
    const view = new DataView(new ArrayBuffer(8))
    view.setInt32(0, ~this.#low, true)
    view.setInt32(4, ~this.#high, true)
    return new Uint8Array(view.buffer)
  }
}
