import { memorySource } from '../../bytes/memory.ts'
import type { Meter } from '../../bytes/meter.ts'
import { type ByteSource, slice } from '../../bytes/source.ts'
import { claimIn } from '../../codec/claims.ts'
import { ForwardReader } from '../../codec/forward-reader.ts'
import {
  MetadataReader,
  type MetadataValue,
  readSize,
  sizeWidth,
  TEXT_KEPT,
  type Violation,
} from '../../codec/gguf/metadata.ts'
import { pad, TensorTable } from '../../codec/gguf/tensors.ts'
import { codeIn, fileIn } from '../../codec/hidden-code.ts'
import { anonymousName } from '../../model/artifact.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { PROPERTY_FACTS, property } from '../../model/property-facts.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'gguf.header': {
    about: 'What the header describes. `parameters` is a decimal string: it may exceed 2^53.',
    fields: {
      version: 'number',
      endian: 'string',
      architecture: 'string',
      tensors: 'number',
      metadata: 'number',
      parameters: 'string',
      types: 'strings',
    },
  },
  'gguf.violation': {
    about: 'A rule of the format or of its reference reader (llama.cpp) that the file breaks (formats 4.2).',
    fields: { rule: 'string' },
  },
  'gguf.metadata': {
    about: 'A metadata string that looks like code (`code`) or is longer than anything but tokens (`long`).',
    fields: { key: 'string', trait: 'string' },
  },
  ...EDGE_DATA,
  ...PROPERTY_FACTS,
}

/** Metadata pairs and tensors: honest files have dozens and thousands. */
const MOST_PAIRS = 100_000n
const MOST_TENSORS = 1_000_000n
const LARGEST_ALIGNMENT = 1024 * 1024
const TEMPLATE = /^tokenizer\.chat_template(?:\.|$)/

/** A table of metadata, a table of tensors, and tensor bytes that nothing interprets. */
export const gguf: Inspector = {
  id: 'gguf',
  detect: { magic: [{ offset: 0, hex: '47475546' }], suffix: ['.gguf'] },
  facts: FACTS,
  inspect,
}

async function* inspect(
  { artifact, bytes }: Opened,
  { meter, signal }: InspectContext,
): AsyncGenerator<Emission> {
  const reader = new ForwardReader(bytes, 4, signal)
  const version = await readVersion(reader)
  await reader.need(2 * sizeWidth(version))
  const tensors = readSize(reader, version)
  const pairs = readSize(reader, version)
  yield* counts(tensors, pairs, version, reader.remaining)
  const metadata = new MetadataReader(reader, version, meter)
  try {
    const broken = await metadata.read(Number(pairs))
    yield* stated(metadata.violations)
    yield* describe(metadata, bytes, artifact.name)
    if (broken) throw broken
    yield* data({ reader, version, metadata, meter, bytes, tensors: Number(tensors) })
  } finally {
    meter.release(metadata.held)
  }
}

async function readVersion(reader: ForwardReader): Promise<number> {
  await reader.need(4)
  const version = reader.u32()
  if (version >= 1 && version <= 3) return version
  // Version 3 brought big-endian files; the magic is the same in both.
  const swapped =
    ((version << 24) | ((version & 0xff00) << 8) | ((version >>> 8) & 0xff00) | (version >>> 24)) >>> 0
  if (swapped < 1 || swapped > 3) throw new FormatError('unsupported', `GGUF version ${version}`, 4)
  reader.little = false
  return swapped
}

/** States counts that cannot be, and stops where a table would not fit in the file. */
function* counts(tensors: bigint, pairs: bigint, version: number, left: number): Generator<Emission> {
  const width = BigInt(sizeWidth(version))
  const least = tensors * (2n * width + 12n) + pairs * (width + 5n)
  if (tensors > MOST_TENSORS) yield violation('tensor-count')
  if (pairs > MOST_PAIRS) yield violation('metadata-count')
  if (least <= BigInt(left)) return
  throw new FormatError(
    'truncated',
    `${pairs} metadata pairs and ${tensors} tensors do not fit in the file`,
    8,
  )
}

interface Layout {
  readonly reader: ForwardReader
  readonly version: number
  readonly metadata: MetadataReader
  readonly meter: Meter
  readonly bytes: ByteSource
  readonly tensors: number
}

async function* data({ reader, version, metadata, meter, bytes, tensors }: Layout): AsyncGenerator<Emission> {
  const alignment = alignmentOf(metadata.values.get('general.alignment'))
  if (alignment === undefined) yield violation('alignment')
  const table = new TensorTable(reader, version, alignment ?? 32, meter)
  try {
    const broken = await table.read(tensors)
    const start = Number(pad(BigInt(reader.offset), BigInt(alignment ?? 32)))
    const owned = broken ? [] : [...table.layout(Math.max(0, bytes.size - start))]
    yield* stated(table.violations)
    if (broken) throw broken
    const architecture = metadata.values.get('general.architecture')?.text ?? ''
    yield fact('gguf.header', {
      version,
      endian: reader.little ? 'little' : 'big',
      architecture: architecture.slice(0, 100),
      tensors,
      metadata: metadata.values.size,
      parameters: table.parameters.toString(),
      types: [...table.types].sort(byCodePoint),
    })
    // Values that were stepped over are part of the header that is vouched for: of a remote file, they are fetched too.
    if (bytes.remote !== undefined) await bytes.read(0, reader.offset)
    yield* properties(metadata, table)
    yield { type: 'span', offset: 0, length: reader.offset, as: 'inspected' }
    for (const range of owned) {
      yield { type: 'span', offset: start + range.start, length: range.end - range.start, as: 'opaque' }
    }
    for (const type of table.unknownTypes) {
      const message = `tensors of type ${type}, whose size is not known here`
      yield { type: 'damage', kind: 'unsupported', message }
    }
    if (table.violations.some(({ rule }) => rule === 'beyond-end')) {
      yield { type: 'damage', kind: 'truncated', message: 'a tensor ends beyond the file' }
    }
  } finally {
    meter.release(table.held)
  }
}

