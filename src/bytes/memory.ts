import { type ByteSource, chunks } from './source.ts'

/** Bytes already in memory. Views handed out stay valid. */
export function memorySource(bytes: Uint8Array): ByteSource {
  const size = bytes.length
  const read = async (offset: number, length: number) =>
    bytes.subarray(Math.min(offset, size), Math.min(offset + length, size))
  return { size, read, stream: (signal) => chunks({ size, read }, signal) }
}
