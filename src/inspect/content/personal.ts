import { PersonalTally } from '../../codec/personal/tally.ts'
import { SENSITIVE_FACTS } from '../../model/sensitive-facts.ts'
import type { Tap } from '../tap.ts'
import { whereOf } from './where.ts'

/** Personal data in any content, counted and never repeated. */
export const personal: Tap = {
  id: 'personal',
  facts: SENSITIVE_FACTS,
  open: ({ artifact, hasRows }) => {
    const tally = new PersonalTally()
    return {
      write({ text, from, upto, place }) {
        if (hasRows) return
        const isOwn = (start: number) => start >= from && start < upto
        tally.read(text, isOwn, (start) => place(start, 1))
      },
      end: () => tally.facts(whereOf(artifact), ''),
    }
  },
}
