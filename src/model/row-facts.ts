import type { FactCatalogue } from './fact.ts'
import { ROW_TEXT_FACTS } from './row-text-facts.ts'

/** What every table states of its rows, whatever its format. */
export const ROW_FACTS: FactCatalogue = {
  ...ROW_TEXT_FACTS,
  'data.rows': {
    about:
      'How many rows a table has and how many of them were read as text (`--rows`). `columns`: columns whose values were read. ' +
      '`sampled`: not all rows were.',
    fields: { read: 'number', total: 'number', columns: 'number', sampled: 'boolean' },
  },
}
