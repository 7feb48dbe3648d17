import { slice } from '../../bytes/source.ts'
import { linkTarget } from '../../codec/names.ts'
import { BLOCK } from '../../codec/tar/header.ts'
import type { TarMember } from '../../codec/tar/walk.ts'
import { anonymousName } from '../../model/artifact.ts'
import { type Child, type Emission, fact } from '../inspector.ts'
import { example, nameFacts } from './names.ts'
import type { TarState } from './tar-state.ts'

/** Everything about one member. `main` is false on the paths that only readers of another mind take. */
export async function* memberEmissions(
  state: TarState,
  m: TarMember,
  main: boolean,
): AsyncGenerator<Emission> {
  const { name } = m
  const at = { offset: m.first, length: m.dataStart - m.first }
  yield* nameFacts(name, 'member', at)
  for (const alias of m.aliases) {
    yield fact('entry.alias', {}, at, example(`${name} → ${alias}`))
    yield* nameFacts(alias, 'alias', at)
  }
  for (const issue of m.issues) yield fact('entry.extended', { issue }, at, example(name))
  yield* numberFacts(state, m)
  yield* kindFacts(state, m)
  if (m.sparse) yield fact('entry.sparse', { form: m.sparse }, at, example(name))
  if (main) yield* state.spans.add(m.first, m.dataStart - m.first, 'inspected')
  if (m.isTruncated) {
    yield {
      type: 'damage',
      kind: 'truncated',
      message: 'the data of a member is cut short',
      at: { offset: m.dataStart },
    }
  }
  yield* data(state, m, main)
}

function* numberFacts(state: TarState, m: TarMember): Generator<Emission> {
  const { size, checksum } = m.header
  const at = { offset: m.header.at, length: BLOCK }
  if (size.issue) yield fact('entry.number', { field: 'size', issue: size.issue }, at, example(m.name))
  else if (m.header.at + size.value > state.bytes.size && !m.isTruncated) {
    yield fact('entry.number', { field: 'size', issue: 'beyond-file' }, at, example(m.name))
  }
  if (checksum === 'signed') yield fact('entry.header-checksum', { issue: 'signed' }, at, example(m.name))
}

const SPECIAL: Readonly<Record<string, string>> = { '3': 'character', '4': 'block', '6': 'fifo' }

function* kindFacts(state: TarState, m: TarMember): Generator<Emission> {
  const { name, header } = m
  const at = { offset: header.at, length: BLOCK }
  const system = state.survey.isSystem
  const through = state.links.through(name)
  if (through !== undefined) yield fact('entry.through-link', { target: through, system }, at, example(name))
  const special = SPECIAL[header.type]
  if (special)
    yield fact('entry.special', { type: special, system: state.survey.isWholeSystem }, at, example(name))
  if (header.type === '2' || header.type === '1') {
    const link = header.type === '2' ? 'symbolic' : 'hard'
    const target = linkTarget(m.linkname, name, link)
    // CPython's filters once checked the link and not what it led to (CVE-2025-4330, CVE-2026-11940).
    const viaLink = link === 'hard' && state.links.has(m.linkname)
    yield fact(
      'entry.link',
      { link, target: viaLink ? 'symlink' : target, system },
      at,
      example(`${name} → ${m.linkname}`),
    )
    yield* nameFacts(m.linkname, 'link', at)
    if (link === 'symbolic') state.links.add(name, target)
  }
  if (header.type !== '0' && header.type !== '7') return
  if (header.mode & 0o4000) yield fact('entry.mode', { bit: 'set-user-id', system }, at, example(name))
  if (header.mode & 0o2000) yield fact('entry.mode', { bit: 'set-group-id', system }, at, example(name))
}

async function* data(state: TarState, m: TarMember, main: boolean): AsyncGenerator<Emission> {
  const length = m.dataEnd - m.dataStart
  const isFolder = m.header.type === '5' || m.name.endsWith('/')
  if (length === 0 && (isFolder || '123456V'.includes(m.header.type))) return
  if (isFolder) yield fact('entry.folder-data', {}, { offset: m.dataStart, length }, example(m.name))
  const name = main ? m.name : anonymousName(`other:${m.name}`)
  const bytes = slice(state.bytes, m.dataStart, length)
  yield {
    type: 'child',
    name: name === '' ? anonymousName(m.first) : name,
    bytes,
    declared: { size: m.size },
    ...hint(state, m),
  }
  if (m.otherSize !== undefined && m.otherSize > 0) {
    yield {
      type: 'child',
      name: anonymousName(`header-size:${m.name}`),
      bytes: slice(state.bytes, m.dataStart, m.otherSize),
    }
  }
  if (m.sparse) {
    // Holes are put between these bytes, so what a reader gets is not quite what was inspected.
    if (main) yield* state.spans.add(m.dataStart, length, 'unproven', 'unsupported')
  } else if (main) yield* state.spans.add(m.dataStart, length, 'inspected')
  if (main) yield* padding(state, m)
}

/** Filler up to the next block is zeros; anything else stays uncovered and is looked at. */
async function* padding(state: TarState, m: TarMember): AsyncGenerator<Emission> {
  const length = m.next - m.dataEnd
  if (length <= 0 || length >= BLOCK) return
  const filler = await state.window.at(m.dataEnd, length)
  if (filler.every((byte) => byte === 0)) yield* state.spans.add(m.dataEnd, length, 'inspected')
}

/** torch's legacy tar (before 1.6): `torch.load` extracts these and unpickles them one after another. */
function hint(state: TarState, m: TarMember): Pick<Child, 'format'> {
  const isTorch = state.survey.roots('torch-tar').length > 0
  return isTorch && /^(?:\.\/)?(?:pickle|sys_info|storages|tensors)$/.test(m.name) ? { format: 'pickle' } : {}
}
