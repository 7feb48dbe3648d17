import type { FactDraft } from '../model/fact.ts'
import type { LockEntry } from '../model/lock.ts'

/** What the lock records of an entry, for policies to ask about. */
export function entryFact({ asked, resolved }: LockEntry): FactDraft {
  return {
    kind: 'lock.entry',
    data: {
      entry: asked.ref,
      kind: asked.kind,
      endpoint: resolved.endpoint,
      publisher: resolved.author ?? ownerOf(resolved.id),
      licence: resolved.licence ?? '',
      created: resolved.createdAt ?? '',
      pinned: isPinned(asked.ref, resolved.pin),
    },
  }
}

/** `acme` of `acme/bert`: hubs and registries name the owner first. */
function ownerOf(id: string): string {
  const cut = id.indexOf('/')
  return cut > 0 ? id.slice(0, cut).replace(/^@/, '') : ''
}

/** The reference itself names the commit, digest or version it leads to, so that it cannot lead elsewhere. */
function isPinned(ref: string, pin: string): boolean {
  return ref.startsWith('file:') || /#sha256=[0-9a-f]{64}$/i.test(ref) || (pin !== '' && ref.endsWith(pin))
}
