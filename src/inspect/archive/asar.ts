import { createHash } from 'node:crypto'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { readJson } from '../../codec/json.ts'
import { isObject, objectOf, textOf } from '../../codec/json-values.ts'
import { ENTRY_FACTS } from '../../model/entry-facts.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { type ListedMember, MemberList } from './listed.ts'
import { example } from './names.ts'

const FACTS: FactCatalogue = {
  ...ENTRY_FACTS,
  'asar.violation': {
    about:
      'A header that Electron and other readers take differently: `header-size` (the two nested sizes disagree), ' +
      '`duplicate-key`, `offset` (no decimal number, or beyond the file), `integrity` (the SHA-256 is another), `shape` (no file, folder or ' +
      'link).',
    fields: { rule: 'string' },
  },
  'asar.unpacked': {
    about: 'A file that is not in the archive but in the folder `.asar.unpacked` beside it.',
    fields: {},
  },
}

const PREFIX = 16
const DEPTH = 256

/**
 * Electron's asar: a Chromium pickle (two nested sizes, then JSON) in front of the files' bytes. JavaScript in it is the
 * application; each file is a child.
 */
export const asar: Inspector = {
  id: 'asar',
  detect: {
    probe: (head) =>
      head[0] === 4 &&
      /^.\0{3}[\s\S]{12}\{"files":\{/.test(Buffer.from(head.subarray(0, 64)).toString('latin1'))
        ? 'strong'
        : 'no',
    suffix: ['.asar'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { meter } = context
  const prefix = Buffer.from(await bytes.read(0, PREFIX))
  const [outer, inner, length] = [prefix.readUInt32LE(4), prefix.readUInt32LE(8), prefix.readUInt32LE(12)]
  const start = 8 + outer
  if (PREFIX + length > bytes.size || start > bytes.size)
    throw new FormatError('truncated', 'the header ends beyond the file', 4)
  // Both sizes count the string with its padding to four bytes; readers differ in which one they go by.
  const padded = Math.ceil(length / 4) * 4
  if (inner !== padded + 4 || outer !== inner + 4)
    yield fact('asar.violation', { rule: 'header-size' }, { offset: 4 })
  meter.check('jsonBytes', length)
  meter.hold(length)
  try {
    const { value, duplicates } = readJson(await bytes.read(PREFIX, length), meter.limits)
    yield { type: 'span', offset: 0, length: PREFIX + length, as: 'inspected' }
    for (const pointer of duplicates) yield fact('asar.violation', { rule: 'duplicate-key' }, { pointer })
    const list = new MemberList('asar', bytes, context)
    for (const item of walk(value, start, bytes.size)) {
      if ('rule' in item) yield fact('asar.violation', { rule: item.rule }, item.at, example(item.name))
      else if ('unpacked' in item) yield fact('asar.unpacked', {}, item.at, example(item.name))
      else {
        yield* file(item, bytes, context)
        yield* list.add(item)
      }
    }
    yield* list.end()
  } finally {
    meter.release(length)
  }
}

/** Electron checks the digest only where its fuse for that is on. */
async function* file(
  { name, data, sha256 }: Entry,
  bytes: ByteSource,
  { signal }: InspectContext,
): AsyncGenerator<Emission> {
  if (!data) return
  yield { type: 'span', offset: data.offset, length: data.length, as: 'inspected' }
  if (sha256 === undefined) return
  const hash = createHash('sha256')
  for await (const chunk of slice(bytes, data.offset, data.length).stream(signal)) hash.update(chunk)
  if (hash.digest('hex') !== sha256.toLowerCase())
    yield fact('asar.violation', { rule: 'integrity' }, { offset: data.offset }, example(name))
}

interface Entry extends ListedMember {
  readonly sha256?: string
}

interface Told {
  readonly name: string
  readonly at: { readonly pointer: string }
}
type Item = Entry | (Told & { readonly rule: string }) | (Told & { readonly unpacked: true })

/** Every entry of the tree, parents first, in the order of the header. */
function* walk(root: Json, start: number, size: number): Generator<Item> {
  const open = [{ value: root, name: '', pointer: '', depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, name, pointer, depth } = next
    const { files } = objectOf(value)
    if (!isObject(files)) {
      yield* leaf(value, name, pointer, start, size)
      continue
    }
    if (depth > DEPTH) throw new FormatError('limit', `folders nested deeper than ${DEPTH}`)
    if (name !== '') yield { name, at: 0, isFolder: true }
    const inner = Object.entries(files).map(([key, entry]) => ({
      value: entry,
      name: name === '' ? key : `${name}/${key}`,
      pointer: `${pointer}/files/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      depth: depth + 1,
    }))
    open.push(...inner.reverse())
  }
}

function* leaf(value: Json, name: string, pointer: string, start: number, size: number): Generator<Item> {
  const { offset, size: length, link, unpacked, executable, integrity } = objectOf(value)
  const at = { pointer }
  if (typeof link === 'string') {
    // A link is read from the root of the archive, as a hard link of tar is.
    yield { name, at: 0, link: { target: textOf(link), kind: 'hard' } }
  } else if (unpacked === true) {
    yield { unpacked: true, name, at }
  } else if (typeof length !== 'number' || typeof offset !== 'string') {
    yield { rule: 'shape', name, at }
  } else {
    const from = /^\d{1,15}$/.test(offset) ? start + Number(offset) : Number.NaN
    if (!Number.isSafeInteger(length) || length < 0 || !(from + length <= size)) {
      yield { rule: 'offset', name, at }
    } else {
      const { algorithm, hash } = objectOf(integrity)
      const sha256 = algorithm === 'SHA256' && typeof hash === 'string' ? { sha256: hash } : {}
      const mode = executable === true ? 0o100755 : 0o100644
      yield { name, at: from, mode, data: { offset: from, length }, ...sha256 }
    }
  }
}
