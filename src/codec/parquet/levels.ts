import { FormatError } from '../../model/trouble.ts'

/** A place in a page, which moves as values are taken. */
export class PageCursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  need(count: number): void {
    if (count > this.left || count < 0) throw new FormatError('truncated', 'a page ends within its values')
  }

  u8(): number {
    this.need(1)
    return this.bytes[this.at++] ?? 0
  }

  u32(): number {
    this.need(4)
    this.at += 4
    return this.view.getUint32(this.at - 4, true)
  }

  /** Unsigned LEB128; widths beyond 2^53 lose their low bits, which no length has. */
  varint(): number {
    let value = 0
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      const byte = this.u8()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new FormatError('corrupt', 'a number without an end in a page')
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

/** Numbers in runs and bit-packed groups of eight (Encodings.md, RLE = 3), as levels and places in a dictionary are written. */
export function readHybrid(page: PageCursor, width: number, count: number, end: number): Uint32Array {
  if (width > 32) throw new FormatError('corrupt', `numbers of ${width} bits`)
  const out = new Uint32Array(count)
  let done = 0
  while (done < count) {
    if (page.at >= end) throw new FormatError('truncated', 'a page ends within its runs')
    const head = page.varint()
    if (head % 2 === 0) {
      const run = Math.min(head / 2, count - done)
      let value = 0
      for (let i = 0; i < (width + 7) >> 3; i++) value += page.u8() * 2 ** (8 * i)
      out.fill(value, done, done + run)
      done += run
      if (head === 0) throw new FormatError('corrupt', 'an empty run')
    } else {
      const groups = (head - 1) / 2
      // The last group may be cut short by the end of the page; what it lacks is never used.
      const bytes = Math.min(groups * width, end - page.at)
      done = unpack(page.bytes.subarray(page.at, page.at + bytes), width, out, done)
      page.at += bytes
      if (groups === 0 || (width > 0 && bytes === 0)) throw new FormatError('corrupt', 'an empty group')
      if (width === 0) done = Math.min(count, done + groups * 8)
    }
  }
  return out
}

function unpack(bytes: Uint8Array, width: number, out: Uint32Array, from: number): number {
  if (width === 0) return from
  const most = Math.min(out.length, from + Math.floor((bytes.length * 8) / width))
  let [held, bits, at, done] = [0, 0, 0, from]
  const scale = 2 ** width
  while (done < most) {
    while (bits < width) {
      held += (bytes[at++] ?? 0) * 2 ** bits
      bits += 8
    }
    out[done++] = held % scale
    held = Math.floor(held / scale)
    bits -= width
  }
  return most
}

/** DELTA_BINARY_PACKED: numbers by their differences. Numbers beyond 2^53 are approximate. */
export function readDeltas(page: PageCursor, count: number): Float64Array {
  const [block, perBlock, total] = [page.varint(), page.varint(), page.varint()]
  let value = page.zigzag()
  if (perBlock === 0 || block === 0 || block % perBlock !== 0 || total < count) {
    throw new FormatError('corrupt', 'deltas that cannot be')
  }
  const each = block / perBlock
  if (each % 8 !== 0 || each > 65_536) throw new FormatError('corrupt', 'deltas in groups that cannot be')
  const out = new Float64Array(count)
  let done = 0
  if (count > 0) out[done++] = value
  while (done < count) {
    const least = page.zigzag()
    const widths: number[] = []
    for (let i = 0; i < perBlock; i++) widths.push(page.u8())
    for (const width of widths) {
      if (done >= count) break
      const bytes = (each * width) / 8
      page.need(Math.min(bytes, page.left))
      const group = deltaGroup(
        page.bytes.subarray(page.at, page.at + bytes),
        width,
        Math.min(each, count - done),
      )
      page.at = Math.min(page.bytes.length, page.at + bytes)
      for (const delta of group) {
        value += least + delta
        out[done++] = value
      }
    }
  }
  return out
}

function deltaGroup(bytes: Uint8Array, width: number, count: number): Float64Array {
  if (width > 64) throw new FormatError('corrupt', `differences of ${width} bits`)
  const out = new Float64Array(count)
  if (width === 0) return out
  if (Math.ceil((count * width) / 8) > bytes.length)
    throw new FormatError('truncated', 'a page ends within its deltas')
  for (let i = 0, bit = 0; i < count; i++) {
    let value = 0
    for (let got = 0; got < width; ) {
      const take = Math.min(8 - (bit & 7), width - got)
      const part = ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & (2 ** take - 1)
      value += part * 2 ** got
      got += take
      bit += take
    }
    out[i] = value
  }
  return out
}
