import { slice } from '../../bytes/source.ts'
import { HashTable, hashString } from '../../codec/hash-table.ts'
import { decodeName } from '../../codec/names.ts'
import { type BundleSignature, bundleSignature } from '../../codec/plugin/bundle-signature.ts'
import type { Window } from '../../codec/window.ts'
import { agrees, ConformingList } from '../../codec/zip/conforming.ts'
import { afterSignature, directory } from '../../codec/zip/directory.ts'
import { type Ends, endPositions, findEnds, type Reading } from '../../codec/zip/end.ts'
import { member, readLocal } from '../../codec/zip/member.ts'
import { METHOD_NAMES } from '../../codec/zip/methods.ts'
import { type CentralEntry, centralEntry, END_BYTES, SIGNATURE, u16, u32 } from '../../codec/zip/records.ts'
import { anonymousName } from '../../model/artifact.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'
import { roleOf } from './layout.ts'
import { alike, example, NameLedger } from './names.ts'
import { memberEmissions } from './zip-members.ts'
import { leftThere } from './zip-remote.ts'
import { ZipState } from './zip-state.ts'
import { find, stray, unlisted } from './zip-unlisted.ts'

const ZIP_SUFFIXES = [
  '.zip',
  '.whl',
  '.egg',
  '.jar',
  '.npz',
  '.keras',
  '.mar',
  '.pt2',
  '.skops',
  '.dduf',
  '.conda',
  '.mcpb',
  '.dxt',
  '.vsix',
]
/** torch.save and TorchScript write zip archives under the names that their pickles had before. */
const TORCH_SUFFIXES = ['.pt', '.pth', '.ptl', '.bin', '.ckpt', '.pkl']

/**
 * Zip archives as every reader would see them: by each directory that some reader would use, by the local headers that
 * no directory lists, and by yauzl as the conforming reader. No lie about one member stops the look at its neighbours.
 */
export const zip: Inspector = {
  id: 'zip',
  detect: {
    magic: [
      { offset: 0, hex: '504b0304' },
      { offset: 0, hex: '504b0708504b0304' },
    ],
    probe,
    ownsTail: true,
    suffix: [...ZIP_SUFFIXES, ...TORCH_SUFFIXES],
  },
  facts: ENTRY_FACTS,
  async *inspect({ bytes }, context) {
    const ends = await findEnds(bytes)
    const state = new ZipState(bytes, context, ends.readings.length > 0)
    if (!state.hasDirectory && !(await isMember(state.window))) {
      throw new FormatError('corrupt', 'neither a directory nor a member at the start', 0)
    }
    for (const issue of ends.issues) yield fact('entry.directory', { issue })
    if (!state.hasDirectory) {
      const message = ends.issues.has('missing')
        ? 'no end of the central directory'
        : 'no readable central directory'
      yield { type: 'damage', kind: 'truncated', message }
    }
    for (const reading of ends.readings) yield* survey(state, reading)
    for (const layout of state.survey.layouts()) yield fact('entry.layout', { layout })
    yield* members(state, ends)
    yield* records(state, ends)
    for (const overlap of state.ranges.overlaps()) yield fact('entry.overlap', { with: 'member' }, overlap)
    const signature = await bundleSignature(bytes)
    if (signature) yield* signed(state, signature)
    for (const gap of [...state.ranges.gaps(0, bytes.size)])
      yield* leftover(state, gap.offset, gap.offset + gap.length)
    yield* state.spans.flush()
    if (state.hasDirectory) yield* compared(state, ends, signature?.loose ? signature.offset : bytes.size)
  },
}

/** An end record in the tail whose directory could lie in the file, behind something that is no zip; or nothing else. */
function probe(_head: Uint8Array, tail: Uint8Array, size: number): 'strong' | 'weak' | 'no' {
  const base = size - tail.length
  if (size >= END_BYTES && u32(tail, 0) === SIGNATURE.end && size === END_BYTES + u16(tail, 20))
    return 'strong'
  for (const at of endPositions(tail)) {
    const length = u32(tail, at + 12)
    const isZip64 = length === 0xffffffff
    if (!isZip64 && (length > base + at || u16(tail, at + 10) * 46 > length || length === 0)) continue
    return at + END_BYTES + u16(tail, at + 20) === tail.length ? 'strong' : 'weak'
  }
  return 'no'
}

/** Without a directory the first local header must make sense, or this is no archive at all. */
async function isMember(window: Window): Promise<boolean> {
  const header = await readLocal(window, 0)
  return header !== undefined && header.name.length > 0 && METHOD_NAMES[header.method] !== undefined
}

