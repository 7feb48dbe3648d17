import { memorySource } from '../../bytes/memory.ts'
import { type Message, type MessageSpec, ProtoDecoder, signed } from '../../codec/protobuf.ts'
import { FOOTER, handle, readBlock, readFooter, TRAILER } from '../../codec/sstable.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { Extents } from './extents.ts'

const FACTS: FactCatalogue = {
  'tensorflow-checkpoint.index': {
    about: 'The index of a checkpoint: which tensors it has and how many shards hold them.',
    fields: { tensors: 'number', shards: 'number' },
  },
  'tensorflow-checkpoint.entry': {
    about: 'An entry that does not make sense: `negative`, `shard` (no such shard), `overflow`.',
    fields: { issue: 'string' },
  },
  ...EDGE_DATA,
}

const HEADER: MessageSpec = {
  name: 'BundleHeaderProto',
  fields: { 1: ['num_shards', 'int'], 2: ['endianness', 'int'], 3: ['version', 'data'] },
}
const ENTRY: MessageSpec = {
  name: 'BundleEntryProto',
  fields: {
    1: ['dtype', 'int'],
    2: ['shape', 'data'],
    3: ['shard_id', 'int'],
    4: ['offset', 'int'],
    5: ['size', 'int'],
    6: ['crc32c', 'fixed'],
    7: ['slices', 'data'],
  },
}

/** `*.index` of a TensorFlow checkpoint: a LevelDB table from names to places in the shards beside it. */
export const tensorflowCheckpoint: Inspector = {
  id: 'tensorflow-checkpoint',
  detect: { magic: [{ offset: -8, hex: '57fb808b247547db' }], suffix: ['.index'] },
  facts: FACTS,
  inspect,
}

async function* inspect({ artifact, bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const { meta, index } = await readFooter(bytes)
  const covered = [meta, index]
  let [tensors, shards] = [0, 1n]
  const ends = new Map<bigint, bigint>()
  for await (const { value } of readBlock(bytes, index)) {
    const block = handle(value, { at: 0 }, bytes.size)
    covered.push(block)
    for await (const entry of readBlock(bytes, block)) {
      meter.check('entries', ++tensors)
      if (entry.key.length === 0) {
        tensors--
        shards = (await only(entry.value, HEADER)).int('num_shards') ?? 1n
      } else yield* checked(entry.value, shards, ends)
    }
  }
  yield fact('tensorflow-checkpoint.index', { tensors, shards: Number(shards) })
  yield* shardFiles(artifact.name, shards, ends)
  for (const { offset, length } of covered) {
    yield { type: 'span', offset, length: length + TRAILER, as: 'inspected' }
  }
  yield { type: 'span', offset: bytes.size - FOOTER, length: FOOTER, as: 'inspected' }
}

/** Decodes a message that is small enough to be in memory, as every value of a table is. */
async function only(bytes: Uint8Array, spec: MessageSpec) {
  let last: Message | undefined
  for await (const message of new ProtoDecoder(memorySource(bytes), spec).messages()) last = message
  return last!
}

/** The shards beside the index: `name.data-00000-of-00002`. Names other than those that TensorFlow writes tell nothing. */
function* shardFiles(name: string, shards: bigint, ends: ReadonlyMap<bigint, bigint>): Generator<Emission> {
  const prefix = /([^/]+)\.index$/.exec(name)?.[1]
  if (prefix === undefined) return
  const extents = new Extents('tensorflow-shard')
  const digits = (value: bigint) => value.toString().padStart(5, '0')
  for (const [shard, end] of ends) {
    if (shard < shards) extents.see(`${prefix}.data-${digits(shard)}-of-${digits(shards)}`, Number(end))
  }
  yield* extents.facts(true)
}

async function* checked(
  value: Uint8Array,
  shards: bigint,
  ends: Map<bigint, bigint>,
): AsyncGenerator<Emission> {
  const entry = await only(value, ENTRY)
  const [offset, size] = [signed(entry.int('offset') ?? 0n), signed(entry.int('size') ?? 0n)]
  const shard = signed(entry.int('shard_id') ?? 0n)
  if (offset < 0n || size < 0n || shard < 0n) yield fact('tensorflow-checkpoint.entry', { issue: 'negative' })
  else if (shard >= shards) yield fact('tensorflow-checkpoint.entry', { issue: 'shard' })
  else if (offset + size >= 1n << 62n) yield fact('tensorflow-checkpoint.entry', { issue: 'overflow' })
  else {
    const end = ends.get(shard) ?? 0n
    ends.set(shard, offset + size > end ? offset + size : end)
  }
}
