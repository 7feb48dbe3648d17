import { readFastText } from '../../codec/fasttext.ts'
import type { FactCatalogue } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { fact, type Inspector } from '../inspector.ts'

const FACTS: FactCatalogue = {
  'fasttext.model': {
    about: 'A model of fastText.',
    fields: { version: 'number', words: 'number', labels: 'number', quantised: 'boolean' },
  },
  'fasttext.violation': {
    about:
      'Numbers that cannot be, which the library trusts: `version`, `counts`, `word`, `pruned`, `shape`, `beyond` (a matrix ends ' +
      'beyond the file).',
    fields: { rule: 'string' },
  },
}

/** `.bin` and `.ftz` of fastText: no code, and a reader that allocates what the file says. */
export const fasttext: Inspector = {
  id: 'fasttext',
  detect: { magic: [{ offset: 0, hex: 'ba164f2f??000000' }], suffix: ['.ftz', '.bin'] },
  facts: FACTS,
  async *inspect({ bytes }, { meter, signal }) {
    const { version, words, labels, quantised, broken, bulk, end } = await readFastText(
      bytes,
      () => meter.tick(),
      signal,
    )
    yield fact('fasttext.model', { version, words, labels, quantised })
    let reached = 0
    for (const range of bulk) {
      yield { type: 'span', offset: reached, length: range.offset - reached, as: 'inspected' }
      yield { type: 'span', ...range, as: 'opaque' }
      reached = range.offset + range.length
    }
    yield { type: 'span', offset: reached, length: end - reached, as: 'inspected' }
    for (const rule of broken) {
      yield fact('fasttext.violation', { rule }, { offset: end })
      throw new FormatError('corrupt', `numbers that cannot be (${rule})`, end)
    }
  },
}
