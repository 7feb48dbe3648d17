import { canonicalJson, type Json } from '../model/fact.ts'
import type { Asked, Lock, LockEntry } from '../model/lock.ts'
import type { Manifest } from './manifest.ts'

export interface Drift {
  readonly ref: string
  readonly how: 'unlocked' | 'left-over' | 'changed'
}

/** Where manifest and lock disagree about what is asked for. */
export function drift(manifest: Manifest, lock: Lock): Drift[] {
  const locked = new Map(lock.entries.map((entry) => [keyOf(entry.asked), entry]))
  const out: Drift[] = []
  for (const { asked } of manifest.entries) {
    const entry = locked.get(keyOf(asked))
    locked.delete(keyOf(asked))
    if (!entry) out.push({ ref: asked.ref, how: 'unlocked' })
    else if (!sameAsked(entry.asked, asked)) out.push({ ref: asked.ref, how: 'changed' })
  }
  for (const { asked } of locked.values()) out.push({ ref: asked.ref, how: 'left-over' })
  return out
}

/** An entry is known by where it lies: two places are two entries, even of one reference. */
export function keyOf({ kind, path }: Asked): string {
  return `${kind} ${path}`
}

/** Would resolving it again choose among the same files of the same thing? */
export function sameSelection(a: Asked, b: Asked): boolean {
  const pick = ({ ref, include, exclude }: Asked) => JSON.stringify([ref, include, exclude])
  return pick(a) === pick(b)
}

function sameAsked(a: Asked, b: Asked): boolean {
  // A border: an Asked holds nothing that JSON does not.
  return canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json)
}

/** Is this entry meant by what a person typed: the reference as written, or without its revision? */
export function isMeant(
  { asked, resolved }: Pick<LockEntry, 'asked'> & { readonly resolved?: { readonly id: string } },
  text: string,
): boolean {
  return (
    asked.ref === text ||
    asked.path === text ||
    asked.ref.replace(/@[^/@]*$/, '') === text ||
    resolved?.id === text
  )
}
