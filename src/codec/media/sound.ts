import { be32, latin1, le32, type Walk } from './walk.ts'

/** RIFF: WebP, WAV, AVI. A chunk of declared length, padded to even. */
export async function riffEnd(walk: Walk): Promise<number | undefined> {
  const length = le32(await walk.at(4, 4), 0)
  // Streaming writers leave the length open.
  return length === 0xffffffff ? walk.size : 8 + length + (length & 1)
}

/** ISO media: boxes of a length and a four-letter type until something else begins. */
export async function mp4End(walk: Walk): Promise<number | undefined> {
  let at = 0
  while (at < walk.size) {
    const box = await walk.at(at, 16)
    if (box.length < 8 || !/^[\w \xa9-]{4}$/.test(latin1(box, 4, 8))) return at
    const short = be32(box, 0)
    if (short === 0) return walk.size
    const length = short === 1 ? be32(box, 8) * 2 ** 32 + be32(box, 12) : short
    if (length < 8) return at
    at += length
  }
  return at
}

export async function oggEnd(walk: Walk): Promise<number | undefined> {
  let at = 0
  while (at < walk.size) {
    const page = await walk.at(at, 27 + 255)
    if (latin1(page, 0, 4) !== 'OggS') return at
    const segments = page[26] ?? 0
    at += 27 + segments + page.subarray(27, 27 + segments).reduce((sum, length) => sum + length, 0)
  }
  return at
}

/** FLAC frames have no length: what follows the metadata is sound to the end of the file. */
export async function flacEnd(walk: Walk): Promise<number | undefined> {
  for (let at = 4; at < walk.size; ) {
    const block = be32(await walk.at(at, 4), 0)
    at += 4 + (block & 0xffffff)
    if (block >>> 31) return Math.max(at, walk.size)
  }
  return walk.size + 1
}

/** An optional ID3v2 tag, MPEG audio frames one behind the other, an optional ID3v1 tag of 128 bytes. */
export async function mp3End(walk: Walk): Promise<number | undefined> {
  let at = id3Length(await walk.at(0, 10))
  const start = at
  while (at < walk.size) {
    const length = frameLength(be32(await walk.at(at, 4), 0))
    if (length === undefined) break
    at += length
  }
  if (at === start) return undefined
  return latin1(await walk.at(at, 3), 0, 3) === 'TAG' ? at + 128 : at
}

export function isMp3(head: Uint8Array): boolean {
  if (latin1(head, 0, 3) === 'ID3') return (head[3] ?? 0) <= 4 && (head[6] ?? 0) < 0x80
  const first = frameLength(be32(head, 0))
  return first !== undefined && frameLength(be32(head, first)) !== undefined
}

function id3Length(head: Uint8Array): number {
  if (latin1(head, 0, 3) !== 'ID3') return 0
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10)
  return 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127)
}

// Kilobits per second by index (ISO 11172-3): MPEG 1 layer III, MPEG 2 and 2.5 layer III.
const RATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const RATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const HERTZ = [44100, 48000, 32000]

/** Bytes of a layer III frame; undefined where these four bytes are no frame header. */
function frameLength(header: number): number | undefined {
  const version = (header >>> 19) & 3 // 0: 2.5, 2: 2, 3: 1
  const layer3 = ((header >>> 17) & 3) === 1
  const rate = (version === 3 ? RATES_1 : RATES_2)[(header >>> 12) & 15]
  const hertz = HERTZ[(header >>> 10) & 3]
  if (header >>> 21 !== 0x7ff || version === 1 || !layer3 || !rate || !hertz) return undefined
  const samples = version === 3 ? 144 : 72
  const divisor = version === 3 ? 1 : version === 2 ? 2 : 4
  return Math.floor((samples * rate * 1000 * divisor) / hertz) + ((header >>> 9) & 1)
}
