import { slice } from '../../bytes/source.ts'
import { decodeName, linkTarget } from '../../codec/names.ts'
import { type Decoded, inflateSmall, looksDeflated } from '../../codec/zip/inflate.ts'
import { type Member, unixMode } from '../../codec/zip/member.ts'
import { DECODERS, methodName } from '../../codec/zip/methods.ts'
import { type CentralEntry, FLAG, unicodePath } from '../../codec/zip/records.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Emission, fact } from '../inspector.ts'
import { example, nameFacts } from './names.ts'
import type { ZipState } from './zip-state.ts'

/** Highest version of the specification: 6.3. CPython refuses an archive that asks for more, miniz does not look. */
const NEWEST_VERSION = 63

/** A symlink's target is its content; Linux allows no longer one. */
const LONGEST_TARGET = 4096

/** Everything about one member: what its headers say, then its data, read as each kind of reader would. */
export async function* memberEmissions(state: ZipState, m: Member): AsyncGenerator<Emission> {
  const name = decodeName(m.entry.name)
  yield* headerFacts(m, name)
  if (!m.local) {
    yield {
      type: 'damage',
      kind: m.truncated ? 'truncated' : 'corrupt',
      message: 'a listed member has no local header',
      at: { offset: m.at },
    }
    return
  }
  state.ranges.add(m.at, m.end)
  yield* state.spans.add(m.at, m.dataStart - m.at, 'inspected')
  yield* modeFacts(state, m, name)
  if (m.truncated)
    yield {
      type: 'damage',
      kind: 'truncated',
      message: 'the data of a member is cut short',
      at: { offset: m.dataStart },
    }
  const isFolder = name.endsWith('/') && m.entry.size === 0 && m.entry.compressed === 0
  if (!isFolder) {
    const encrypted = await encryption(state, m)
    if (encrypted) yield fact('entry.encrypted', encrypted, { offset: m.at }, example(name))
    yield* data(state, m, name, encrypted !== undefined && !encrypted.plain)
  }
  yield* state.spans.add(m.dataEnd, m.end - m.dataEnd, 'inspected')
}

function* headerFacts(m: Member, name: string): Generator<Emission> {
  const { entry, local } = m
  yield* listedFacts(entry, name, local)
  for (const field of m.differences) yield fact('entry.mismatch', { field }, { offset: m.at }, example(name))
  if (local && m.differences.includes('name'))
    yield* nameFacts(decodeName(local.name), 'local', { offset: m.at })
  yield* aliasFacts(local?.extra, name, { offset: entry.at })
}

/** What the directory says of a member; `local` adds its flags. */
export function* listedFacts(
  entry: CentralEntry,
  name: string,
  local?: Member['local'],
): Generator<Emission> {
  const at = { offset: entry.at, length: entry.length }
  yield* nameFacts(name, 'member', at)
  yield* aliasFacts(entry.extra, name, at)
  const flags = entry.flags | (local?.flags ?? 0)
  if (flags & FLAG.patched) yield fact('entry.flag', { flag: 'patched' }, at, example(name))
  if (flags & FLAG.strong) yield fact('entry.flag', { flag: 'strong' }, at, example(name))
  if (flags & FLAG.masked) yield fact('entry.flag', { flag: 'masked' }, at, example(name))
  const needed = entry.versionNeeded & 0xff
  if (needed > NEWEST_VERSION) yield fact('entry.version', { needed }, at, example(name))
  if (entry.method !== 0 && entry.method !== 8) {
    const supported = DECODERS[entry.method] !== undefined
    yield fact('entry.method', { method: methodName(entry.method), supported }, at, example(name))
  }
  if (entry.method === 0 && !(flags & FLAG.encrypted) && entry.compressed !== entry.size) {
    yield fact('entry.size', { issue: 'stored' }, at, example(name))
  }
  if (name.endsWith('/') && entry.size > 0) yield fact('entry.folder-data', {}, at, example(name))
}

function* aliasFacts(
  extra: Uint8Array | undefined,
  name: string,
  at: { offset: number },
): Generator<Emission> {
  const path = extra && extra.length > 0 ? unicodePath(extra) : undefined
  if (!path) return
  const alias = decodeName(path.name)
  if (alias === name) return
  yield fact('entry.alias', {}, at, example(`${name} → ${alias}`))
  yield* nameFacts(alias, 'alias', at)
}

const FILE_TYPES: Readonly<Record<number, string>> = { 1: 'fifo', 2: 'character', 6: 'block', 12: 'socket' }

