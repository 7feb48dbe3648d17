import type { FactCatalogue } from './fact.ts'

/** What compressed streams of every kind state. */
export const COMPRESS_FACTS: FactCatalogue = {
  'compress.stream': {
    about: 'A compressed stream and how many members (streams, frames) it joins.',
    fields: { codec: 'string', members: 'number' },
  },
  'compress.joined': {
    about: 'Several members in a row, of a format of which some readers only take the first.',
    fields: { codec: 'string' },
  },
}
