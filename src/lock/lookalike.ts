import type { FactDraft } from '../model/fact.ts'
import type { Asked } from '../model/lock.ts'
import { parseReference, type Reference } from '../model/reference.ts'

/** Names shorter than this are one edit from half the hub. */
const SHORTEST = 5

// Unicode's confusables table cut down to what the hubs' names can hold, and the letters that pass for them.
const SKELETON: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  '5': 's',
  '8': 'b',
  $: 's',
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'l',
  ѕ: 's',
  ӏ: 'l',
  ο: 'o',
  ν: 'v',
  α: 'a',
  ρ: 'p',
}

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
        ? publishers.find((p) => alike(owner, p))
        : undefined
    if (like !== undefined) out.push({ asked: entry, fact: draft(entry, owner, like, 'publisher') })
    const twin = named.slice(0, i).find((other) => other.name !== name && alike(name, other.name))
    if (twin) out.push({ asked: entry, fact: draft(entry, name, twin.name, 'manifest') })
  }
  return out
}

function draft({ ref }: Asked, name: string, like: string, known: string): FactDraft {
  const how = skeleton(name) === skeleton(like) ? 'look-alike letters' : 'one edit'
  return { kind: 'identity.lookalike', data: { entry: ref, name, like, how, known } }
}

function nameOf(r: Reference): string | undefined {
  if (r.scheme === 'hf' || r.scheme === 'npm' || r.scheme === 'pypi') return r.name.replace(/^@/, '')
  if (r.scheme === 'ollama') return `${r.namespace}/${r.name}`
  return r.scheme === 'oci' ? r.repository : undefined
}

function alike(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  if (x === y || Math.min(x.length, y.length) < SHORTEST) return false
  // A number at the end is a size or a version: llama-2-7b and llama-3-7b are both what they say.
  if (x.replace(/\d+/g, '#') === y.replace(/\d+/g, '#')) return false
  return skeleton(x) === skeleton(y) || isOneEdit(x, y)
}

function skeleton(name: string): string {
  const letters = [...name.toLowerCase().normalize('NFKC')].map((c) => SKELETON[c] ?? c)
  return letters.join('').replaceAll('rn', 'm').replaceAll('vv', 'w').replace(/[-_.]/g, '')
}

/** One letter more, less, other, or two neighbours swapped. */
function isOneEdit(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1) return false
  let i = 0
  while (i < short.length && short[i] === long[i]) i++
  if (short.slice(i) === long.slice(i + 1)) return true
  if (short.length !== long.length) return false
  if (short.slice(i + 1) === long.slice(i + 1)) return true
  return short[i] === long[i + 1] && short[i + 1] === long[i] && short.slice(i + 2) === long.slice(i + 2)
}
