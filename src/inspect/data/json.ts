import { type JsonCheck, validateJson } from '../../codec/json.ts'
import { withoutComments } from '../../codec/jsonc.ts'
import { textEncoding, textLength } from '../../codec/text.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'json.document': {
    about: 'A JSON document.',
    fields: { depth: 'number' },
  },
  'json.duplicate': {
    about: 'A key repeated in one object: readers differ in which value they take.',
    fields: { key: 'string' },
  },
  'json.malformed': {
    about:
      'Begins like JSON but is none (comments, several documents, a broken end), or is too long to check.',
    fields: { trouble: 'string' },
  },
}

/** JSON as inert data: it is text throughout, and its keys are unambiguous. */
export const json: Inspector = {
  id: 'json',
  detect: { probe, suffix: ['.json', '.ipynb', '.geojson'] },
  facts: FACTS,
  inspect,
}

function probe(head: Uint8Array, _tail: Uint8Array, size: number): 'weak' | 'no' {
  const encoding = textEncoding(head, size > head.length)
  if (encoding !== 'utf-8') return 'no'
  return /^\ufeff?\s*[{["]/.test(Buffer.from(head.subarray(0, 256)).toString()) ? 'weak' : 'no'
}

const BOM = [0xef, 0xbb, 0xbf]

async function* inspect({ bytes }: Opened, { meter, signal }: InspectContext): AsyncGenerator<Emission> {
  const length = await textLength(bytes, 'utf-8', signal)
  yield { type: 'span', offset: 0, length, as: 'inspected' }
  if (length > meter.limits.jsonBytes) {
    // Text all the same, and nobody follows what is in it.
    yield fact('json.malformed', { trouble: 'limit' })
    return
  }
  meter.hold(length)
  try {
    const whole = await bytes.read(0, length)
    const document = BOM.every((byte, i) => whole[i] === byte) ? whole.subarray(3) : whole
    const { deepest, duplicates, trouble, offset } = check(document, meter.limits.jsonDepth)
    if (trouble === undefined) yield fact('json.document', { depth: deepest })
    else yield fact('json.malformed', { trouble }, { offset: offset ?? 0 })
    for (const duplicate of duplicates) {
      yield fact('json.duplicate', { key: duplicate.key.slice(0, 200) }, { offset: duplicate.offset })
    }
  } finally {
    meter.release(length)
  }
}

/** Editors and agents read JSON with comments, so it is as good as any. */
function check(document: Uint8Array, depth: number): JsonCheck {
  const strict = validateJson(document, depth)
  if (strict.trouble !== 'corrupt') return strict
  const lenient = validateJson(withoutComments(document).plain, depth)
  return lenient.trouble === undefined ? lenient : strict
}
