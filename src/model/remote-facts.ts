import type { FactCatalogue } from './fact.ts'

/** What reading files where they are states about their servers. */
export const REMOTE_FACTS: FactCatalogue = {
  'remote.answer': {
    about:
      'A server did not answer a range as asked: `no-range` (200 with the whole file), `other-range`, `other-size` than listed, ' +
      '`short`, `more`, `changed` (another ETag), `encoded`, or `other-bytes` than the listed SHA-256.',
    fields: { how: 'string', origin: 'string' },
  },
}
