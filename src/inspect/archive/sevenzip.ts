import { readSevenZip, START, type SevenZip } from '../../codec/sevenzip/archive.ts'
import type { SevenZipFile } from '../../codec/sevenzip/files.ts'
import { methodName, packedSources } from '../../codec/sevenzip/folder.ts'
import { Members } from '../../codec/sevenzip/members.ts'
import { blurName, likeness, linkTarget, nameIssues } from '../../codec/names.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Child, type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'sevenzip.method': {
    about: 'The coders of a folder, from the content to the packed stream.',
    fields: { coders: 'strings' },
  },
  'sevenzip.anti-item': {
    about: 'A member that tells the extractor to delete a file.',
    fields: {},
  },
  'entry.name': ENTRY_FACTS['entry.name']!,
  'entry.link': ENTRY_FACTS['entry.link']!,
  'entry.special': ENTRY_FACTS['entry.special']!,
  'entry.duplicate': ENTRY_FACTS['entry.duplicate']!,
  'entry.header-checksum': ENTRY_FACTS['entry.header-checksum']!,
}

/** Names that loaders of Python objects open, and code, for facts about members of one name. */
const PICKLE = /\.(?:pkl|pickle|pt|pth|bin|ckpt|joblib|dill|npy|npz)$/i
const CODE = /\.(?:py|pyc|pyd|so|dll|dylib|exe|sh|bat|ps1|js)$/i
/** Longest link target that is read to be judged: PATH_MAX. */
const LONGEST_TARGET = 4096

export const sevenzip: Inspector = {
  id: 'sevenzip',
  detect: { magic: [{ offset: 0, hex: '377abcaf271c' }], suffix: ['.7z'] },
  facts: FACTS,
  async *inspect(opened, context) {
    const archive = await readSevenZip(opened.bytes, context.meter, context.signal)
    yield { type: 'span', offset: 0, length: START, as: 'inspected' }
    for (const { offset, length } of archive.headers) {
      yield { type: 'span', offset, length, as: 'inspected' }
    }
    for (const issue of archive.unsound) yield fact('entry.header-checksum', { issue })
    yield* named(archive.files)
    yield* folders(archive, opened, context)
    for (const file of archive.files) {
      if (!file.hasStream && !file.isFolder && !file.isAnti) yield empty(file)
    }
  },
}

function empty({ name }: SevenZipFile): Child {
  return { type: 'child', name, bytes: { size: 0, stream: async function* () {} } }
}

/** What the names and attributes say, before any content is unpacked. */
function* named(files: readonly SevenZipFile[]): Generator<Emission> {
  const seen = new Map<string, string>()
  for (const { name, isAnti, isFolder, attributes } of files) {
    for (const issue of nameIssues(name)) yield fact('entry.name', { issue, of: 'member' }, undefined, name)
    if (isAnti) yield fact('sevenzip.anti-item', {}, undefined, name)
    const type = fileType(attributes)
    if (type !== 'file' && type !== 'link') yield fact('entry.special', { type, system: false }, undefined, name)
    if (isFolder) continue
    const key = blurName(name)
    const other = seen.get(key)
    if (other !== undefined) {
      const role = PICKLE.test(name) ? 'pickle' : CODE.test(name) ? 'code' : 'other'
      const data = { container: 'sevenzip', likeness: likeness(other, name), role, same: false }
      yield fact('entry.duplicate', data, undefined, name)
    }
    seen.set(key, name)
  }
}

/** Bit 15 says that the upper half is a Unix mode; a reparse point is how Windows stores links. */
function fileType(attributes: number | undefined): string {
  if (attributes === undefined) return 'file'
  const format = attributes & 0x8000 ? (attributes >>> 28) & 15 : 0
  if (format === 0xa || attributes & 0x400) return 'link'
  return { 0x1: 'fifo', 0x2: 'character-device', 0x6: 'block-device', 0xc: 'socket' }[format] ?? 'file'
}

async function* folders(
  { files, streams }: SevenZip,
  { bytes }: Opened,
  { meter, signal }: InspectContext,
): AsyncGenerator<Emission> {
  const contents = files.filter((file) => file.hasStream)
  let nextFile = 0
  let nextPacked = 0
  for (const [index, folder] of streams.folders.entries()) {
    const ranges = streams.packed.slice(nextPacked, nextPacked + folder.packedInputs.length)
    nextPacked += ranges.length
    yield fact('sevenzip.method', { coders: folder.coders.map(methodName) })
    const members = new Members(folder, () => packedSources(bytes, START, ranges), meter, signal)
    try {
      let offset = 0
      for (const stream of streams.subStreams[index] ?? []) {
        const file = contents[nextFile++]!
        const member = members.member(offset, stream)
        if (fileType(file.attributes) === 'link') {
          yield* link(file.name, member)
        } else {
          const declared = { size: stream.size, method: folder.coders.map(methodName).join('+') }
          yield { type: 'child', name: file.name, bytes: member, declared }
        }
        offset += stream.size
      }
    } finally {
      await members.close()
    }
    for (const { offset, length } of ranges) {
      yield { type: 'span', offset: START + offset, length, as: 'inspected' }
    }
  }
}
