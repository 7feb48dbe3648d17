import { identityFacts } from '../lock/identity.ts'
import type { FactDraft } from '../model/fact.ts'
import type { LockEntry } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { inParallel } from '../source/fetch.ts'
import { identify, standing } from '../source/resolve.ts'
import type { SourceSettings } from '../source/source.ts'
import { SourceError, type SourceReason } from '../source/trouble.ts'
import type { Placed, Stated } from './entries.ts'

/** What it means that a source will not answer for a name any more; anything else is trouble of today. */
const NEWS = new Set<SourceReason>(['repository-gone', 'revision-gone', 'disabled', 'denied', 'gated'])

/** Asks every source who the locked names belong to now, and states what changed. */
export async function stateIdentity(
  places: readonly Placed[],
  stated: Stated,
  settings: SourceSettings,
): Promise<void> {
  const facts = await inParallel(places, settings.width, ({ entry }) => identityNow(entry, settings))
  for (const [i, { display }] of places.entries()) {
    for (const fact of facts[i] ?? []) stated.state(stated.thing(display), fact)
  }
}

async function identityNow(entry: LockEntry, settings: SourceSettings): Promise<FactDraft[]> {
  const reference = parseReference(entry.asked.ref)
  try {
    const identity = await identify(reference, settings)
    return identityFacts(entry, { identity, ...(await standing(reference, entry, settings)) })
  } catch (error) {
    if (!(error instanceof SourceError) || !NEWS.has(error.reason)) throw error
    if (error.reason === 'revision-gone')
      return [{ kind: 'identity.pin-gone', data: { entry: entry.asked.ref, pin: entry.resolved.pin } }]
    return [{ kind: 'identity.gone', data: { entry: entry.asked.ref, reason: error.reason } }]
  }
}
