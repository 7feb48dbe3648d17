import { findSecrets } from '../../codec/secrets/find.ts'
import { fingerprint } from '../../codec/secrets/redact.ts'
import { secretFact } from '../../codec/secrets/state.ts'
import type { FactDraft } from '../../model/fact.ts'
import { SENSITIVE_FACTS } from '../../model/sensitive-facts.ts'
import type { Tap } from '../tap.ts'
import { whereOf } from './where.ts'

/** Secrets in any content: programs, settings, notebooks, documents, metadata of models, members of archives. */
export const secret: Tap = {
  id: 'secret',
  facts: SENSITIVE_FACTS,
  open: ({ artifact, hide, isStated, hasRows }) => {
    const where = hasRows ? 'rows' : whereOf(artifact)
    const drafts: FactDraft[] = []
    return {
      write({ text, from, upto, place }) {
        for (const found of findSecrets(text)) {
          if (found.start < from || found.start >= upto) continue
          hide(found)
          const print = fingerprint(found)
          if (print === '' ? hasRows : isStated(print)) continue
          drafts.push(secretFact(found, where, '', place(found.start, found.end - found.start)))
        }
      },
      end: () => drafts,
    }
  },
}
