import type { FactCatalogue } from './fact.ts'

/** What detection itself says of an artifact, whatever its format. */
export const CONTENT_FACTS: FactCatalogue = {
  'content.name-mismatch': {
    about: 'The name promises one format, the content is another. One fact for each pair.',
    fields: { suffix: 'string', claimed: 'string', actual: 'string' },
  },
  'content.unknown-binary': {
    about: 'No inspector claims the content, and no loader is known to open a file of this name.',
    fields: { size: 'number' },
  },
  'content.polyglot': {
    about: 'The same bytes are valid in several formats; each was inspected.',
    fields: { formats: 'strings' },
  },
  'content.disguised': {
    about: 'Bytes that the container declares as bulk data are a format of their own.',
    fields: { format: 'string' },
  },
  'content.embedded': {
    about: 'A format found by searching inside bytes that nothing claimed.',
    fields: { format: 'string' },
  },
  'entry.unaccounted': {
    about:
      'A range that no inspector of the artifact accounted for; it was inspected as a region of its own.',
    fields: { where: 'string' },
  },
}