/** First look at a directory: names, layout, duplicates, counts. Nothing per member is kept but a hash. */
async function* survey(state: ZipState, reading: Reading): AsyncGenerator<Emission> {
  const { meter, signal } = state.context
  // A count is believed for sizing only as far as the directory could hold it.
  const ledger = new NameLedger(Math.min(reading.entries, (reading.limit - reading.start) / 46))
  let listed = 0
  let end = reading.start
  for await (const batch of directory(state.bytes, reading.start, reading.limit, signal)) {
    meter.tick()
    for (const entry of batch) {
      listed++
      end = entry.at + entry.length
      const name = decodeName(entry.name)
      state.survey.see(name)
      if (state.bytes.remote !== undefined) state.starts.add(entry.offset + reading.shift)
      const place = entry.at - reading.start
      if (place >= 0xffffffff) throw new FormatError('limit', 'a directory of more than 4 GiB', entry.at)
      const first = ledger.add(name, place)
      if (first !== undefined) yield* duplicate(state, reading.start + first, entry, name)
    }
    meter.check('entries', listed)
  }
  if (listed !== reading.entries) {
    const declared = reading.entries
    const wrapped = declared === listed % 0x10000
    yield fact('entry.count', { declared, listed, wrapped }, { offset: reading.end.at })
  }
  if (state.bytes.remote !== undefined) state.starts.add(reading.start)
  const signed = await afterSignature(state.bytes, end)
  if (signed - reading.start !== reading.size && end - reading.start !== reading.size) {
    yield fact('entry.directory', { issue: 'size' }, { offset: reading.end.at })
  }
  state.directories.push({ offset: reading.start, length: Math.min(signed, reading.limit) - reading.start })
  yield* state.spans.add(reading.start, Math.min(signed, reading.limit) - reading.start, 'inspected')
}

async function* duplicate(
  state: ZipState,
  place: number,
  entry: CentralEntry,
  name: string,
): AsyncGenerator<Emission> {
  const fixed = await state.window.at(place, 46 + 3 * 0xffff)
  const first = centralEntry(fixed, 0, place)
  const before = first ? decodeName(first.name) : name
  const likeness = alike(before, name)
  if (!likeness) return
  const isFolder = name.endsWith('/') && entry.size === 0 && first?.size === 0
  if (isFolder) return
  const data = { container: 'zip', likeness, role: roleOf(name), same: first?.offset === entry.offset }
  yield fact('entry.duplicate', data, { offset: entry.at, length: entry.length }, example(name))
}

/** Second look: each member once, however many directories list it. */
async function* members(state: ZipState, ends: Ends): AsyncGenerator<Emission> {
  const several = ends.readings.length > 1
  const seen = new HashTable()
  const key = { high: 0, low: 0 }
  for (const reading of ends.readings) {
    for await (const batch of directory(state.bytes, reading.start, reading.limit, state.context.signal)) {
      state.context.meter.tick()
      for (const entry of batch) {
        if (several) {
          const identity = `${entry.offset + reading.shift} ${entry.compressed} ${entry.method} ${decodeName(entry.name)}`
          if (seen.add(hashString(identity, key), 0) !== undefined) continue
        }
        yield* leftThere(state, entry, reading) ??
          memberEmissions(state, await member(state.window, entry, reading))
      }
    }
  }
}

async function* records(state: ZipState, ends: Ends): AsyncGenerator<Emission> {
  for (const { offset, length } of state.directories) state.ranges.add(offset, offset + length)
  for (const { offset, length } of ends.records) {
    state.ranges.add(offset, offset + length)
    yield* state.spans.add(offset, length, 'inspected')
  }
}

/** Bytes of no listed record: members for readers of streams, an archive of its own, or junk. */
async function* leftover(state: ZipState, from: number, to: number): AsyncGenerator<Emission> {
  const hasEnd = (await find(state, 'PK\x05\x06', from, to)) !== undefined
  yield* hasEnd ? stray(state, from, to) : unlisted(state, from, to)
}

/** The signature of an MCPB bundle is appended to the archive, whose end record may or may not take it for a comment. */
async function* signed(state: ZipState, { offset, length }: BundleSignature): AsyncGenerator<Emission> {
  state.ranges.add(offset, offset + length)
  yield* state.spans.add(offset, length, 'inspected')
  const bytes = slice(state.bytes, offset, length)
  yield { type: 'child', name: anonymousName('signature'), bytes, format: 'mcpb-signature' }
}

/** What yauzl lists, beside what our reading of the same directory lists. */
async function* compared(state: ZipState, ends: Ends, end: number): AsyncGenerator<Emission> {
  const [only, ...others] = ends.readings
  const isPlain = only !== undefined && others.length === 0 && ends.issues.size === 0
  const from = state.bytes.remote !== undefined && isPlain ? only.start : 0
  const list = new ConformingList(slice(state.bytes, 0, end), state.context.signal, from)
  const other = await firstDifference(
    state,
    list,
    ends.readings.find((r) => r.shift === 0),
  )
  const how = list.refusal === undefined ? other?.how : 'refuses'
  if (how)
    yield fact('entry.reader-disagrees', { reader: 'yauzl', how }, undefined, list.refusal ?? other?.text)
}

async function firstDifference(
  state: ZipState,
  list: ConformingList,
  reading: Reading | undefined,
): Promise<{ how: string; text: string } | undefined> {
  if (reading) {
    for await (const batch of directory(state.bytes, reading.start, reading.limit, state.context.signal)) {
      state.context.meter.tick()
      for (const ours of batch) {
        const theirs = await list.next()
        if (!theirs) return { how: 'fewer', text: example(decodeName(ours.name)) }
        if (!agrees(theirs, ours)) return { how: 'other', text: example(decodeName(ours.name)) }
      }
    }
  }
  const more = await list.next()
  return more ? { how: 'more', text: example(decodeName(more.fileNameRaw)) } : undefined
}
