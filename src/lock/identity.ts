import type { FactDraft } from '../model/fact.ts'
import type { Identity, LockEntry } from '../model/lock.ts'

/** What the source says now. */
export interface Now {
  readonly identity: Identity
  readonly pin: 'there' | 'gone' | 'changed'
  readonly author?: 'there' | 'gone' | undefined
  readonly revision: 'fixed' | 'moving'
}

/** Every way in which a locked name no longer means what it meant. Pure. */
export function identityFacts({ asked, resolved: was }: LockEntry, now: Now): FactDraft[] {
  const out: FactDraft[] = []
  const state = (kind: string, data: FactDraft['data']) =>
    out.push({ kind: `identity.${kind}`, data: { entry: asked.ref, ...data } })
  const { identity: is } = now
  if (was.endpoint !== is.endpoint) state('endpoint', { was: was.endpoint, is: is.endpoint })
  if (
    was.repositoryId !== undefined &&
    is.repositoryId !== undefined &&
    was.repositoryId !== is.repositoryId
  ) {
    state('recreated', { by: 'number', was: was.repositoryId, is: is.repositoryId })
  } else if (
    was.createdAt !== undefined &&
    is.createdAt !== undefined &&
    Date.parse(is.createdAt) > Date.parse(was.createdAt)
  ) {
    state('recreated', { by: 'creation time', was: was.createdAt, is: is.createdAt })
  }
  if (was.id !== is.id) state('moved', { was: was.id, is: is.id })
  if (now.pin === 'gone') state('pin-gone', { pin: was.pin })
  if (now.pin === 'changed') state('pin-changed', { pin: was.pin })
  if (was.pin !== is.pin) state('revision-moved', { kind: now.revision, was: was.pin, is: is.pin })
  if (now.author === 'gone') state('author', { was: was.author ?? '', is: '' })
  else if (was.author !== undefined && is.author !== undefined && was.author !== is.author) {
    state('author', { was: was.author, is: is.author })
  }
  for (const what of ['gated', 'disabled', 'private'] as const) {
    const [before, after] = [String(was[what] ?? false), String(is[what] ?? false)]
    if (before !== after) state('access', { what, was: before, is: after })
  }
  return out
}
