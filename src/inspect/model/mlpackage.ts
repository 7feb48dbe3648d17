import { readJson } from '../../codec/json.ts'
import { objectOf, opensObject, textOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { EDGE_DATA } from '../../model/edge-facts.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'mlpackage.manifest': {
    about: 'The manifest of a Core ML package.',
    fields: { items: 'number', root: 'boolean' },
  },
  'mlpackage.duplicate': { about: 'An item that is listed twice.', fields: {} },
  ...EDGE_DATA,
}

/** `Manifest.json` of a `.mlpackage`: items by their identifiers, each with its path in `Data/`. */
export const mlpackage: Inspector = {
  id: 'mlpackage',
  detect: {
    probe: (head) =>
      opensObject(head) && /"itemInfoEntries"\s*:/.test(Buffer.from(head).toString('latin1'))
        ? 'strong'
        : 'no',
  },
  facts: FACTS,
  async *inspect({ bytes }, { meter }) {
    meter.check('jsonBytes', bytes.size)
    meter.hold(bytes.size)
    try {
      const { value, duplicates } = readJson(await bytes.read(0, bytes.size), meter.limits, true)
      yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
      for (const pointer of duplicates) yield fact('mlpackage.duplicate', {}, { pointer })
      const { itemInfoEntries, rootModelIdentifier } = objectOf(value)
      const items = Object.entries(objectOf(itemInfoEntries))
      for (const [id, item] of items) {
        const target = textOf(objectOf(item).path).slice(0, 1000)
        const data = { target, role: 'mlpackage-item', form: pathForm(target) }
        yield fact('edge.data', data, { pointer: `/itemInfoEntries/${id.slice(0, 100)}` })
      }
      const root = Object.hasOwn(objectOf(itemInfoEntries), textOf(rootModelIdentifier))
      yield fact('mlpackage.manifest', { items: items.length, root })
    } finally {
      meter.release(bytes.size)
    }
  },
}
