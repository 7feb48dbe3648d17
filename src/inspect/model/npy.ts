import { slice } from '../../bytes/source.ts'
import {
  NPY_HEADER_ACCEPTED,
  NPY_PREAMBLE,
  type NpyHeader,
  parseNpyHeader,
  parseNpyPreamble,
} from '../../codec/npy.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'npy.header': {
    about:
      'An array header. `objects`: the data is a pickle. `itemSize` is -1 for a dtype that is not known.',
    fields: { version: 'string', dimensions: 'number', itemSize: 'number', objects: 'boolean' },
  },
  'npy.violation': {
    about: 'Something in the header that a strict reader refuses.',
    fields: { rule: 'string' },
  },
}

/** One NumPy array: a Python literal as header, then raw numbers, or a pickle where the dtype holds objects. */
export const npy: Inspector = {
  id: 'npy',
  detect: { magic: [{ offset: 0, hex: '93 4e 55 4d 50 59' }], suffix: ['.npy'] },
  facts: FACTS,
  inspect,
}

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  const preamble = parseNpyPreamble(await bytes.read(0, NPY_PREAMBLE))
  if (!preamble.known) {
    yield violation('unknown version')
    throw new FormatError('unsupported', `.npy version ${preamble.version}`, 6)
  }
  if (preamble.headerLength > NPY_HEADER_ACCEPTED) yield violation('long header')
  const dataOffset = preamble.headerOffset + preamble.headerLength
  meter.check('jsonBytes', preamble.headerLength)
  meter.hold(preamble.headerLength)
  try {
    const header = parseNpyHeader(await bytes.read(0, dataOffset))
    yield { type: 'span', offset: 0, length: dataOffset, as: 'inspected' }
    yield* describe(header)
    yield* data(header, bytes)
  } finally {
    meter.release(preamble.headerLength)
  }
}

async function* describe(header: NpyHeader): AsyncGenerator<Emission> {
  yield fact('npy.header', {
    version: header.version,
    dimensions: header.shape.length,
    itemSize: header.itemSize ?? -1,
    objects: header.hasObject,
  })
  for (const rule of header.oddities) yield violation(rule)
}

async function* data(header: NpyHeader, bytes: Opened['bytes']): AsyncGenerator<Emission> {
  const { dataOffset, dataLength } = header
  const rest = bytes.size - dataOffset
  if (header.hasObject) {
    if (rest === 0) {
      yield violation('data missing')
      const message = 'the array of objects is a pickle, and nothing is there'
      yield { type: 'damage', kind: 'truncated', message, at: { offset: dataOffset } }
      return
    }
    // Where the pickle ends only its own inspector knows; the child accounts for all that follows.
    const child = slice(bytes, dataOffset, rest)
    yield { type: 'child', name: anonymousName(dataOffset), bytes: child, format: 'pickle' }
    yield { type: 'span', offset: dataOffset, length: rest, as: 'inspected' }
    return
  }
  if (dataLength === undefined) {
    const message = header.itemSize === undefined ? 'a dtype that is not known' : 'an impossible shape'
    yield { type: 'damage', kind: 'corrupt', message, at: { offset: dataOffset } }
    return
  }
  if (dataLength > BigInt(rest)) {
    yield violation('data missing')
    const message = `the array takes ${dataLength} bytes, ${rest} are there`
    yield { type: 'damage', kind: 'truncated', message, at: { offset: dataOffset } }
  }
  const length = dataLength > BigInt(rest) ? rest : Number(dataLength)
  // Bytes behind the array stay unaccounted, so the engine looks at them.
  yield { type: 'span', offset: dataOffset, length, as: 'opaque' }
}

function violation(rule: string) {
  return fact('npy.violation', { rule }, { offset: 0 })
}
