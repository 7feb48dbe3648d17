import { requirementTraits } from '../../codec/requirement.ts'
import { textEncoding } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'dockerfile.instruction': {
    about:
      'Something a build takes from elsewhere: `download-and-run`, `remote-add`, `decode-and-run`, `other-index`, ' +
      '`unverified` (checks of certificates or signatures switched off), `moving-base` (an image without digest).',
    fields: { what: 'string' },
  },
}

/** Recipes for the container that serves a model. */
export const dockerfile: Inspector = {
  id: 'dockerfile',
  detect: {
    probe: (head, _tail, size) => (textEncoding(head, size > head.length) === 'utf-8' ? 'weak' : 'no'),
    name: ['dockerfile', 'containerfile'],
    suffix: ['/dockerfile', '.dockerfile', '/containerfile'],
  },
  facts: FACTS,
  inspect,
}

const BYTES = 1024 * 1024

const SIGNS: readonly (readonly [string, RegExp])[] = [
  [
    'download-and-run',
    /\b(?:curl|wget)\b[^|\n]{0,2000}\|\s*(?:sudo\s+)?(?:\S*\/)?(?:(?:ba|z|da)?sh|python3?|perl)\b|\b(?:ba)?sh\s+<\(\s*(?:curl|wget)\b/,
  ],
  ['decode-and-run', /\bbase64\s+(?:-d|-D|--decode)\b[^\n]{0,500}\|\s*(?:ba|z|da)?sh\b/],
  [
    'unverified',
    /\bcurl\b[^\n|;&]{0,500}\s(?:-k|--insecure)\b|--no-check-certificate\b|--allow-unauthenticated\b|--trusted-host\b/,
  ],
]

async function* inspect({ bytes }: Opened, { meter }: InspectContext): AsyncGenerator<Emission> {
  meter.tick()
  const text = Buffer.from(await bytes.read(0, BYTES)).toString()
  yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  if (bytes.size > BYTES) yield { type: 'damage', kind: 'limit', message: `a recipe of ${bytes.size} bytes` }
  const stages = new Set<string>()
  let line = 1
  for (const instruction of text.split(/(?<!\\)\r?\n/)) {
    yield* describe(instruction.replace(/\\\r?\n/g, ' ').trim(), stages, line)
    line += instruction.split('\n').length
  }
}

function* describe(text: string, stages: Set<string>, line: number): Generator<Emission> {
  const at = { line, column: 1 }
  const state = (what: string) => fact('dockerfile.instruction', { what }, at, text.slice(0, 200))
  const base = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(text)
  if (base) {
    const [, image = '', stage = ''] = base
    if (!image.includes('@sha256:') && image !== 'scratch' && !stages.has(image.toLowerCase()))
      yield state('moving-base')
    stages.add(stage.toLowerCase())
  }
  if (/^ADD\s+(?:--(?!checksum)\S+\s+)*https?:/i.test(text)) yield state('remote-add')
  if (!/^(?:RUN|CMD|ENTRYPOINT|ONBUILD|HEALTHCHECK)\b/i.test(text)) return
  for (const [what, sign] of SIGNS) if (sign.test(text)) yield state(what)
  for (const [option] of text.matchAll(/(?:--extra-index-url|--index-url)[=\s]+\S+/g)) {
    if ([...requirementTraits(option)].length > 0) yield state('other-index')
  }
}