async function* modeFacts(state: ZipState, m: Member, name: string): AsyncGenerator<Emission> {
  const at = { offset: m.at }
  const through = state.links.through(name)
  const system = state.survey.isSystem
  if (through !== undefined) yield fact('entry.through-link', { target: through, system }, at, example(name))
  const mode = unixMode(m.entry)
  const type = FILE_TYPES[mode >> 12]
  if (type) yield fact('entry.special', { type, system: state.survey.isWholeSystem }, at, example(name))
  if (mode >> 12 === 8 && mode & 0o4000)
    yield fact('entry.mode', { bit: 'set-user-id', system }, at, example(name))
  if (mode >> 12 === 8 && mode & 0o2000)
    yield fact('entry.mode', { bit: 'set-group-id', system }, at, example(name))
  if (mode >> 12 !== 10) return
  const input = (
    await state.bytes.read(m.dataStart, Math.min(m.dataEnd - m.dataStart, LONGEST_TARGET))
  ).slice()
  const content = m.entry.method === 0 ? input : inflateSmall(input, LONGEST_TARGET)
  const path = decodeName(content ?? new Uint8Array(0))
  const target = linkTarget(path, name, 'symbolic')
  state.links.add(name, target)
  yield fact('entry.link', { link: 'symbolic', target, system }, at, example(`${name} → ${path}`))
}

/** Bytes of deflate data that are tried: random data breaks the code within the first block header or two. */
const TRIED = 512

/**
 * Who says that the member is encrypted, and whether it evidently is not: traditional encryption makes a stored member
 * 12 bytes longer, and what is encrypted does not inflate.
 */
async function encryption(
  state: ZipState,
  m: Member,
): Promise<{ where: string; plain: boolean } | undefined> {
  const central = (m.entry.flags & FLAG.encrypted) !== 0
  const local = m.local !== undefined && (m.local.flags & FLAG.encrypted) !== 0
  if (!central && !local) return undefined
  const where = central && local ? 'both' : central ? 'directory' : 'local'
  const length = m.dataEnd - m.dataStart
  if (m.entry.method === 0) return { where, plain: length === m.entry.size }
  const head = await state.bytes.read(m.dataStart, Math.min(TRIED, length))
  return { where, plain: m.entry.method === 8 && looksDeflated(head) }
}

interface Interpretation {
  readonly name: string
  readonly method: number
  readonly start: number
  readonly end: number
  readonly sums: Pick<CentralEntry, 'crc32' | 'size'>
}

async function* data(state: ZipState, m: Member, name: string, encrypted: boolean): AsyncGenerator<Emission> {
  const length = m.dataEnd - m.dataStart
  if (encrypted) {
    yield* state.spans.add(m.dataStart, length, 'unproven', 'encrypted')
    return
  }
  const main = { name, method: m.entry.method, start: m.dataStart, end: m.dataEnd, sums: m.entry }
  yield* content(state, main)
  const { local } = m
  if (!local) return
  const methodDiffers = m.differences.includes('method')
  const lengthDiffers = m.differences.includes('compressed')
  if (!methodDiffers && !lengthDiffers) return
  // What a reader of local headers would take instead.
  const end = lengthDiffers ? Math.min(m.dataStart + local.compressed, state.bytes.size) : m.dataEnd
  const supported = local.method === 0 || DECODERS[local.method] !== undefined
  if (supported && end > m.dataStart) {
    const other = {
      name: anonymousName(`local:${name}`),
      method: local.method,
      start: m.dataStart,
      end,
      sums: local,
    }
    yield* content(state, other, true)
  }
}

/** The data as a child. `aside` marks a second reading, whose bytes are accounted for by the first. */
export async function* content(state: ZipState, i: Interpretation, aside = false): AsyncGenerator<Emission> {
  const { name, method, start, end } = i
  const length = end - start
  const hint = aside ? {} : state.hint(name)
  const as = hint.opaque ? 'opaque' : 'inspected'
  const declared = { size: i.sums.size, compressed: length, method: methodName(method) }
  const raw = slice(state.bytes, start, length)
  const decoder = DECODERS[method]
  if (method === 0) {
    yield { type: 'child', name, bytes: raw, declared, ...hint }
    if (!aside) yield* state.spans.add(start, length, as)
    if (!aside) yield { type: 'checksum', offset: start, length, crc32: i.sums.crc32, member: name }
  } else if (decoder) {
    const decoding = decoder(raw, i.sums.size, state.context.meter)
    yield { type: 'child', name, bytes: decoding, declared, ...hint }
    const used = decoding.decoded ? Math.min(decoding.decoded.consumed, length) : length
    if (aside) return
    yield* state.spans.add(start, used, as)
    if (decoding.decoded) yield* decodedFacts(i, decoding.decoded, length)
  } else if (!aside) {
    yield* state.spans.add(start, length, 'unproven', 'unsupported')
  }
}

function* decodedFacts(i: Interpretation, decoded: Decoded, length: number): Generator<Emission> {
  const at = { offset: i.start, length }
  if (decoded.crc32 !== i.sums.crc32) yield fact('entry.checksum', { member: i.name }, at)
  if (decoded.size !== i.sums.size) yield fact('entry.size', { issue: 'inflated' }, at, example(i.name))
  if (decoded.consumed < length) yield fact('entry.size', { issue: 'left-over' }, at, example(i.name))
}
