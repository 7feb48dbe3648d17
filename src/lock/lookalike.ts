import { likenessOf } from '../codec/lookalike.ts'
import type { FactDraft } from '../model/fact.ts'
import type { Asked } from '../model/lock.ts'
import { parseReference, type Reference } from '../model/reference.ts'

/**
 * Entries whose name is one edit or a look-alike letter from another of the manifest, or whose owner is from one of the
 * well-known publishers. A name that is itself known is what it says.
 */
export function lookalikes(
  asked: readonly Asked[],
  publishers: readonly string[],
): { readonly asked: Asked; readonly fact: FactDraft }[] {
  const known = new Set(publishers.map((p) => p.toLowerCase()))
  const named = asked.flatMap((a) => {
    const name = nameOf(parseReference(a.ref))
    return name === undefined ? [] : [{ asked: a, name }]
  })
  const out: { asked: Asked; fact: FactDraft }[] = []
  for (const [i, { asked: entry, name }] of named.entries()) {
    const [owner = ''] = name.split('/')
    const like =
      name.includes('/') && !known.has(owner.toLowerCase())
        ? publishers.find((p) => likenessOf(owner, p) !== undefined)
        : undefined
    if (like !== undefined) out.push({ asked: entry, fact: draft(entry, owner, like, 'publisher') })
    const twin = named
      .slice(0, i)
      .find((other) => other.name !== name && likenessOf(name, other.name) !== undefined)
    if (twin) out.push({ asked: entry, fact: draft(entry, name, twin.name, 'manifest') })
  }
  return out
}

function draft({ ref }: Asked, name: string, like: string, known: string): FactDraft {
  const how = likenessOf(name, like) ?? 'one edit'
  return { kind: 'identity.lookalike', data: { entry: ref, name, like, how, known } }
}

function nameOf(r: Reference): string | undefined {
  if (r.scheme === 'hf' || r.scheme === 'npm' || r.scheme === 'pypi') return r.name.replace(/^@/, '')
  if (r.scheme === 'ollama') return `${r.namespace}/${r.name}`
  return r.scheme === 'oci' ? r.repository : undefined
}
