import { slice } from '../../bytes/source.ts'
import { FlatBuffer, type Table } from '../../codec/flatbuffers.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'catboost.model': {
    about: 'A model of CatBoost; `parts` lie behind its core.',
    fields: { format: 'string', trees: 'number', parts: 'strings' },
  },
  'catboost.violation': {
    about:
      'Trees that cannot be: `size` (negative, or deeper than CatBoost grows), `splits` (outside the list of splits), `length` (lists ' +
      'of other lengths).',
    fields: { rule: 'string' },
  },
  'catboost.metadata': {
    about: "A value of the model's information that looks like code.",
    fields: { key: 'string' },
  },
}

const CORE = 8
/** CatBoost grows symmetric trees to 16; others to as many splits as leaves. */
const DEPTH_MOST = 65_536
const CODE =
  /^#!|<script\b|\b(?:__import__|eval|exec|os\.system)\s*\(|\b(?:curl|wget)\s[^|\n]*\|\s*(?:ba)?sh\b/i

/** Field numbers of `TModelCore`, `TModelTrees` and `TKeyValue` in CatBoost's schema. */
const MODEL = { format: 0, trees: 1, info: 2, parts: 3 } as const
const TREES = { splits: 1, sizes: 2, starts: 3 } as const

/** `.cbm`: magic, the length of a FlatBuffer with trees and information, and parts that it names. */
export const catboost: Inspector = {
  id: 'catboost',
  detect: { magic: [{ offset: 0, hex: '43424d31' }], suffix: ['.cbm'] },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const head = Buffer.from(await bytes.read(0, CORE))
  if (head.length < CORE) throw new FormatError('truncated', 'the header is cut short')
  const size = head.readUInt32LE(4)
  if (CORE + size > bytes.size) throw new FormatError('truncated', 'the core ends beyond the file', 4)
  const buffer = new FlatBuffer(slice(bytes, CORE, size))
  const root = await buffer.root()
  const parts: string[] = []
  const names = await buffer.vector(root, MODEL.parts)
  for await (const part of texts(bytes, names)) parts.push(part.slice(0, 100))
  const trees = await buffer.table(root, MODEL.trees)
  let count = 0
  if (trees) {
    const rule = await broken(buffer, trees)
    if (rule) yield fact('catboost.violation', { rule })
    count = (await buffer.vector(trees, TREES.sizes)).length
  }
  yield fact('catboost.model', {
    format: (await buffer.string(root, MODEL.format)).slice(0, 100),
    trees: count,
    parts,
  })
  for await (const pair of buffer.tables(root, MODEL.info)) {
    meter.tick()
    const [key, value] = [await buffer.string(pair, 0), await buffer.string(pair, 1)]
    if (CODE.test(value))
      yield fact('catboost.metadata', { key: key.slice(0, 200) }, undefined, value.slice(0, 200))
  }
  yield { type: 'span', offset: 0, length: CORE + size, as: 'inspected' }
  const rest = bytes.size - CORE - size
  if (rest === 0) return
  // Tables of categories and processings, each in a form of its own: bulk where the core names them.
  if (parts.length > 0) {
    const content = slice(bytes, CORE + size, rest)
    yield { type: 'child', name: anonymousName('parts'), bytes: content, opaque: true }
    yield { type: 'span', offset: CORE + size, length: rest, as: 'opaque' }
  }
}

/** Every tree is a run of splits: none may lie outside the list. */
async function broken(buffer: FlatBuffer, trees: Table): Promise<string | undefined> {
  const splits = (await buffer.vector(trees, TREES.splits)).length
  const sizes: number[] = []
  for await (const size of buffer.ints(trees, TREES.sizes)) sizes.push(size)
  if (sizes.some((size) => size < 0 || size > DEPTH_MOST)) return 'size'
  let [index, sum] = [0, 0]
  for await (const start of buffer.ints(trees, TREES.starts)) {
    const size = sizes[index++]
    if (size === undefined) return 'length'
    if (start < 0 || start + size > splits) return 'splits'
    sum += size
  }
  if (index > 0 && index !== sizes.length) return 'length'
  return sum > splits ? 'splits' : undefined
}

/** Texts of a vector of offsets to strings, in the FlatBuffer that begins behind the header. */
async function* texts(
  bytes: Opened['bytes'],
  { at, length }: { readonly at: number; readonly length: number },
): AsyncGenerator<string> {
  for (let i = 0; i < Math.min(length, 64); i++) {
    const place = CORE + at + 4 * i
    const offset = Buffer.from(await bytes.read(place, 4)).readUInt32LE(0)
    const head = Buffer.from(await bytes.read(place + offset, 4))
    if (head.length < 4) throw new FormatError('corrupt', 'the name of a part lies beyond the file', place)
    const content = await bytes.read(place + offset + 4, Math.min(head.readUInt32LE(0), 1000))
    yield Buffer.from(content).toString()
  }
}
