import { RAR4_MAGIC, RAR5_MAGIC, type RarBlock, rarBlocks } from '../../codec/archive/rar.ts'
import { decodeName } from '../../codec/names.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { MemberList } from './listed.ts'
import { example } from './names.ts'

const FACTS: FactCatalogue = {
  ...ENTRY_FACTS,
  'rar.header-checksum': {
    about: 'A header without its checksum; `block`: main, file, service, end.',
    fields: { block: 'string' },
  },
  'rar.stream': {
    about: 'An NTFS stream that unpacking on Windows restores: `plain`, or a name that is a `path`.',
    fields: { name: 'string' },
  },
}

const LINK = 0o120000
/** PATH_MAX. */
const LONGEST_TARGET = 4096

/**
 * RAR 1.5–5: every member is listed and judged by its header. Stored members are inspected; packed ones are declared not
 * inspected, for the only decoders are those of unRAR, whose licence and history do not suit a scanner.
 */
export const rar: Inspector = {
  id: 'rar',
  detect: { magic: [{ offset: 0, hex: '526172211a07' }], suffix: ['.rar'] },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const isNew = (await bytes.read(RAR4_MAGIC - 1, 1))[0] === 1
  const list = new MemberList('rar', bytes, context)
  yield { type: 'span', offset: 0, length: isNew ? RAR5_MAGIC : RAR4_MAGIC, as: 'inspected' }
  for await (const block of rarBlocks(bytes, isNew ? 5 : 4, context.signal)) {
    const { at, header, packed, type, isSound } = block
    yield { type: 'span', offset: at, length: header, as: 'inspected' }
    if (!isSound) yield fact('rar.header-checksum', { block: type }, { offset: at })
    if (type === 'encryption' || (type === 'main' && block.isEncrypted)) {
      yield fact('entry.encrypted', { where: 'both', plain: false }, { offset: at })
      const rest = { offset: at + header, length: bytes.size - at - header }
      yield { type: 'span', ...rest, as: 'unproven', why: 'encrypted' }
    } else if (type === 'main' && block.isSplit) {
      yield { type: 'damage', kind: 'unsupported', message: 'one of several volumes', at: { offset: at } }
    } else if (type === 'file') yield* member(block, list, bytes)
    else if (type === 'service') yield* service(block)
    else if (packed > 0) yield { type: 'span', offset: at + header, length: packed, as: 'opaque' }
  }
  yield* list.end()
}

async function* member(block: RarBlock, list: MemberList, bytes: Opened['bytes']): AsyncGenerator<Emission> {
  const { at, header, packed, name, mode, isFolder, method } = block
  const content = { offset: at + header, length: packed }
  const isStored = method === 0 && !block.isEncrypted && !block.isSplit
  const base = { name, at, mode, isFolder }
  if (block.link) {
    yield* list.add({ ...base, link: block.link })
    yield { type: 'span', ...content, as: 'inspected' }
    return
  }
  if (isStored && (mode & 0o170000) === LINK) {
    const target = decodeName(await bytes.read(content.offset, Math.min(packed, LONGEST_TARGET)))
    yield* list.add({ ...base, link: { target, kind: 'symbolic' } })
    yield { type: 'span', ...content, as: 'inspected' }
    return
  }
  yield* list.add(isStored && !isFolder ? { ...base, data: content } : base)
  if (block.isEncrypted) {
    yield fact('entry.encrypted', { where: 'both', plain: false }, { offset: at }, example(name))
    yield { type: 'span', ...content, as: 'unproven', why: 'encrypted' }
  } else if (isStored) {
    if (block.unpacked !== packed)
      yield fact('entry.size', { issue: 'stored' }, { offset: at }, example(name))
    yield { type: 'span', ...content, as: 'inspected' }
  } else {
    const how = block.isSplit ? 'rar-split' : `rar-${method}`
    yield fact('entry.method', { method: how, supported: false }, { offset: at }, example(name))
    yield { type: 'span', ...content, as: 'unproven', why: 'unsupported' }
  }
}

/** Comments, recovery records, rights, and the streams of NTFS: a path in their names was CVE-2025-8088. */
function* service({ at, header, packed, name, stream, method }: RarBlock): Generator<Emission> {
  if (name === 'STM') {
    const text = stream ?? ''
    const isPath = /[\\/]|\.\./.test(text.replace(/^:/, ''))
    yield fact('rar.stream', { name: isPath ? 'path' : 'plain' }, { offset: at }, example(text))
  }
  const isInert = ['RR', 'QO', 'ACL', 'UOW'].includes(name) || (name === 'CMT' && method === 0)
  const span = { type: 'span', offset: at + header, length: packed } as const
  yield isInert ? { ...span, as: 'opaque' } : { ...span, as: 'unproven', why: 'unsupported' }
}
