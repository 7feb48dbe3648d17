import { FormatError } from '../../model/trouble.ts'
import type { Codec, Decoding } from './codec.ts'
import { u32, u64 } from './little.ts'
import { lz4Block } from './lz4-block.ts'
import { Xxh32, xxh32 } from './xxh32.ts'
import { isSkippable, skipFrame } from './zstd.ts'

export const LZ4_MAGIC = 0x184d2204
export const LZ4_LEGACY_MAGIC = 0x184c2102
/** How far back a match can reach, into the blocks before where blocks are linked. */
const HISTORY = 64 * 1024
const LEGACY_BLOCK = 8 * 1024 * 1024
/** Most bytes a block of `n` can take when it does not compress (LZ4_compressBound). */
const bound = (n: number) => n + Math.floor(n / 255) + 16

/** LZ4 frame format 1.6.x: frames, legacy frames and skippable frames in any order. */
export const LZ4: Codec = { id: 'lz4', starts, member }

function starts(head: Uint8Array): boolean {
  if (head.length < 4) return false
  const magic = u32(head, 0)
  return magic === LZ4_MAGIC || magic === LZ4_LEGACY_MAGIC || isSkippable(magic)
}

async function* member(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input } = decoding
  const magic = u32(await input.take(4, 'lz4 magic'), 0)
  if (magic === LZ4_MAGIC) yield* frame(decoding)
  else if (magic === LZ4_LEGACY_MAGIC) yield* legacy(decoding)
  else {
    input.seek(input.position - 4)
    await skipFrame(decoding)
  }
}

interface Descriptor {
  readonly linked: boolean
  readonly blockChecksum: boolean
  readonly contentChecksum: boolean
  readonly contentSize: number | undefined
  readonly blockMax: number
}

async function descriptor({ input, mismatch }: Decoding): Promise<Descriptor> {
  const [flags, block] = (await input.peek(2)) as unknown as [number, number]
  if (input.remaining < 2) throw input.truncated('lz4 frame')
  if (flags >> 6 !== 1 || (flags & 2) !== 0 || (block & 0x8f) !== 0 || block >> 4 < 4) {
    throw new FormatError('unsupported', 'lz4: a frame of an unknown version', input.position)
  }
  const length = 2 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0)
  const bytes = await input.take(length + 1, 'lz4 frame')
  if (((xxh32(bytes.subarray(0, length)) >> 8) & 0xff) !== bytes[length]) mismatch('the header checksum')
  if (flags & 1 && u32(bytes, length - 4) !== 0) {
    throw new FormatError('unsupported', 'lz4: the frame needs a dictionary', input.position)
  }
  return {
    linked: (flags & 32) === 0,
    blockChecksum: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentSize: flags & 8 ? u64(bytes, 2) : undefined,
    blockMax: 2 ** (8 + 2 * (block >> 4)),
  }
}

async function* frame(decoding: Decoding): AsyncGenerator<Uint8Array> {
  const { input, meter, mismatch } = decoding
  const about = await descriptor(decoding)
  const hash = new Xxh32()
  let produced = 0
  const held = HISTORY + about.blockMax + bound(about.blockMax)
  meter.hold(held)
  try {
    const window = new Window(about.blockMax)
    for (;;) {
      const word = u32(await input.take(4, 'lz4 frame'), 0)
      if (word === 0) break
      const size = word & 0x7fffffff
      if (size > bound(about.blockMax)) {
        throw new FormatError('corrupt', 'lz4: a block is larger than declared', input.position - 4)
      }
      const stored = word >= 0x80000000
      // Of a stored block cut short, what there is of it counts.
      const there = stored ? Math.min(size, input.remaining) : size
      const bytes = Uint8Array.from(await input.take(there, 'lz4 block'))
      for (const chunk of window.block(bytes, stored, about.linked)) {
        hash.update(chunk)
        produced += chunk.length
        yield chunk
      }
      if (there < size) throw input.truncated('lz4 block')
      if (about.blockChecksum && u32(await input.take(4, 'lz4 block checksum'), 0) !== xxh32(bytes)) {
        mismatch('a block checksum')
      }
    }
    if (about.contentChecksum && u32(await input.take(4, 'lz4 checksum'), 0) !== hash.value) {
      mismatch('the checksum')
    }
    if (about.contentSize !== undefined && about.contentSize !== produced) mismatch('the declared length')
  } finally {
    meter.release(held)
  }
}

/** Legacy frames (`lz4 -l`, Linux kernels): independent blocks until the input ends or another frame starts. */
async function* legacy({ input, meter }: Decoding): AsyncGenerator<Uint8Array> {
  const held = HISTORY + LEGACY_BLOCK + bound(LEGACY_BLOCK)
  meter.hold(held)
  try {
    const window = new Window(LEGACY_BLOCK)
    while (input.remaining > 0) {
      const head = await input.peek(4)
      if (head.length >= 4 && starts(head)) return
      const size = u32(await input.take(4, 'lz4 legacy frame'), 0)
      // Readers take a size no block can have for the end of the frame.
      if (size > bound(LEGACY_BLOCK)) {
        input.seek(input.position - 4)
        return
      }
      const bytes = Uint8Array.from(await input.take(size, 'lz4 legacy block'))
      yield* window.block(bytes, false, false)
    }
  } finally {
    meter.release(held)
  }
}

/** The output buffer: up to 64 KiB of history, then the present block. */
class Window {
  readonly #out: Uint8Array
  readonly #blockMax: number
  #history = 0

  constructor(blockMax: number) {
    this.#blockMax = blockMax
    this.#out = new Uint8Array(HISTORY + blockMax)
  }

  /** The block's content, valid until the next block. What precedes an error within the block is yielded first. */
  *block(bytes: Uint8Array, stored: boolean, linked: boolean): Generator<Uint8Array> {
    if (!linked) this.#history = 0
    const start = this.#history
    let end = start
    let broken: unknown
    if (stored) {
      end = start + Math.min(bytes.length, this.#blockMax)
      this.#out.set(bytes.subarray(0, end - start), start)
      if (bytes.length > this.#blockMax) broken = new FormatError('corrupt', 'lz4: a block is too large')
    } else {
      try {
        end = lz4Block(bytes, this.#out, start, this.#blockMax, (kept) => {
          end = kept
        })
      } catch (error) {
        broken = error
      }
    }
    yield this.#out.subarray(start, end)
    if (broken) throw broken
    const keep = linked ? Math.min(end, HISTORY) : 0
    this.#out.copyWithin(0, end - keep, end)
    this.#history = keep
  }
}
