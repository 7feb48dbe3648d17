import type { Detect, Inspector } from './inspector.ts'

/** Bytes detection looks at: enough for a tar header, a text pickle's first calls, an EOCD with a full comment. */
export const HEAD = 64 * 1024
export const TAIL = 66 * 1024

/**
 * `trial`: right as far as the head goes, but prose can be that too. Its inspector runs beside what was chosen, and counts
 * only if it states something.
 */
export type Strength = 'strong' | 'weak' | 'trial'

export interface Match {
  readonly inspector: Inspector
  readonly strength: Strength
}

/**
 * All inspectors whose format the content has. Content decides; names only choose between weak matches: a weak match
 * counts where nothing matched strongly, preferring those that the name agrees with, and where loaders go by the name.
 */
export function detect(
  inspectors: readonly Inspector[],
  name: string,
  head: Uint8Array,
  tail: Uint8Array,
  size: number,
  path = name,
): Match[] {
  const matches: Match[] = []
  for (const inspector of inspectors) {
    const strength = strengthOf(inspector.detect, head, tail, size)
    if (strength !== 'no') matches.push({ inspector, strength })
  }
  const claim = inspectors.find((inspector) => inspector.detect.bare?.test(name.toLowerCase()))
  const content = choose(matches, name, path.toLowerCase())
  // What is bulk data by its name: the weak match where no content matched anything; else on trial if it can be both.
  const chosen = content ?? (claim ? [{ inspector: claim, strength: 'weak' }] : [])
  const both = content && claim?.detect.bareToo?.(head, size) ? [claim] : []
  const trials = [...matches.filter((m) => m.strength === 'trial').map((m) => m.inspector), ...both]
  return [
    ...chosen,
    ...trials
      .filter((trial) => !chosen.some((c) => c.inspector === trial))
      .map((inspector): Match => ({ inspector, strength: 'trial' })),
  ]
}

function choose(matches: readonly Match[], name: string, path: string): readonly Match[] | undefined {
  const isNamed = ({ inspector: { detect: spec } }: Match) =>
    namePromises(spec, name) !== undefined || spec.path?.test(path)
  const strong = matches.filter((m) => m.strength === 'strong')
  const isCode = (m: Match) => m.inspector.detect.byName && isNamed(m)
  if (strong.length > 0) return matches.filter((m) => m.strength === 'strong' || isCode(m))
  const named = matches.filter(isNamed)
  if (named.length > 0) return named.map(({ inspector }) => ({ inspector, strength: 'weak' }))
  const first = matches.find((m) => m.strength === 'weak' && isChosenUnnamed(m.inspector.detect))
  return first && [first]
}

function isChosenUnnamed({ byName, onlyNamed }: Detect): boolean {
  return !byName && !onlyNamed
}

function strengthOf(spec: Detect, head: Uint8Array, tail: Uint8Array, size: number): Strength | 'no' {
  if (spec.magic?.some((m) => hasMagic(m, head, tail))) return 'strong'
  return spec.probe?.(head, tail, size) ?? 'no'
}

function hasMagic(magic: { offset: number; hex: string }, head: Uint8Array, tail: Uint8Array): boolean {
  const window = magic.offset < 0 ? tail : head
  const start = magic.offset < 0 ? tail.length + magic.offset : magic.offset
  const pattern = compiled(magic.hex)
  if (start < 0 || start + pattern.length > window.length) return false
  return pattern.every((byte, i) => byte === undefined || window[start + i] === byte)
}

const PATTERNS = new Map<string, (number | undefined)[]>()

function compiled(hex: string): (number | undefined)[] {
  let pattern = PATTERNS.get(hex)
  if (!pattern) {
    pattern = (hex.replaceAll(' ', '').match(/../g) ?? []).map((pair) =>
      pair === '??' ? undefined : Number.parseInt(pair, 16),
    )
    PATTERNS.set(hex, pattern)
  }
  return pattern
}

/** Does the name alone say that this format is inside? Returns the suffix or name that says so. */
export function namePromises(spec: Detect, name: string): string | undefined {
  const lower = name.toLowerCase()
  return spec.name?.find((n) => n === lower) ?? spec.suffix?.find((s) => lower.endsWith(s))
}
