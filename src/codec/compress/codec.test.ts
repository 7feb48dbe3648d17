import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { memorySource } from '../../bytes/memory.ts'
import { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { spool } from '../../bytes/spool.ts'
import { DEFAULT_LIMITS, type Limits } from '../../model/limits.ts'
import { FormatError } from '../../model/trouble.ts'
import { BZIP2 } from './bzip2.ts'
import { type Codec, type Decoded, decode } from './codec.ts'
import { GZIP } from './gzip.ts'
import { LZ4 } from './lz4.ts'
import { LZMA } from './lzma.ts'
import { XZ } from './xz.ts'
import { ZFILE } from './zfile.ts'
import { ZLIB } from './zlib.ts'
import { ZSTD } from './zstd.ts'

/** What testdata/make.py wrote with the real libraries. */
interface Vector {
  readonly file: string
  readonly codec: string
  readonly size: number | 'branches' | 'noise'
  /** Where cut, how many bytes the library's own decompressor gives. */
  readonly cuts: readonly (readonly [number, number])[]
}

const CODECS = new Map<string, Codec>(
  [GZIP, ZLIB, ZFILE, BZIP2, XZ, LZMA, ZSTD, LZ4].map((codec) => [codec.id, codec]),
)
const testdata = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url))
const VECTORS: readonly Vector[] = JSON.parse(testdata('index.json').toString())

// The words and their order are those of testdata/make.py.
const WORDS =
  'weight|bias|layer|norm|attn|0.125|-1.5|\n|{|}|q_proj|k_proj|v|o|mlp|up|down|gate|embed|lm_head|float16|torch|shape|4096|11008|:|,|[|]| |\t|data'.split(
    '|',
  )
const EDGE = 20_000

function words(length: number): Buffer {
  const out: string[] = []
  let x = 1
  for (let got = 0; got < length; got += out.at(-1)!.length) {
    // The low 31 bits of the product, which has more than a number holds.
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff
    out.push(WORDS[(x >> 16) & 31]!)
  }
  return Buffer.from(out.join('')).subarray(0, length)
}

function content({ size }: Vector): Buffer {
  if (typeof size === 'string') return testdata(`${size}.bin`)
  if (size <= 1_000_000) return words(size)
  return Buffer.concat([words(EDGE), Buffer.alloc(size - 2 * EDGE), words(EDGE)])
}

function meter(limits: Partial<Limits> = {}): Meter {
  return new Meter({ ...DEFAULT_LIMITS, ...limits }, 0)
}

/** Everything a stream gives, and what it ends with. */
async function drain(decoded: Decoded): Promise<{ bytes: Buffer; error: unknown }> {
  const parts: Uint8Array[] = []
  try {
    for await (const chunk of decoded.stream()) parts.push(Uint8Array.from(chunk))
    return { bytes: Buffer.concat(parts), error: undefined }
  } catch (error) {
    return { bytes: Buffer.concat(parts), error }
  }
}

/** A source that answers in pieces no larger than asked for, each in a buffer that is reused, as the contract allows. */
function stingy(bytes: Uint8Array): ByteSource {
  const source = memorySource(bytes)
  const buffer = new Uint8Array(4 * 1024 * 1024)
  const read = async (offset: number, length: number) => {
    const part = await source.read(offset, length)
    buffer.fill(0xee, 0, part.length)
    buffer.set(part)
    return buffer.subarray(0, part.length)
  }
  return { size: source.size, read, stream: () => source.stream() }
}

const codecOf = (vector: Vector) => CODECS.get(vector.codec)!

