import type { ByteStream } from '../../bytes/source.ts'
import { decodeName, linkTarget } from '../../codec/names.ts'
import { openSevenZip, type SevenZip, START } from '../../codec/sevenzip/archive.ts'
import type { SevenZipFile } from '../../codec/sevenzip/files.ts'
import { methodName, packedSources } from '../../codec/sevenzip/folder.ts'
import { type Finished, Members, start } from '../../codec/sevenzip/members.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { roleOf } from './layout.ts'
import { alike, example, LinkLedger, NameLedger, nameFacts } from './names.ts'

/** Longest link target that is read to be judged: PATH_MAX. */
const LONGEST_TARGET = 4096
/** A reparse point: how Windows stores links. */
const REPARSE = 0x400
const HAS_UNIX_MODE = 0x8000
const SPECIAL: Readonly<Record<number, string>> = { 1: 'fifo', 2: 'character', 6: 'block', 12: 'socket' }

export const sevenzip: Inspector = {
  id: 'sevenzip',
  detect: { magic: [{ offset: 0, hex: '377abcaf271c' }], suffix: ['.7z'] },
  facts: {
    ...ENTRY_FACTS,
    'sevenzip.method': {
      about: 'The coders of a folder, from the content to the packed stream.',
      fields: { coders: 'strings' },
    },
    'sevenzip.header-checksum': {
      about: 'A header without its checksum: the `start`, the `header`, or its `packed header`.',
      fields: { header: 'string' },
    },
    'sevenzip.anti-item': {
      about: 'A member that tells the extractor to delete a file.',
      fields: {},
    },
  },
  async *inspect(opened, context) {
    const { archive, failure } = await openSevenZip(opened.bytes, context.meter, context.signal)
    const isSearched = failure === undefined || failure.kind === 'corrupt'
    yield { type: 'span', offset: 0, length: isSearched ? START : opened.bytes.size, as: 'inspected' }
    if (failure) throw failure
    for (const { offset, length } of archive.headers) yield { type: 'span', offset, length, as: 'inspected' }
    for (const header of archive.unsound) yield fact('sevenzip.header-checksum', { header })
    yield* names(archive)
    const links = new LinkLedger()
    for (const { name, hasStream, isFolder, isAnti } of archive.files) {
      if (hasStream || isFolder || isAnti) continue
      yield { type: 'child', name, bytes: { size: 0, stream: async function* () {} } }
    }
    yield* folders(archive, opened, context, links)
    for (const { name } of archive.files) {
      const target = links.through(name)
      if (target) yield fact('entry.through-link', { target, system: false }, undefined, example(name))
    }
  },
}

/** What names and attributes say, before any content is unpacked. */
function* names({ files }: SevenZip): Generator<Emission> {
  const ledger = new NameLedger(files.length)
  for (const [index, file] of files.entries()) {
    const { name, isAnti, isFolder } = file
    const text = example(name)
    yield* nameFacts(name, 'member', undefined)
    if (isAnti) yield fact('sevenzip.anti-item', {}, undefined, text)
    const mode = unixMode(file)
    const type = SPECIAL[mode >> 12]
    if (type) yield fact('entry.special', { type, system: false }, undefined, text)
    for (const [bit, name] of [
      [0o4000, 'set-user-id'],
      [0o2000, 'set-group-id'],
    ] as const) {
      if (mode >> 12 === 8 && mode & bit)
        yield fact('entry.mode', { bit: name, system: false }, undefined, text)
    }
    const before = isFolder ? undefined : files[ledger.add(name, index) ?? index]
    const likeness = before && before !== file ? alike(before.name, name) : undefined
    if (!likeness) continue
    const data = { container: 'sevenzip', likeness, role: roleOf(name), same: false }
    yield fact('entry.duplicate', data, undefined, text)
  }
}

function unixMode({ attributes }: SevenZipFile): number {
  return attributes !== undefined && attributes & HAS_UNIX_MODE ? attributes >>> 16 : 0
}

function isLink(file: SevenZipFile): boolean {
  return unixMode(file) >> 12 === 10 || ((file.attributes ?? 0) & REPARSE) !== 0
}

/** Every folder's files in order, so that a solid one is unpacked once. */
async function* folders(
  { files, streams }: SevenZip,
  { bytes }: Opened,
  { meter, signal }: InspectContext,
  links: LinkLedger,
): AsyncGenerator<Emission> {
  const contents = files.filter((file) => file.hasStream).values()
  let nextPacked = 0
  for (const [index, folder] of streams.folders.entries()) {
    const ranges = streams.packed.slice(nextPacked, nextPacked + folder.packedInputs.length)
    nextPacked += ranges.length
    const coders = folder.coders.map(methodName)
    yield fact('sevenzip.method', { coders })
    await using members = new Members(folder, () => packedSources(bytes, START, ranges), meter, signal)
    let offset = 0
    for (const stream of streams.subStreams[index] ?? []) {
      const file = contents.next().value
      if (!file) break
      const content = members.member(offset, stream)
      const declared = { size: stream.size, method: coders.join('+') }
      if (isLink(file)) yield* link(file.name, content, links)
      else yield { type: 'child', name: file.name, bytes: content, declared }
      offset += stream.size
    }
    yield* accounted(ranges, await members.finish(), bytes.size)
  }
}

/**
 * What lies behind the end of a packed stream, or behind its corruption, is searched by the engine. One that cannot be
 * unpacked belongs to its files, whose trouble it is.
 */
function* accounted(
  ranges: readonly { readonly offset: number; readonly length: number }[],
  { consumed, failure, told }: Finished,
  size: number,
): Generator<Emission> {
  if (failure && !told) yield { type: 'damage', kind: failure.kind, message: failure.message }
  const isSearched = failure === undefined || failure.kind === 'corrupt'
  for (const { offset, length } of isSearched ? ranges.slice(0, 1) : ranges) {
    const start = Math.min(size, START + offset)
    const end = Math.min(size, start + (isSearched ? consumed : length))
    yield { type: 'span', offset: start, length: end - start, as: 'inspected' }
  }
}

/** A link's content is its target. What cannot be unpacked is the archive's own trouble: there is no child to have it. */
async function* link(name: string, content: ByteStream, links: LinkLedger): AsyncGenerator<Emission> {
  const { bytes, failure } = await start(content, LONGEST_TARGET)
  if (failure) {
    yield { type: 'damage', kind: failure.kind, message: `a link has no readable target: ${failure.message}` }
  }
  const path = decodeName(bytes)
  const target = linkTarget(path, name, 'symbolic')
  links.add(name, target)
  const text = example(`${name} → ${path}`)
  yield fact('entry.link', { link: 'symbolic', target, system: false }, undefined, text)
  yield* nameFacts(path, 'link', undefined)
}
