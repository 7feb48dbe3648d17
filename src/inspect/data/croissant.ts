import { readJson } from '../../codec/json.ts'
import { listOf, objectOf, textOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { CROISSANT_FACTS } from '../../model/card-facts.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = { ...CROISSANT_FACTS, ...EDGE_DATA }

/** Croissant 1.x (https://docs.mlcommons.org/croissant): where the files of a dataset are, and their digests. */
export const croissant: Inspector = {
  id: 'croissant',
  detect: {
    probe: (head) =>
      /^(?:\ufeff)?\s*\{/.test(Buffer.from(head.subarray(0, 64)).toString()) &&
      Buffer.from(head).includes('mlcommons.org/croissant')
        ? 'trial'
        : 'no',
    name: ['croissant.json'],
  },
  facts: FACTS,
  inspect,
}

const FILES = 100_000

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.check('jsonBytes', bytes.size)
  meter.hold(bytes.size)
  try {
    const { value } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
    const root = objectOf(value)
    const conforms = textOf(root.conformsTo) || textOf(root['dct:conformsTo'])
    if (!conforms.includes('mlcommons.org/croissant')) return
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    yield fact('croissant.dataset', {
      version: conforms.split('/').at(-1)?.slice(0, 20) ?? '',
      live: root.isLiveDataset === true || root['cr:isLiveDataset'] === true,
    })
    for (const item of listOf(root.distribution).slice(0, FILES)) yield* file(objectOf(item))
  } finally {
    meter.release(bytes.size)
  }
}

function* file(item: JsonObject): Generator<Emission> {
  const target = textOf(item.contentUrl)
  if (target === '') return
  const sha256 = textOf(item.sha256).toLowerCase()
  const hash = /^[\da-f]{64}$/.test(sha256) ? 'sha256' : textOf(item.md5) === '' ? 'none' : 'md5'
  const form = pathForm(target)
  // What is in an archive has the digest of the archive.
  const isContained = item.containedIn !== undefined
  yield fact('croissant.file', {
    target: target.slice(0, 300),
    form,
    scheme: /^([a-z][a-z\d+.-]*):/i.exec(target)?.[1]?.toLowerCase() ?? '',
    hash: isContained ? 'contained' : hash,
    sha256: hash === 'sha256' ? sha256 : '',
  })
  if (form !== 'plain' && form !== 'subfolder' && form !== 'url') {
    yield fact('edge.data', { target: target.slice(0, 300), role: 'croissant-file', form })
  }
}
