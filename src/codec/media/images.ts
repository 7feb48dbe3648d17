import { be16, be32, latin1, le16, le32, type Walk } from './walk.ts'

/**
 * Each walks one image from its first byte to the end its own structure declares. Returns that end, which lies beyond
 * the source where the image is cut short; undefined where the structure breaks first.
 */

export async function pngEnd(walk: Walk): Promise<number | undefined> {
  for (let at = 8; at < walk.size; ) {
    const chunk = await walk.at(at, 8)
    const type = latin1(chunk, 4, 8)
    if (!/^[A-Za-z]{4}$/.test(type)) return undefined
    at += 12 + be32(chunk, 0)
    if (type === 'IEND') return at
  }
  return walk.size + 1
}

export async function jpegEnd(walk: Walk): Promise<number | undefined> {
  for (let at = 2; at < walk.size; ) {
    const [lead = 0, marker = 0, high = 0, low = 0] = await walk.at(at, 4)
    if (lead !== 0xff) return undefined
    if (marker === 0xd9) return at + 2
    if (marker === 0xff) at++
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else {
      at += 2 + ((high << 8) | low)
      if (marker === 0xda) at = await entropyEnd(walk, at)
    }
  }
  return walk.size + 1
}

/** The next marker behind compressed pixels, where `ff 00` is a byte and `ff d0` to `ff d7` restart. */
async function entropyEnd(walk: Walk, from: number): Promise<number> {
  const STEP = 64 * 1024
  for (let at = from; at < walk.size; ) {
    const bytes = await walk.at(at, STEP)
    let found = bytes.indexOf(0xff)
    for (; found >= 0 && found + 1 < bytes.length; found = bytes.indexOf(0xff, found + 1)) {
      const next = bytes[found + 1] ?? 0
      if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at + found
    }
    // A lone ff at the end of the window is looked at again with what follows.
    at += found >= 0 && bytes.length > 1 ? found : bytes.length
    if (bytes.length < STEP) return walk.size
  }
  return walk.size
}

export async function gifEnd(walk: Walk): Promise<number | undefined> {
  const screen = await walk.at(0, 13)
  let at = 13 + colourTable(screen[10] ?? 0)
  while (at < walk.size) {
    const block = await walk.at(at, 10)
    if (block[0] === 0x3b) return at + 1
    if (block[0] === 0x21) at = await subBlocks(walk, at + 2)
    else if (block[0] === 0x2c) at = await subBlocks(walk, at + 11 + colourTable(block[9] ?? 0))
    else return undefined
  }
  return walk.size + 1
}

function colourTable(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
}

async function subBlocks(walk: Walk, from: number): Promise<number> {
  for (let at = from; at < walk.size; ) {
    const [length = 0] = await walk.at(at, 1)
    at += 1 + length
    if (length === 0) return at
  }
  return walk.size + 1
}

export async function bmpEnd(walk: Walk): Promise<number | undefined> {
  const header = await walk.at(0, 30)
  const declared = le32(header, 2)
  const pixels = le32(header, 10)
  return declared >= pixels && pixels >= 26 ? declared : undefined
}

/** `BM` alone is two letters: the header behind it must make sense. */
export function isBmp(head: Uint8Array): boolean {
  const known = [12, 40, 52, 56, 64, 108, 124].includes(le32(head, 14))
  return known && le32(head, 6) === 0 && (le32(head, 14) === 12 ? le16(head, 22) === 1 : le16(head, 26) === 1)
}

export async function icoEnd(walk: Walk): Promise<number | undefined> {
  const count = le16(await walk.at(4, 2), 0)
  let end = 6 + 16 * count
  for (let i = 0; i < count; i++) {
    const entry = await walk.at(6 + 16 * i, 16)
    end = Math.max(end, le32(entry, 8) + le32(entry, 12))
  }
  return end
}

export function isIco(head: Uint8Array): boolean {
  const count = le16(head, 4)
  return be32(head, 0) === 0x00000100 && count > 0 && count < 64 && head[9] === 0 && be16(head, 16) < 0xff00
}
