import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Crc64 } from './crc64.ts'
import { u32 } from './little.ts'

const SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]

/** Bytes that the check of this id takes. */
export function checkSize(id: number): number {
  return SIZES[id]!
}

/** The integrity check of a block, computed while it is decoded. */
export interface Check {
  update(bytes: Uint8Array): void
  holds(stored: Uint8Array): boolean
}

/** Ids that are reserved are not verified, as in liblzma. */
export function checkOf(id: number): Check {
  if (id === 1) return new Crc32()
  if (id === 4) {
    const crc = new Crc64()
    return {
      update: (bytes) => crc.update(bytes),
      holds: (stored) => Buffer.compare(crc.digest(), stored) === 0,
    }
  }
  if (id === 10) {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), holds: (stored) => hash.digest().equals(stored) }
  }
  return { update: () => {}, holds: () => true }
}

class Crc32 implements Check {
  #crc = 0

  update(bytes: Uint8Array): void {
    this.#crc = crc32(bytes, this.#crc)
  }

  holds(stored: Uint8Array): boolean {
    return u32(stored, 0) === this.#crc
  }
}
