/** Words are runs of letters and digits; bytes beyond ASCII belong to them, whatever the script. 0 ends one. */
const FOLDED = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const isLetter = byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a)
  FOLDED[byte] = isLetter ? byte : byte >= 0x41 && byte <= 0x5a ? byte + 32 : 0
}

/** Calls `met` with a hash of every word of a value, in lower case, and where it stands. */
export function words(bytes: Uint8Array, met: (hash: number, start: number, end: number) => void): void {
  let [hash, start] = [SEED, -1]
  for (let i = 0; i < bytes.length; i++) {
    const byte = FOLDED[bytes[i] as number] as number
    if (byte !== 0) {
      if (start < 0) start = i
      hash = Math.imul(hash ^ byte, PRIME)
    } else if (start >= 0) {
      met(mixed(hash), start, i)
      hash = SEED
      start = -1
    }
  }
  if (start >= 0) met(mixed(hash), start, bytes.length)
}

const SEED = 0x811c9dc5
const PRIME = 0x01000193

/** Spreads a hash over all its bits (the finish of MurmurHash3). */
export function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
