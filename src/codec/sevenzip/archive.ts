import { crc32 } from 'node:zlib'
import type { Meter } from '../../bytes/meter.ts'
import type { ByteSource } from '../../bytes/source.ts'
import { FormatError } from '../../model/trouble.ts'
import { u32, u64 } from '../compress/little.ts'
import { Fields } from './fields.ts'
import { readFiles, type SevenZipFile } from './files.ts'
import { packedSources, unpack } from './folder.ts'
import { ID, readStreams, type Streams, unpackSize } from './streams.ts'

/** Length of the signature header; packed streams are counted from its end. */
export const START = 32
/** A header may be packed, and 7-Zip packs it once; more layers than this only hide. */
const MOST_LAYERS = 4

export interface SevenZip {
  readonly files: readonly SevenZipFile[]
  readonly streams: Streams
  /** Where the header, and its packed form's data, lie. */
  readonly headers: readonly { readonly offset: number; readonly length: number }[]
  /** Headers whose CRC does not hold. */
  readonly unsound: readonly string[]
}

const EMPTY: Streams = { packed: [], folders: [], subStreams: [] }

const EMPTY_ARCHIVE: SevenZip = { files: [], streams: EMPTY, headers: [], unsound: [] }

/** Reads the structure of a 7z archive, or says why it cannot be read. No member is unpacked yet. */
export async function openSevenZip(
  source: ByteSource,
  meter: Meter,
  signal?: AbortSignal,
): Promise<{ archive: SevenZip; failure?: FormatError }> {
  try {
    return { archive: await readSevenZip(source, meter, signal) }
  } catch (failure) {
    if (failure instanceof FormatError) return { archive: EMPTY_ARCHIVE, failure }
    throw failure
  }
}

async function readSevenZip(source: ByteSource, meter: Meter, signal?: AbortSignal): Promise<SevenZip> {
  const start = Uint8Array.from(await source.read(0, START, signal))
  if (start.length < START) throw new FormatError('truncated', '7z: the header ends early', start.length)
  const unsound: string[] = []
  if (crc32(start.subarray(12)) !== u32(start, 8)) unsound.push('start')
  const [offset, length, crc] = [START + u64(start, 12), u64(start, 20), u32(start, 28)]
  const headers = [{ offset, length }]
  if (length === 0) return { files: [], streams: EMPTY, headers: [], unsound }
  if (!Number.isSafeInteger(offset + length) || offset + length > source.size) {
    throw new FormatError('truncated', '7z: the header lies beyond the end', source.size)
  }
  meter.hold(length)
  let held = length
  try {
    let bytes = Uint8Array.from(await source.read(offset, length, signal))
    if (crc32(bytes) !== crc) unsound.push('header')
    for (let layer = 0; bytes[0] === ID.encodedHeader; layer++) {
      if (layer === MOST_LAYERS) throw new FormatError('unsupported', '7z: a header packed many times')
      const streams = readStreams(new Fields(bytes.subarray(1)), entries(meter))
      for (const range of streams.packed) headers.push({ ...range, offset: range.offset + START })
      const size = streams.folders[0] ? unpackSize(streams.folders[0]) : 0
      meter.hold(size)
      held += size
      const unpacked = await unpackHeader(source, streams, size, meter, signal)
      if (!unpacked.sound) unsound.push('packed header')
      bytes = unpacked.bytes
    }
    return { ...readHeader(new Fields(bytes), meter), headers, unsound }
  } finally {
    meter.release(held)
  }
}

const entries = (meter: Meter) => (count: number) => meter.check('entries', count)

async function unpackHeader(
  source: ByteSource,
  streams: Streams,
  size: number,
  meter: Meter,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; sound: boolean }> {
  const folder = streams.folders[0]
  if (!folder) throw new FormatError('corrupt', '7z: a packed header without data')
  const packed = packedSources(source, START, streams.packed)
  const bytes = new Uint8Array(size)
  let at = 0
  for await (const chunk of unpack(folder, packed, meter, signal).stream) {
    bytes.set(chunk.subarray(0, size - at), at)
    at = Math.min(size, at + chunk.length)
  }
  if (at < size) throw new FormatError('truncated', '7z: the packed header ends early')
  return { bytes, sound: folder.crc === undefined || crc32(bytes) === folder.crc }
}

function readHeader(fields: Fields, meter: Meter): Pick<SevenZip, 'files' | 'streams'> {
  fields.expect(ID.header)
  let streams = EMPTY
  let files: SevenZipFile[] = []
  for (;;) {
    const id = fields.byte()
    if (id === ID.end) break
    if (id === ID.mainStreams) streams = readStreams(fields, entries(meter))
    else if (id === ID.files) files = readFiles(fields, entries(meter))
    else if (id === ID.archiveProperties) skipProperties(fields)
    else throw new FormatError('unsupported', `7z: unknown property ${id} of the header`)
  }
  const withStream = files.filter((file) => file.hasStream).length
  const subStreams = streams.subStreams.reduce((sum, list) => sum + list.length, 0)
  if (withStream !== subStreams) throw new FormatError('corrupt', '7z: files and streams do not match')
  return { files, streams }
}

function skipProperties(fields: Fields): void {
  while (fields.byte() !== ID.end) fields.skip(fields.number())
}
