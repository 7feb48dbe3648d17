import { INSPECTORS } from '../inspect/registry.ts'
import { TAPS } from '../inspect/taps.ts'
import { CONTENT_FACTS } from '../model/content-facts.ts'
import { EDGE_FACTS } from '../model/edge-facts.ts'
import { ENTRY_FACTS } from '../model/entry-facts.ts'
import type { FactCatalogue } from '../model/fact.ts'
import { IDENTITY_FACTS, LOCK_FACTS } from '../model/lock-facts.ts'
import { PARSE_FACTS } from '../model/parse-facts.ts'
import { POLICY_FACTS } from '../model/policy-facts.ts'
import { REMOTE_FACTS } from '../model/remote-facts.ts'
import { SIGNATURE_FACTS } from '../model/signature-facts.ts'
import { RELATORS } from '../relate/registry.ts'

/** Every kind of fact that can ever be stated, with its fields: what a rule may ask about. */
export function catalogue(): FactCatalogue {
  const read = [CONTENT_FACTS, EDGE_FACTS, ENTRY_FACTS, PARSE_FACTS, REMOTE_FACTS]
  const own = [...read, IDENTITY_FACTS, LOCK_FACTS, POLICY_FACTS, SIGNATURE_FACTS]
  return Object.assign(
    {},
    ...own,
    ...INSPECTORS.map((i) => i.facts),
    ...TAPS.map((t) => t.facts),
    ...RELATORS.map((r) => r.facts),
  )
}
