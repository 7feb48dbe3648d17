import { type ByteSource, slice } from '../../bytes/source.ts'
import { type PickleScan, scanPickle } from '../../codec/pickle/scan.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { storageItemSize } from '../../model/torch-storage.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'torch-tar.part': {
    about:
      'The `storages` or `tensors` of a checkpoint from before 2017: pickles with raw data between them.',
    fields: { part: 'string', pickles: 'number' },
  },
}

/**
 * Members of a legacy tar checkpoint. The pickle inspector runs on the same bytes and reads up to the first raw data;
 * the pickles behind that are handed on from here, one by one, and the raw data is stepped over as the loader does.
 */
export const torchTar: Inspector = {
  id: 'torch-tar',
  detect: { probe },
  facts: FACTS,
  inspect,
}

/** A pickle of one small integer, the count, and another pickle right behind it that names a torch class. */
function probe(head: Uint8Array): 'strong' | 'no' {
  const [proto, version = 255, ...rest] = head.subarray(0, 17)
  if (proto !== PROTO || version > 5) return 'no'
  const count = rest[0] === FRAME ? rest.slice(9) : rest
  const width = INTEGERS.get(count[0] ?? 0)
  if (width === undefined || count[1 + width] !== STOP || count[2 + width] !== PROTO) return 'no'
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).toString('latin1')
  return /torch[\s\S]{1,8}\w*(?:Storage|Tensor)/.test(text) ? 'strong' : 'no'
}

const PROTO = 0x80
const FRAME = 0x95
const STOP = 0x2e
/** BININT1, BININT2, BININT and the bytes of their operands. */
const INTEGERS = new Map([
  [0x4b, 1],
  [0x4d, 2],
  [0x4a, 4],
])

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  let part = ''
  let pickles = 0
  for (let at = 0; at < bytes.size; ) {
    meter.tick()
    const scan = await onePickle(bytes, at, { meter, signal })
    const [pickle] = scan.pickles
    if (!pickle?.complete)
      throw new FormatError('corrupt', 'something other than a pickle between the data', at)
    const end = at + pickle.end
    if (part !== '') {
      const region = slice(bytes, at, end - at)
      yield { type: 'child', name: anonymousName(at), bytes: region, format: 'pickle' }
    }
    yield { type: 'span', offset: at, length: end - at, as: 'inspected' }
    pickles++
    const kind = torchClass(scan, at)
    at = end
    if (kind !== undefined) {
      part = kind.endsWith('Storage') ? 'storages' : 'tensors'
      const { header, data } = await rawLength(bytes, at, kind)
      yield { type: 'span', offset: at, length: header, as: 'inspected' }
      yield { type: 'span', offset: at + header, length: data, as: 'opaque' }
      at += header + data
    }
  }
  yield fact('torch-tar.part', { part, pickles })
}

/** These pickles are tiny: a small window first, so that a thousand of them do not cost a thousand large ones. */
async function onePickle(bytes: ByteSource, at: number, options: Pick<InspectContext, 'meter' | 'signal'>) {
  const SMALL = 4096
  const small = await scanPickle(slice(bytes, at, SMALL), { ...options, pickles: 1 })
  const cut = !small.pickles[0]?.complete && bytes.size - at > SMALL
  return cut ? scanPickle(slice(bytes, at, bytes.size - at), { ...options, pickles: 1 }) : small
}

/** The storage or tensor class of a `(key, …, class)` triple; undefined for a pickle that raw data does not follow. */
function torchClass(scan: PickleScan, at: number): string | undefined {
  const classes = new Set<string>()
  for (const use of scan.census.uses()) {
    const name = scan.descriptors.callableName(use.callee)
    if (/^torch\.(?:\w+\.)*\w*(?:Storage|Tensor)$/.test(name)) classes.add(name)
  }
  // Which of several the loader takes, only running the pickle would tell.
  if (classes.size > 1) throw new FormatError('corrupt', 'a storage of two types', at)
  return [...classes][0]
}

async function rawLength(
  bytes: ByteSource,
  at: number,
  kind: string,
): Promise<{ header: number; data: number }> {
  const header = await bytes.read(at, 8)
  if (header.length < 8) throw new FormatError('truncated', 'the data ends early', at)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  if (kind.endsWith('Tensor')) {
    const dimensions = view.getInt32(0, true)
    // Sizes and strides, then the offset in the storage.
    return within(bytes, at, 8, (2 * dimensions + 1) * 8)
  }
  const size = storageItemSize(kind)
  if (size === undefined) throw new FormatError('corrupt', `${kind} has no known element size`, at)
  return within(bytes, at, 8, Number(view.getBigInt64(0, true)) * size)
}

function within(bytes: ByteSource, at: number, header: number, data: number) {
  if (data < 0 || !Number.isSafeInteger(data) || at + header + data > bytes.size) {
    throw new FormatError('truncated', `data of ${data} bytes does not fit`, at)
  }
  return { header, data }
}
