import { memorySource } from '../../bytes/memory.ts'
import { Hdf5File, signatureOffset } from '../../codec/hdf5/file.ts'
import { readSuperblock } from '../../codec/hdf5/superblock.ts'
import { Hdf5Walk, type Placed } from '../../codec/hdf5/walk.ts'
import { pathForm } from '../../codec/path-form.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'hdf5.file': {
    about: 'An HDF5 file. `userBlock`: bytes in front of it that its readers skip.',
    fields: { superblock: 'number', groups: 'number', datasets: 'number', userBlock: 'number' },
  },
  'hdf5.outside': {
    about: 'Another file that a reader opens: by `external-link`, `external-storage` or `virtual-source`.',
    fields: { how: 'string', target: 'string', form: 'string' },
  },
  'hdf5.link': {
    about: 'A `soft` link, which is a path in the file, or one of a `user` type, which needs a library.',
    fields: { kind: 'string', target: 'string' },
  },
  'hdf5.filter': {
    about: 'A filter that HDF5 does not bring along: a reader loads a shared library for it.',
    fields: { id: 'number' },
  },
  'hdf5.huge': {
    about: 'A dataset that declares thousands of times what the whole file has.',
    fields: {},
  },
  'hdf5.type': {
    about: 'Values of a kind that weights are not stored in.',
    fields: { type: 'string' },
  },
}

/** Hierarchies of arrays: Keras weights and much of science. The structure is read by our own reader, values are not. */
export const hdf5: Inspector = {
  id: 'hdf5',
  detect: {
    probe: (head) => (signatureOffset(head) === undefined ? 'no' : 'strong'),
    suffix: ['.h5', '.hdf5', '.keras.h5'],
  },
  facts: FACTS,
  inspect,
}

/** Filters of HDF5 itself: deflate, shuffle, Fletcher-32, szip, N-bit, scale-offset. */
const OWN_FILTERS = 255
/** Attributes in which Keras keeps what it builds a model from; long ones are cut into numbered pieces. */
const CONFIGURATION = /^(model_config|training_config)(\d*)$/
const HEAD = 64 * 1024

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  const offset = signatureOffset((await bytes.read(0, HEAD)).slice())
  if (offset === undefined) throw new FormatError('corrupt', 'no HDF5 signature')
  const file = new Hdf5File(bytes, meter, signal)
  const { version, root, end } = await readSuperblock(file, offset)
  const walk = new Hdf5Walk(file, (path, name) => path === '' && CONFIGURATION.test(name))
  const pieces = new Map<string, Map<number, Uint8Array>>()
  for await (const observation of walk.from(root)) {
    if (observation.what === 'attribute') {
      const [, name = '', number = ''] = CONFIGURATION.exec(observation.name) ?? []
      const parts = pieces.get(name) ?? new Map<number, Uint8Array>()
      pieces.set(name, parts.set(number === '' ? -1 : Number(number), observation.text))
    } else yield* stated(observation)
  }
  yield* configurations(pieces)
  const { groups, datasets } = walk
  yield fact('hdf5.file', { superblock: version, groups, datasets, userBlock: offset })
  // Free space and values lie where the file likes; all of it is the file's own up to the end that it declares.
  const length = Math.min(Math.max(end, 0), bytes.size - offset)
  yield { type: 'span', offset, length, as: 'opaque' }
  if (end > bytes.size - offset) {
    yield { type: 'damage', kind: 'truncated', message: 'the file is shorter than its superblock says' }
  }
}

function* configurations(pieces: ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>): Generator<Emission> {
  for (const [name, parts] of pieces) {
    const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
    const whole = Buffer.concat(inOrder)
    const zero = whole.indexOf(0)
    const text = zero < 0 ? whole : whole.subarray(0, zero)
    yield { type: 'child', name: anonymousName(name), bytes: memorySource(text), format: 'keras-config' }
  }
}

function* stated(observation: Placed): Generator<Emission> {
  const at = { offset: observation.offset }
  const { path } = observation
  switch (observation.what) {
    case 'outside': {
      const { how, target } = observation
      yield fact('hdf5.outside', { how, target: target.slice(0, 500), form: pathForm(target) }, at, path)
      break
    }
    case 'soft-link':
      yield fact('hdf5.link', { kind: 'soft', target: observation.target.slice(0, 200) }, at, path)
      break
    case 'user-link':
      yield fact('hdf5.link', { kind: 'user', target: String(observation.type) }, at, path)
      break
    case 'filter':
      if (observation.id > OWN_FILTERS)
        yield fact('hdf5.filter', { id: observation.id }, at, observation.name)
      break
    case 'huge':
      yield fact('hdf5.huge', {}, at, `${path}: ${observation.declared} bytes`)
      break
    case 'type':
      yield fact('hdf5.type', { type: observation.name }, at, path)
      break
    case 'trouble': {
      const { kind, message, offset } = observation.error
      yield { type: 'damage', kind, message, at: { offset: offset ?? observation.offset } }
      break
    }
    default:
  }
}
