import type { At, FactDraft } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import type { Polarity, TextRole } from '../../model/text-facts.ts'
import { FAMILY, type SignalName } from './signal.ts'

/** One signal, where it stands and how it is meant. */
export interface Hit {
  readonly signal: SignalName
  readonly data: {
    readonly role: TextRole
    readonly owner: string
    readonly field: string
    readonly hidden: string
    readonly polarity: Polarity
  }
  /** Offset in the texts that are read together, laid end to end. */
  readonly position: number
  readonly at: At
  readonly text: string
}

/** Signals further apart than this belong to different passages: about a paragraph. */
const GAP = 600

/** What an attack needs one of; the other families only add to it. */
const CORE = new Set([
  'control',
  'persona',
  'secrecy',
  'secret',
  'exfiltration',
  'remote',
  'evasion',
  'tampering',
  'destruction',
])
const SUPPORTING = new Set(['consent', 'persistence'])
/** Text of a tool: there is no reason for it to give orders about other work. */
const OF_TOOLS: ReadonlySet<TextRole> = new Set(['tool-description', 'schema', 'resource'])

/** The signals themselves, and every passage in which they stand together. */
export function* passages(hits: readonly Hit[]): Generator<FactDraft> {
  for (const { signal, data, at, text } of hits)
    yield { kind: 'text.signal', data: { signal, ...data }, at, text }
  const sorted = hits.toSorted((a, b) => a.position - b.position)
  let passage: Hit[] = []
  for (const hit of sorted) {
    const last = passage.at(-1)
    if (last && hit.position - last.position > GAP) {
      yield* injection(passage)
      passage = []
    }
    passage.push(hit)
  }
  yield* injection(passage)
}

function* injection(passage: readonly Hit[]): Generator<FactDraft> {
  const asserted = passage.filter((h) => h.data.polarity === 'asserted')
  const counted = asserted.length > 0 ? asserted : passage
  const first = counted.find((h) => CORE.has(FAMILY[h.signal])) ?? counted[0]
  if (!first) return
  const signals = [...new Set(counted.map((h) => h.signal))].toSorted(byCodePoint)
  const hidden = counted.find((h) => h.data.hidden !== '')?.data.hidden ?? ''
  const strength = asserted.length === 0 ? 0 : strengthOf(asserted, hidden !== '')
  const data = { ...first.data, hidden, signals, strength }
  yield { kind: 'text.injection', data, at: first.at, text: first.text }
}

/** How many independent signs there are. Order of work alone, however firmly demanded, is none. */
function strengthOf(asserted: readonly Hit[], isHidden: boolean): number {
  const families = new Set(asserted.map((h) => FAMILY[h.signal]))
  // A tool's description has no business with the user's consent, so there it is a sign by itself.
  const ofTool = asserted.some((h) => OF_TOOLS.has(h.data.role))
  const isCore = (family: string) => CORE.has(family) || (ofTool && family === 'consent')
  const core = [...families].filter(isCore).length
  const supporting = [...families].filter((f) => SUPPORTING.has(f) && !isCore(f)).length
  // Whoever hides an order to a model needs no second sign.
  if (core === 0) return isHidden && families.size > 0 ? 1 + supporting + Number(families.has('order')) : 0
  const orders = families.has('order') && ofTool
  return core + supporting + Number(isHidden) + Number(orders)
}
