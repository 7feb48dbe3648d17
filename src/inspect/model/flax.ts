import type { ByteSource } from '../../bytes/source.ts'
import { MsgpackReader } from '../../codec/msgpack.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'flax.tree': {
    about: 'A tree of parameters in msgpack.',
    fields: { arrays: 'number' },
  },
  'flax.violation': {
    about:
      'An array that lies (`dtype`, `size`, `shape`), an `extension` that Flax does not have, a `dunder-key`, or a root that ' +
      'is no map (`root`).',
    fields: { rule: 'string' },
  },
}

/** `flax_model.msgpack`: maps of maps whose leaves are extensions with shape, type and bytes of an array. */
export const flax: Inspector = {
  id: 'flax',
  detect: { probe, suffix: ['.msgpack'] },
  facts: FACTS,
  inspect,
}

/** A map of a text key and a value; nothing forbids it to other formats, so that the name decides. */
function probe(head: Uint8Array): 'weak' | 'no' {
  const [a = 0, b = 0, , d = 0] = head
  const isKey = (byte: number) => (byte > 0xa0 && byte < 0xc0) || byte === 0xd9
  if (a > 0x80 && a < 0x90) return isKey(b) ? 'weak' : 'no'
  return a === 0xde && isKey(d) ? 'weak' : a === 0xdf && isKey(head[5] ?? 0) ? 'weak' : 'no'
}

/** Extension types of flax.serialization. */
const ARRAY = 1
const COMPLEX = 2
const SCALAR = 3

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const reader = new MsgpackReader(bytes)
  const bulk: { offset: number; length: number }[] = []
  let arrays = 0
  let isFirst = true
  for await (const token of reader.tokens()) {
    const at = { offset: token.offset }
    if (isFirst && token.type !== 'map') yield fact('flax.violation', { rule: 'root' }, at)
    isFirst = false
    if (token.type === 'text' && token.key && /^__(?!msgpack_chunks__$)\w+__$/.test(token.text)) {
      yield fact('flax.violation', { rule: 'dunder-key' }, at, token.text.slice(0, 200))
    }
    if (token.type !== 'extension') continue
    meter.tick()
    if (token.code === ARRAY || token.code === SCALAR) {
      arrays++
      const rule = await lie(bytes, token.start, token.start + token.length, bulk)
      if (rule) yield fact('flax.violation', { rule }, at)
    } else if (token.code !== COMPLEX)
      yield fact('flax.violation', { rule: 'extension' }, at, String(token.code))
  }
  yield fact('flax.tree', { arrays })
  yield { type: 'span', offset: 0, length: reader.at, as: 'inspected' }
  for (const { offset, length } of bulk) yield { type: 'span', offset, length, as: 'opaque' }
}

const SIZES: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  bfloat16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
  complex64: 8,
  complex128: 16,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
}

/** What is wrong with an array: [shape, type, bytes]. */
async function lie(
  bytes: ByteSource,
  start: number,
  end: number,
  bulk: { offset: number; length: number }[],
) {
  let [elements, type, length] = [1n, '', -1]
  for await (const token of new MsgpackReader(bytes, start, end).tokens()) {
    if (token.type === 'number' && token.depth === 2) elements *= BigInt(Math.trunc(token.value ?? 0))
    else if (token.type === 'text' || (token.type === 'bytes' && type === '' && token.length < 32)) {
      type =
        token.type === 'text'
          ? token.text
          : Buffer.from(await bytes.read(token.start, token.length)).toString()
    } else if (token.type === 'bytes') {
      length = token.length
      if (length >= 4096) bulk.push({ offset: token.start, length })
    }
    if (elements < 0n || elements > 1n << 60n) return 'shape'
  }
  const size = Object.hasOwn(SIZES, type) ? SIZES[type] : undefined
  if (size === undefined) return 'dtype'
  return length >= 0 && elements * BigInt(size) !== BigInt(length) ? 'size' : undefined
}
