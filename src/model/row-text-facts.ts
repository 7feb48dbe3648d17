import type { FactCatalogue } from './fact.ts'
import { SENSITIVE_FACTS } from './sensitive-facts.ts'
import { TEXT_FACTS } from './text-facts.ts'

/** What the text of rows says, and what all rows of a table show together. */
export const ROW_TEXT_FACTS: FactCatalogue = {
  ...SENSITIVE_FACTS,
  ...TEXT_FACTS,
  'rows.address': {
    about:
      'An address in a row. `class`: number (a public one instead of a name), lookalike (letters of other scripts), name-before-host ' +
      '(what looks like the host is a user name), asking-image (an image whose address is to be completed by whoever renders it).',
    fields: { class: 'string', column: 'string' },
  },
  'rows.links': {
    about:
      'A column of nothing but addresses. `hashed`: another column has digests by which their content can be checked. ' +
      '`plainPercent`: without encryption.',
    fields: { column: 'string', hashed: 'boolean', hosts: 'number', plainPercent: 'number' },
  },
  'rows.duplicates': {
    about:
      'Texts that occur again. `form`: exact (but for case and punctuation) or near. `percent` of the longer texts.',
    fields: { column: 'string', form: 'string', percent: 'number' },
  },
  'rows.conflict': {
    about: 'Texts that occur again with another label.',
    fields: { column: 'string', form: 'string', percent: 'number' },
  },
  'rows.trigger': {
    about:
      'Rare words or pairs of words which hardly occur but with one label; statistics, with one false discovery in a thousand. ' +
      '`odd`: they are no words of a language.',
    fields: { column: 'string', label: 'string', odd: 'boolean' },
  },
  'rows.sketch': {
    about:
      'Hashes of the texts of a table below `limit`, in base 36, by which tables with common rows are found.',
    fields: { column: 'string', rows: 'number', limit: 'number', sketch: 'strings' },
  },
}
