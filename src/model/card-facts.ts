import type { FactCatalogue } from './fact.ts'

/** What cards and licence files say; `relate/licences.ts` holds them against each other. */
export const LICENCE_FACTS: FactCatalogue = {
  'licence.declared': {
    about:
      'A licence that a card names. `form`: spdx, hub (an identifier of the Hugging Face Hub), other (terms of its own, by `name` and ' +
      '`link`), unknown (no known identifier, or a family without a version).',
    fields: { id: 'string', form: 'string', name: 'string', link: 'string' },
  },
  'licence.file': {
    about:
      'The text of a known licence. `modified`: terms were added to it or much of it is missing. `id` is empty where nobody ' +
      'knows the text.',
    fields: { id: 'string', modified: 'boolean' },
  },
}

/** What a Croissant description says of files; `relate/croissant.ts` holds it against those that are there. */
export const CROISSANT_FACTS: FactCatalogue = {
  'croissant.dataset': {
    about: 'A Croissant description. `live`: the dataset changes, and no digest holds.',
    fields: { version: 'string', live: 'boolean' },
  },
  'croissant.file': {
    about:
      'A file of the dataset. `hash`: sha256, md5, none, or contained (in another file, which has the digest).',
    fields: { target: 'string', form: 'string', scheme: 'string', hash: 'string', sha256: 'string' },
  },
}
