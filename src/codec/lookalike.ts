/** Names shorter than this are one edit from half of all names. */
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

export type Likeness = 'look-alike letters' | 'one edit'

/** How a name passes for another one; undefined where they are equal but for case, or no more than related. */
export function likenessOf(name: string, known: string): Likeness | undefined {
  const [x, y] = [name.toLowerCase(), known.toLowerCase()]
  if (x === y || Math.min(x.length, y.length) < SHORTEST) return undefined
  // A number at the end is a size or a version: llama-2-7b and llama-3-7b are both what they say.
  if (x.replace(/\d+/g, '#') === y.replace(/\d+/g, '#')) return undefined
  if (skeleton(x) === skeleton(y)) return 'look-alike letters'
  return isOneEdit(x, y) ? 'one edit' : undefined
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
