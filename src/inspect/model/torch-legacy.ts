import { type ByteSource, slice } from '../../bytes/source.ts'
import { type PickleScan, scanPickle } from '../../codec/pickle/scan.ts'
import { PersistentCollector } from '../../codec/torch/collector.ts'
import { keyList } from '../../codec/torch/key-list.ts'
import type { PersistentId } from '../../codec/torch/persistent.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { storageItemSize } from '../../model/torch-storage.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'torch-legacy.stream': {
    about:
      'A file of torch.save before 1.6: five pickles, then the raw storages. `modules`: classes with source text.',
    fields: { storages: 'number', modules: 'number' },
  },
  'torch-legacy.violation': {
    about:
      'The stream is not what torch writes: another magic number, storages that nobody asks for, other sizes.',
    fields: { rule: 'string' },
  },
}

const MAGIC = '80 02 8a 0a 6c fc 9c 46 f9 20 6a a8 50 19 2e'
/** The second pickle of every such file: the protocol number 1001, by BININT2 or BININT. */
const PROTOCOLS = ['8002 4d e903 2e', '8002 4a e9030000 2e'].map(hex)
const PICKLES = 5

/**
 * The legacy stream. What its pickles do the pickle inspector says, which runs on the same bytes; this one knows what
 * follows them. The loader runs the first pickle before it compares the magic number, so another number is no protection
 * and is recognised by what comes behind it.
 */
export const torchLegacy: Inspector = {
  id: 'torch-legacy',
  detect: { magic: [{ offset: 0, hex: MAGIC }], probe },
  facts: FACTS,
  inspect,
}

/** The protocol number close behind a first pickle of any content. */
function probe(head: Uint8Array): 'strong' | 'no' {
  if (head[0] !== 0x80) return 'no'
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 512))
  return PROTOCOLS.some((number) => start[start.indexOf(number) - 1] === 0x2e) ? 'strong' : 'no'
}

function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex')
}

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  const found = new PersistentCollector(meter)
  const scan = await scanPickle(bytes, { pickles: PICKLES, meter, signal, persistent: found.see })
  // What looked like a protocol number lay inside a longer pickle, whose own inspector reads it.
  if (!(await isOneOf(bytes, scan.pickles[1], PROTOCOLS))) return
  const last = scan.pickles[PICKLES - 1]
  if (!last?.complete) {
    // Damage in a pickle is the pickle inspector's to state; without all five there are no storages to find.
    if (scan.damage.length === 0) yield violation('pickles')
    return
  }
  if (!(await isOneOf(bytes, scan.pickles[0], [hex(MAGIC)]))) yield violation('magic')
  yield { type: 'span', offset: 0, length: last.end, as: 'inspected' }
  const ids: PersistentId[] = []
  for await (const { id } of found.ids(bytes, scan.descriptors)) ids.push(id)
  yield* modules(bytes, ids)
  const storages = new Map<string, Storage>()
  for (const id of ids) if (id.kind === 'storage') storages.set(id.key, id)
  yield fact('torch-legacy.stream', {
    storages: storages.size,
    modules: ids.filter((id) => id.kind === 'module').length,
  })
  const length = last.end - last.offset
  meter.check('jsonBytes', length)
  meter.hold(length)
  const keys = keyList(await bytes.read(last.offset, length))
  meter.release(length)
  yield* raw(bytes, last.end, keys, storages)
}

type Storage = Extract<PersistentId, { kind: 'storage' }>

async function isOneOf(
  bytes: ByteSource,
  pickle: PickleScan['pickles'][number] | undefined,
  expected: readonly Buffer[],
): Promise<boolean> {
  if (!pickle) return false
  const longest = Math.max(...expected.map((e) => e.length)) + 1
  const found = await bytes.read(pickle.offset, Math.min(pickle.end - pickle.offset, longest))
  return expected.some((e) => e.equals(found))
}

/** Whole-module pickles carry the source of each class: text that the loader compares, and never runs. */
async function* modules(bytes: ByteSource, ids: readonly PersistentId[]): AsyncGenerator<Emission> {
  for (const id of ids) {
    if (id.kind !== 'module') continue
    const header = await bytes.read(id.sourceAt, 5)
    const long = header[0] === 0x58
    if (!long && header[0] !== 0x8c) continue
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
    const [start, length] = long ? [5, view.getUint32(1, true)] : [2, view.getUint8(1)]
    if (length > 0) {
      const name = anonymousName(`module.${id.file}`)
      yield { type: 'child', name, bytes: slice(bytes, id.sourceAt + start, length), format: 'text' }
    }
  }
}

/** Each storage in the order of the key list: its count of elements, then its bytes. */
async function* raw(
  bytes: ByteSource,
  from: number,
  keys: readonly string[],
  storages: ReadonlyMap<string, Storage>,
): AsyncGenerator<Emission> {
  let at = from
  for (const key of keys) {
    const storage = storages.get(key)
    const size = storage && storageItemSize(storage.type)
    if (!storage || size === undefined) {
      yield violation(storage ? 'storage-type' : 'unknown-key', key)
      throw new FormatError('corrupt', `storage ${JSON.stringify(key)} has no known element size`, at)
    }
    const header = await bytes.read(at, 8)
    if (header.length < 8) throw new FormatError('truncated', 'the storages end early', at)
    const count = Number(new DataView(header.buffer, header.byteOffset).getBigInt64(0, true))
    if (count !== storage.elements) yield violation('count', key, at)
    const length = count * size
    if (count < 0 || !Number.isSafeInteger(length) || at + 8 + length > bytes.size) {
      throw new FormatError(
        'truncated',
        `storage ${JSON.stringify(key)} of ${count} elements does not fit`,
        at,
      )
    }
    yield { type: 'span', offset: at, length: 8, as: 'inspected' }
    yield { type: 'span', offset: at + 8, length, as: 'opaque' }
    at += 8 + length
  }
  const listed = new Set(keys)
  const missing = [...storages.keys()].find((key) => !listed.has(key))
  if (missing !== undefined) yield violation('missing-storage', missing)
}

function violation(rule: string, text?: string, offset = 0) {
  return fact('torch-legacy.violation', { rule }, { offset }, text)
}
