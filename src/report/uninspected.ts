import type { Fact } from '../model/fact.ts'
import type { Coverage } from '../model/report.ts'
import type { TroubleKind } from '../model/trouble.ts'

/** What each kind of trouble means, and what a person can do about it. */
const TROUBLE: Record<TroubleKind, { readonly says: string; readonly fix: string }> = {
  truncated: {
    says: 'it ends before its content does',
    fix: 'Compare its size and digest with the source and copy it again; half a file can still run its first half.',
  },
  corrupt: {
    says: 'its structure contradicts itself, and readers may take it differently',
    fix: 'Get it again from its source, or have it written anew by the library that made it.',
  },
  limit: {
    says: 'a limit was reached',
    fix: 'If the file is honest, raise the limit named above with --limit NAME=VALUE and scan again.',
  },
  unsupported: {
    says: 'this part of its format is not understood yet',
    fix: 'Convert it to a format that holds data only (safetensors), or waive it after a review of your own.',
  },
  encrypted: {
    says: 'it is encrypted',
    fix: 'Decrypt it and scan what comes out; nobody can vouch for what cannot be read.',
  },
  unreadable: {
    says: 'it could not be read',
    fix: 'Give the scan permission to read it, or leave it out with --exclude if nothing loads it.',
  },
  internal: {
    says: 'weighmaster itself failed on it',
    fix: 'This is our fault: please report it with the file, or its first bytes, if you may share them.',
  },
}

export interface WhyUninspected {
  readonly reasons: readonly { readonly text: string; readonly fact?: Fact }[]
  readonly fixes: readonly string[]
}

/** The reasons of one artifact: the `parse.*` facts that say more first, then the kinds that have no fact. */
export function whyUninspected(coverage: Coverage, facts: readonly Fact[]): WhyUninspected {
  const kinds = coverage.why ?? []
  const reasons: { text: string; fact?: Fact }[] = []
  const told = new Set<string>()
  for (const fact of facts) {
    const kind = fact.kind.slice('parse.'.length)
    told.add(kind)
    const message = fact.data.message ?? fact.locations[0]?.text
    const says = isTrouble(kind) ? TROUBLE[kind].says : kind
    reasons.push({ text: typeof message === 'string' ? `${kind}: ${message}` : `${kind}: ${says}`, fact })
  }
  for (const kind of kinds) if (!told.has(kind)) reasons.push({ text: `${kind}: ${TROUBLE[kind].says}` })
  if (reasons.length === 0) reasons.push({ text: 'no inspector accounts for all of its bytes' })
  return { reasons: reasons.slice(0, 4), fixes: kinds.map((kind) => TROUBLE[kind].fix) }
}

/** One line for machine formats. */
export function uninspectedSentence(coverage: Coverage): string {
  const why = (coverage.why ?? []).map((kind) => `${kind} (${TROUBLE[kind].says})`)
  return why.length === 0 ? 'no inspector accounts for all of its bytes' : why.join(', ')
}

function isTrouble(kind: string): kind is TroubleKind {
  return Object.hasOwn(TROUBLE, kind)
}