describe.each(VECTORS)('$file', (vector) => {
  const packed = testdata(vector.file)
  const codec = codecOf(vector)
  const plain = content(vector)

  it('decodes to its content, to its last byte and no further', async () => {
    expect(codec.starts(packed)).toBe(true)
    const decoded = decode(codec, stingy(packed), meter())
    const { bytes, error } = await drain(decoded)
    expect(error).toBeUndefined()
    expect(bytes.equals(plain)).toBe(true)
    expect(decoded).toMatchObject({ consumed: packed.length, produced: plain.length, whole: true })
  })

  it('knows where it ends when other bytes follow', async () => {
    const decoded = decode(
      codec,
      memorySource(Buffer.concat([packed, Buffer.from('PK\x03\x04 follows')])),
      meter(),
    )
    const { bytes } = await drain(decoded)
    expect(bytes.equals(plain)).toBe(true)
    // A legacy lz4 frame has no end of its own but one that is no block size: `PK..` is none.
    expect(decoded.consumed).toBe(packed.length)
  })

  it('joins members that follow each other', async () => {
    const decoded = decode(codec, memorySource(Buffer.concat([packed, packed, packed])), meter())
    const { bytes, error } = await drain(decoded)
    expect(error).toBeUndefined()
    expect(bytes.equals(Buffer.concat([plain, plain, plain]))).toBe(true)
    expect(decoded).toMatchObject({ consumed: 3 * packed.length, members: 3 })
  })

  it('gives what the library gives of a file cut short, and the right bytes', async () => {
    for (const [cut, least] of vector.cuts) {
      const decoded = decode(codec, memorySource(packed.subarray(0, cut)), meter())
      const { bytes, error } = await drain(decoded)
      expect(error, `cut at ${cut}`).toBeInstanceOf(FormatError)
      expect(error).toMatchObject({ kind: 'truncated' })
      expect(bytes.length, `cut at ${cut}`).toBeGreaterThanOrEqual(least)
      expect(bytes.equals(plain.subarray(0, bytes.length)), `cut at ${cut}`).toBe(true)
      expect(decoded.consumed).toBe(cut)
    }
  })

  it('meets damage with a FormatError or not at all', async () => {
    if (plain.length > 1_000_000) return
    for (let i = 0; i < 24; i++) {
      const place = Math.floor((packed.length * i) / 24)
      const damaged = Uint8Array.from(packed)
      damaged[place]! ^= 1 << (i % 8)
      const decoded = decode(codec, memorySource(damaged), meter())
      const { error } = await drain(decoded)
      if (error) expect(error, `flipped at ${place}`).toBeInstanceOf(FormatError)
      expect(decoded.consumed).toBeLessThanOrEqual(packed.length)
    }
  })
})

describe('every codec', () => {
  const small = VECTORS.filter((v) => v.size === 1 || v.size === 300)

  it.each(small)('$file: every truncation is a FormatError, or the end of a member', async (vector) => {
    const packed = testdata(vector.file)
    for (let cut = 0; cut < packed.length; cut++) {
      const { bytes, error } = await drain(
        decode(codecOf(vector), memorySource(packed.subarray(0, cut)), meter()),
      )
      if (!vector.file.startsWith('lz4-legacy')) expect(error, `cut at ${cut}`).toBeInstanceOf(FormatError)
      expect(content(vector).subarray(0, bytes.length).equals(bytes)).toBe(true)
    }
  })

  const huge = VECTORS.filter((v) => v.size === 5_000_000)
  it.each(huge)('$file: stops a bomb at the limit of expanded bytes', async (vector) => {
    const limits = meter({ expandedBytes: 1_000_000, expansionRatio: 1 })
    await using spooled = await spool(
      decode(codecOf(vector), memorySource(testdata(vector.file)), limits),
      limits,
    )
    expect(spooled.broken).toMatchObject({ kind: 'limit' })
    expect(spooled.size).toBeLessThanOrEqual(1_000_000)
  })

  it.each(huge)('$file: gives all memory back, also when left half way', async (vector) => {
    const limits = meter()
    for await (const _ of decode(codecOf(vector), memorySource(testdata(vector.file)), limits).stream()) break
    limits.hold(limits.limits.memoryBytes)
  })
})
