import { crc32c } from '../../codec/crc32c.ts'
import { readJson } from '../../codec/json.ts'
import { listOf, objectOf, textOf } from '../../codec/json-values.ts'
import type { FactCatalogue, Json } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'orbax.tree': {
    about: 'The tree of an Orbax checkpoint and the kinds of its leaves.',
    fields: { leaves: 'number', types: 'strings', ocdbt: 'boolean' },
  },
  'orbax.key': {
    about: 'A key of the tree that is a path (`..`, `/`): readers without OCDBT make folders of keys.',
    fields: { issue: 'string' },
  },
}

/** `_METADATA` of an Orbax checkpoint: names and kinds of its arrays. Nothing of it is imported by name. */
export const orbax: Inspector = {
  id: 'orbax',
  detect: {
    probe: (head) =>
      /^\s*\{\s*"tree_metadata"\s*:\s*\{/.test(Buffer.from(head.subarray(0, 256)).toString('latin1'))
        ? 'strong'
        : 'no',
    name: ['_metadata'],
  },
  facts: FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
      yield* tree(value)
    } finally {
      meter.release(bytes.size)
    }
  },
}

function* tree(root: Json): Generator<Emission> {
  const leaves = Object.values(objectOf(objectOf(root).tree_metadata))
  const types = new Set<string>()
  for (const leaf of leaves) {
    types.add(textOf(objectOf(objectOf(leaf).value_metadata).value_type).slice(0, 100))
    for (const step of listOf(objectOf(leaf).key_metadata)) {
      const key = textOf(objectOf(step).key)
      const issue = /(?:^|[/\\])\.\.(?:[/\\]|$)/.test(key)
        ? 'traversal'
        : /^[/\\]/.test(key)
          ? 'absolute'
          : ''
      if (issue !== '') yield fact('orbax.key', { issue }, undefined, key.slice(0, 200))
    }
  }
  const ocdbt = objectOf(root).use_ocdbt === true
  yield fact('orbax.tree', { leaves: leaves.length, types: [...types].slice(0, 16), ocdbt })
}

/** Manifests are a few KiB; a longer one is not read to check its sum. */
const MANIFEST = 16 * 1024 * 1024
const HEADER = 12

/** `manifest.ocdbt` of TensorStore's key-value store: magic, length, checksum. The values it leads to are bulk data. */
export const ocdbt: Inspector = {
  id: 'ocdbt',
  detect: { magic: [{ offset: 0, hex: '0cdb3a2a' }], name: ['manifest.ocdbt'] },
  facts: { 'ocdbt.checksum': { about: 'A manifest without its CRC-32C.', fields: {} } },
  async *inspect({ bytes }) {
    const head = Buffer.from(await bytes.read(0, HEADER))
    if (head.length < HEADER) throw new FormatError('truncated', 'the manifest is cut short')
    const length = Number(head.readBigUInt64LE(4))
    if (length > bytes.size) throw new FormatError('truncated', 'the manifest ends beyond the file', 4)
    if (length < HEADER + 4 || length > MANIFEST)
      throw new FormatError('corrupt', 'an impossible length of the manifest', 4)
    const whole = Buffer.from(await bytes.read(0, length))
    if (crc32c(whole.subarray(0, length - 4)) !== whole.readUInt32LE(length - 4))
      yield fact('ocdbt.checksum', {})
    yield { type: 'span', offset: 0, length, as: 'inspected' }
  },
}
