import { compoundEntries } from '../../codec/compound.ts'
import { pathForm } from '../../codec/path-form.ts'
import { xmlText, xmlTokens } from '../../codec/xml.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'office.part': {
    about:
      'What a document has besides data: `macros` (a VBA project), `excel4` (sheets of macros), `object` (an embedded object), `package` (an ' +
      'embedded file), `equation` (for the equation editor, CVE-2017-11882), `encrypted`.',
    fields: { what: 'string' },
  },
  'office.relationship': {
    about:
      'A part that an Office document takes from elsewhere when it is opened. `type`: attachedTemplate, oleObject, frame, image …',
    fields: { type: 'string', form: 'string', target: 'string' },
  },
}

/** Names of streams and storages in compound files, and what they are. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:_VBA_PROJECT(?:_CUR)?|VBA|Macros)$/i, 'macros'],
  [/^.Ole10Native$/s, 'package'],
  [/^Equation Native$/i, 'equation'],
  [/^(?:EncryptedPackage|EncryptionInfo)$/i, 'encrypted'],
  [/^(?:ObjectPool|MBD[\dA-F]{8})$/i, 'object'],
]

/** Compound files: legacy documents of Office, macro projects and objects in new ones. The directory is read, streams are not. */
export const compound: Inspector = {
  id: 'compound',
  detect: { magic: [{ offset: 0, hex: 'd0cf11e0a1b11ae1' }], suffix: ['.xls', '.doc', '.ppt', '.msi'] },
  facts: FACTS,
  async *inspect({ bytes }: Opened): AsyncGenerator<Emission> {
    const entries = await compoundEntries(bytes)
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
    const found = new Set<string>()
    for (const { name } of entries) {
      const what = PARTS.find(([pattern]) => pattern.test(name))?.[1]
      if (what !== undefined) found.add(what)
    }
    for (const what of found) yield fact('office.part', { what })
    if (found.has('encrypted'))
      yield { type: 'damage', kind: 'encrypted', message: 'the document is encrypted' }
  },
}

const BYTES = 1024 * 1024
/** Links that are followed when somebody clicks, not when the document is opened. */
const ON_CLICK = new Set(['hyperlink'])

/** Relationships of Office Open XML (`*.rels`): parts that come from elsewhere, and sheets of macros. */
export const officeRels: Inspector = {
  id: 'office-rels',
  detect: {
    probe: (head) => (Buffer.from(head.subarray(0, 1024)).includes('<Relationships') ? 'strong' : 'no'),
    suffix: ['.rels'],
  },
  facts: FACTS,
  async *inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
    const length = Math.min(bytes.size, BYTES)
    meter.hold(length)
    try {
      for (const token of xmlTokens(xmlText(await bytes.read(0, length)))) {
        if (token.type === 'open' && /(?:^|:)Relationship$/.test(token.name))
          yield* relationship(token.attributes)
      }
      yield { type: 'span', offset: 0, length, as: 'inspected' }
    } finally {
      meter.release(length)
    }
  },
}

function* relationship(attributes: ReadonlyMap<string, string>): Generator<Emission> {
  const attribute = (name: string) => attributes.get(name) ?? ''
  const type = attribute('Type').split('/').at(-1) ?? ''
  if (/xlMacrosheet|xlIntlMacrosheet/i.test(type)) yield fact('office.part', { what: 'excel4' })
  if (attribute('TargetMode') !== 'External' || ON_CLICK.has(type)) return
  const target = attribute('Target')
  yield fact('office.relationship', {
    type: type.slice(0, 60),
    form: pathForm(target),
    target: target.slice(0, 300),
  })
}
