import { FormatError } from '../../model/trouble.ts'
import { Fields } from './fields.ts'
import { ID, refuseExternal } from './streams.ts'

export interface SevenZipFile {
  readonly name: string
  /** Has content in a folder; the others are empty files, folders and anti-items. */
  readonly hasStream: boolean
  readonly isFolder: boolean
  /** Tells the extractor to delete what has this name. */
  readonly isAnti: boolean
  /** Windows attributes, with a Unix mode in the upper half where bit 15 is set. */
  readonly attributes: number | undefined
}

/** Reads a FilesInfo behind its property id, up to its end. */
export function readFiles(fields: Fields, mostEntries: (count: number) => void): SevenZipFile[] {
  const count = fields.count(1)
  mostEntries(count)
  const no = () => new Array<boolean>(count).fill(false)
  let [empty, emptyFile, anti] = [no(), no(), no()]
  let names: string[] = []
  let attributes: (number | undefined)[] = []
  for (;;) {
    const id = fields.byte()
    if (id === ID.end) break
    const property = new Fields(fields.bytes(fields.number()))
    const ofEmpty = () => spread(property.bits(empty.filter(Boolean).length), empty)
    if (id === ID.emptyStream) empty = property.bits(count)
    else if (id === ID.emptyFile) emptyFile = ofEmpty()
    else if (id === ID.anti) anti = ofEmpty()
    else if (id === ID.names) names = readNames(property, count)
    else if (id === ID.attributes) attributes = readAttributes(property, count)
    // Times, positions, comments and padding say nothing about the content.
  }
  return Array.from({ length: count }, (_, i) => ({
    name: names[i] ?? '',
    hasStream: !empty[i],
    isFolder: empty[i]! && !emptyFile[i],
    isAnti: anti[i]!,
    attributes: attributes[i],
  }))
}

/** Bits of the empty ones alone, put back to the places of all. */
function spread(bits: readonly boolean[], empty: readonly boolean[]): boolean[] {
  let next = 0
  return empty.map((is) => is && bits[next++]!)
}

/** UTF-16LE, each ended by a NUL. */
function readNames(property: Fields, count: number): string[] {
  refuseExternal(property)
  const text = Buffer.from(property.bytes(property.remaining)).toString('utf16le')
  const names = text.split('\0')
  if (names.pop() !== '' || names.length !== count) {
    throw new FormatError('corrupt', '7z: the header names other files than it counts')
  }
  return names
}

function readAttributes(property: Fields, count: number): (number | undefined)[] {
  const defined = property.optionalBits(count)
  refuseExternal(property)
  return defined.map((is) => (is ? property.u32() : undefined))
}
