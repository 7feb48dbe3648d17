/** CRC-32C (Castagnoli, RFC 3720): bit-reversed polynomial. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1
  return rest >>> 0
})

export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (let i = 0; i < bytes.length; i++)
    sum = (sum >>> 8) ^ (TABLE[(sum ^ (bytes[i] as number)) & 255] as number)
  return (sum ^ 0xffffffff) >>> 0
}