/** Metadata keys under the name of the architecture (`llama.context_length`), and what they are called elsewhere. */
const SIZES = {
  context_length: 'context-length',
  block_count: 'layers',
  embedding_length: 'hidden-size',
  'attention.head_count': 'heads',
  vocab_size: 'vocabulary',
} as const

const GENERAL = {
  name: 'name',
  license: 'licence',
  author: 'author',
  version: 'version',
  url: 'url',
} as const

/** Counted over the tensors, or said by the metadata that the writer put in. */
function* properties({ values }: MetadataReader, table: TensorTable): Generator<Emission> {
  const architecture = values.get('general.architecture')?.text
  const drafts = [
    ...property('parameters', table.parameters, 'measured'),
    ...[...table.types].sort(byCodePoint).flatMap((type) => property('quantization', type, 'measured')),
    ...property('architecture', architecture, 'declared'),
    ...Object.entries(SIZES).flatMap(([key, name]) =>
      property(name, values.get(`${architecture}.${key}`)?.number, 'declared'),
    ),
    ...Object.entries(GENERAL).flatMap(([key, name]) =>
      property(name, values.get(`general.${key}`)?.text, 'declared'),
    ),
  ]
  for (const draft of drafts) yield { type: 'fact', ...draft }
}

/** The declared alignment, 32 where none is; undefined where no reader can use it. */
function alignmentOf(value: MetadataValue | undefined): number | undefined {
  if (value === undefined) return 32
  const { type, number } = value
  if (type !== 'u32' || typeof number !== 'number' || number === 0 || number > LARGEST_ALIGNMENT)
    return undefined
  return (number & (number - 1)) === 0 ? number : undefined
}

async function* describe(
  metadata: MetadataReader,
  bytes: ByteSource,
  name: string,
): AsyncGenerator<Emission> {
  for (const [key, { place, text }] of metadata.values) {
    if (!place) continue
    const name = key.slice(0, 200)
    if (TEMPLATE.test(key)) {
      const template = slice(bytes, place.offset, place.length)
      yield { type: 'child', name: anonymousName(key), bytes: template, format: 'chat-template' }
    } else if (place.length > TEXT_KEPT) yield fact('gguf.metadata', { key: name, trait: 'long' }, place)
    if (text === undefined || TEMPLATE.test(key)) continue
    const claim = claimIn(key, text)
    if (claim) yield fact('signature.claim', claim, place)
    const code = codeIn(text)
    if (code !== undefined) yield fact('gguf.metadata', { key: name, trait: 'code' }, place, code)
    const embedded = fileIn(text)
    if (embedded) yield { type: 'child', name: anonymousName(key), bytes: memorySource(embedded) }
  }
  yield* tokenizer(metadata)
  const [no, count] = ['split.no', 'split.count'].map((key) => Number(metadata.values.get(key)?.number ?? 0))
  if (count === undefined || no === undefined) return
  if (no > 0 && no >= count) yield violation('split')
  else if (count > 1) yield* parts(name, count)
}

const PARTS_MOST = 1000

/** The other parts of a split model: `name-00002-of-00003.gguf`. */
function* parts(name: string, count: number): Generator<Emission> {
  const [, prefix, own, all] = /([^/]+)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name) ?? []
  if (prefix === undefined || Number(all) !== count || count > PARTS_MOST) return
  for (let part = 1; part <= count; part++) {
    if (part === Number(own)) continue
    const target = `${prefix}-${String(part).padStart(5, '0')}-of-${all}.gguf`
    yield fact('edge.data', { target, role: 'gguf-split', form: 'plain' })
  }
}

function* tokenizer({ tokens, values }: MetadataReader): Generator<Emission> {
  if (tokens.overlong) yield violation('token-length')
  for (const key of tokens.disagreeing()) yield violation('token-lists', key)
  const broken = tokens.brokenByteToken()
  if (broken !== undefined) yield violation('byte-token', `token ${broken}`)
  const count = tokens.lengths.get('tokenizer.ggml.tokens')
  if (count === undefined) return
  for (const [key, { number }] of values) {
    if (!/^tokenizer\.ggml\.\w+_token_id$/.test(key) || number === undefined) continue
    // Writers spell "none" as -1, whatever the type.
    const none = number === -1 || number === 0xffff_ffff
    if (!none && (number < 0 || number >= count)) yield violation('token-id', key)
  }
}

function* stated(violations: readonly Violation[]): Generator<Emission> {
  for (const { rule, name, offset } of violations) yield violation(rule, name, offset)
}

function violation(rule: string, name = '', offset = 0) {
  return fact('gguf.violation', { rule }, { offset }, name.slice(0, 200))
}
