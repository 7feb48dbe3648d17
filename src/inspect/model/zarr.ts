import { readJson } from '../../codec/json.ts'
import { everyKey, isObject, listOf, objectOf, textOf } from '../../codec/json-values.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'zarr.node': {
    about: 'An array or a group; `objects`: its elements are objects of Python.',
    fields: { format: 'number', node: 'string', objects: 'boolean' },
  },
  'zarr.codec': {
    about: 'A codec that reading a chunk runs: a compressor, a filter, a serialiser.',
    fields: { codec: 'string' },
  },
  'zarr.violation': {
    about:
      'A shape or chunk that cannot be (`shape`), a chunk that takes more memory than there is (`chunk-bomb`), a key that ' +
      'is there twice (`duplicate-key`), a member of consolidated metadata that climbs out (`key-path`).',
    fields: { rule: 'string' },
  },
}

/** Chunks of honest arrays take megabytes; a reader allocates one whole. */
const CHUNK_MOST = 2 ** 40
const NAMES = ['.zarray', '.zgroup', '.zattrs', '.zmetadata', 'zarr.json']

/** The metadata of Zarr arrays (versions 2 and 3), which says what reading their chunks runs. Chunks are bulk data. */
export const zarr: Inspector = {
  id: 'zarr',
  detect: {
    probe: (head) =>
      /^\s*\{/.test(Buffer.from(head.subarray(0, 64)).toString('latin1'))
        ? /"zarr_format"\s*:/.test(Buffer.from(head).toString('latin1'))
          ? 'strong'
          : 'weak'
        : 'no',
    name: NAMES,
    suffix: NAMES.map((name) => `/${name}`),
  },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    for (const pointer of duplicates) yield fact('zarr.violation', { rule: 'duplicate-key' }, { pointer })
    yield* node(objectOf(value), '')
    // Consolidated metadata holds that of every member by its path.
    const inline = objectOf(objectOf(value).consolidated_metadata)
    for (const [key, list] of [
      ['metadata', objectOf(value).metadata],
      ['consolidated_metadata/metadata', inline.metadata],
    ] as const) {
      for (const [path, member] of Object.entries(objectOf(list))) {
        const pointer = `/${key}/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`
        if (path.split('/').includes('..') || path.startsWith('/'))
          yield fact('zarr.violation', { rule: 'key-path' }, { pointer }, path.slice(0, 200))
        if (isObject(member)) yield* node(member, pointer)
      }
    }
  } finally {
    meter.release(bytes.size)
  }
}

function* node(root: JsonObject, pointer: string): Generator<Emission> {
  const { shape, dtype, data_type, node_type } = root
  const format = typeof root.zarr_format === 'number' ? root.zarr_format : 0
  const isArray = Array.isArray(shape)
  if (!isArray && format === 0) return
  const type = dtype ?? data_type
  const objects = JSON.stringify(type ?? null).includes('|O') || type === 'object'
  yield fact('zarr.node', { format, node: isArray ? 'array' : textOf(node_type) || 'group', objects })
  for (const codec of codecs(root)) {
    if (codec !== '') yield fact('zarr.codec', { codec: codec.slice(0, 200) }, { pointer })
  }
  if (isArray) yield* sizes(root, type, pointer)
}

/** Version 2 names them `id`; version 3 `name`, and sharding has codecs of its own inside. */
function* codecs(root: JsonObject): Generator<string> {
  for (const part of [root.compressor, root.filters, root.codecs, root.storage_transformers]) {
    if (part === undefined) continue
    for (const { key, value } of everyKey({ part })) {
      if ((key === 'id' || key === 'name') && typeof value === 'string') yield value
    }
    for (const item of listOf(part)) if (typeof item === 'string') yield item
  }
}

function* sizes(root: JsonObject, type: Json | undefined, pointer: string): Generator<Emission> {
  const grid = objectOf(objectOf(root.chunk_grid).configuration)
  const chunks = listOf(root.chunks ?? grid.chunk_shape)
  const isSize = (value: Json) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  if (![...listOf(root.shape), ...chunks].every(isSize)) {
    yield fact('zarr.violation', { rule: 'shape' }, { pointer: `${pointer}/shape` })
    return
  }
  const width = Number(/\d+$/.exec(textOf(type))?.[0] ?? 8)
  const elements = chunks.reduce((product: number, size) => product * Math.max(1, Number(size)), 1)
  if (elements * width > CHUNK_MOST)
    yield fact('zarr.violation', { rule: 'chunk-bomb' }, { pointer: `${pointer}/chunks` })
}
