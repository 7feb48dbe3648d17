/**
 * The reversible filters that xz and 7z put before LZMA. Each undoes its transformation in place and answers how many
 * bytes are final; the others are to be given again with more behind them.
 */
export type Filter = (bytes: Uint8Array) => number

/** The stream behind a filter: the same bytes, transformed. */
export async function* filtered(
  stream: AsyncIterable<Uint8Array>,
  filter: Filter,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  let broken: unknown
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>
      try {
        next = await chunks.next()
      } catch (error) {
        broken = error
        break
      }
      if (next.done) break
      const bytes = new Uint8Array(rest.length + next.value.length)
      bytes.set(rest)
      bytes.set(next.value, rest.length)
      const done = filter(bytes)
      // A consumer may look at a chunk only until it asks for the next, so the rest needs no copy.
      rest = bytes.subarray(done)
      if (done > 0) yield bytes.subarray(0, done)
    }
  } finally {
    await chunks.return?.()
  }
  // What is too short to hold an instruction was not transformed.
  if (rest.length > 0) yield rest
  if (broken) throw broken
}

/** Each byte is the difference to the one `distance` before. */
export function delta(distance: number): Filter {
  const history = new Uint8Array(distance)
  let at = 0
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) {
      const byte = (bytes[i]! + history[at]!) & 0xff
      bytes[i] = history[at] = byte
      at = at + 1 === distance ? 0 : at + 1
    }
    return bytes.length
  }
}

/** A branch converter over instructions of `step` bytes that looks at `size` bytes at a time. */
function branches(
  start: number,
  step: number,
  size: number,
  convert: (bytes: Uint8Array, at: number, place: number) => number,
): Filter {
  let position = start
  return (bytes) => {
    let at = 0
    while (at + size <= bytes.length) at += convert(bytes, at, (position + at) >>> 0) || step
    position += at
    return at
  }
}

export function arm(start = 0): Filter {
  return branches(start, 4, 4, (bytes, at, place) => {
    if (bytes[at + 3] !== 0xeb) return 4
    const source = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const target = ((source << 2) - (place + 8)) >>> 2
    bytes[at] = target
    bytes[at + 1] = target >> 8
    bytes[at + 2] = target >> 16
    return 4
  })
}

export function armThumb(start = 0): Filter {
  return branches(start, 2, 4, (bytes, at, place) => {
    if ((bytes[at + 1]! & 0xf8) !== 0xf0 || (bytes[at + 3]! & 0xf8) !== 0xf8) return 2
    const source =
      ((bytes[at + 1]! & 7) << 19) | (bytes[at]! << 11) | ((bytes[at + 3]! & 7) << 8) | bytes[at + 2]!
    const target = ((source << 1) - (place + 4)) >>> 1
    bytes[at + 1] = 0xf0 | ((target >> 19) & 7)
    bytes[at] = target >> 11
    bytes[at + 3] = 0xf8 | ((target >> 8) & 7)
    bytes[at + 2] = target
    return 4
  })
}

export function powerpc(start = 0): Filter {
  return branches(start, 4, 4, (bytes, at, place) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 4)
    const word = view.getUint32(0)
    if (word >>> 26 !== 18 || (word & 3) !== 1) return 4
    view.setUint32(0, 0x48000000 | (((word & 0x03fffffc) - place) & 0x03fffffc) | 1)
    return 4
  })
}

export function sparc(start = 0): Filter {
  return branches(start, 4, 4, (bytes, at, place) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 4)
    const word = view.getUint32(0)
    if (word >>> 22 !== 0x100 && word >>> 22 !== 0x1ff) return 4
    const target = ((word << 2) - place) >>> 2
    view.setUint32(0, (((0 - ((target >>> 22) & 1)) << 22) & 0x3fffffff) | (target & 0x3fffff) | 0x40000000)
    return 4
  })
}

export function arm64(start = 0): Filter {
  return branches(start, 4, 4, (bytes, at, place) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 4)
    const word = view.getUint32(0, true)
    if (word >>> 26 === 0x25) {
      view.setUint32(0, 0x94000000 | ((word - (place >>> 2)) & 0x03ffffff), true)
    } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
      const source = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc)
      // Only addresses within ±512 MiB were converted.
      if ((source + 0x020000) & 0x1c0000) return 4
      const target = source - (place >>> 12)
      const sign = (0 - (target & 0x020000)) & 0xe00000
      view.setUint32(0, (word & 0x9000001f) | ((target & 3) << 29) | ((target & 0x03fffc) << 3) | sign, true)
    }
    return 4
  })
}

const X86_ALLOWED = [true, true, true, false, true, false, false, false]
const X86_BIT = [0, 1, 2, 2, 3, 3, 3, 3]
const isEdge = (byte: number) => byte === 0 || byte === 0xff

/**
 * x86 calls and jumps (E8, E9): the one converter with a memory. `mask` remembers, of the bytes before, which looked like
 * opcodes whose operands would overlap this one (after liblzma's simple/x86.c, which is in the public domain).
 */
export function x86(start = 0): Filter {
  let position = start
  let mask = 0
  // Where the last opcode was, relative to the bytes at hand.
  let previous = -5
  return (bytes) => {
    const end = bytes.length - 5
    let at = 0
    while (at <= end) {
      if ((bytes[at]! & 0xfe) !== 0xe8) {
        at++
        continue
      }
      const gap = at - previous
      previous = at
      if (gap > 5) mask = 0
      else for (let i = 0; i < gap; i++) mask = ((mask & 0x77) << 1) & 0xff
      if (isEdge(bytes[at + 4]!) && X86_ALLOWED[(mask >> 1) & 7] && mask >> 1 < 16) {
        convertX86(bytes, at, (position + at + 5) >>> 0, mask >> 1)
        at += 5
        mask = 0
      } else {
        at++
        mask |= isEdge(bytes[at + 3]!) ? 0x11 : 1
      }
    }
    position += at
    previous -= at
    return at
  }
}

function convertX86(bytes: Uint8Array, at: number, place: number, mask: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4)
  let source = view.getUint32(0, true)
  let target = 0
  for (;;) {
    target = (source - place) >>> 0
    if (mask === 0) break
    const shift = X86_BIT[mask]! * 8
    if (!isEdge((target >>> (24 - shift)) & 0xff)) break
    source = (target ^ (2 ** (32 - shift) - 1)) >>> 0
  }
  view.setUint32(0, (target & 0x01ffffff) | ((0 - ((target >>> 24) & 1)) << 24), true)
}
