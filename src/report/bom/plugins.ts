import type { Fact } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { printable } from '../printable.ts'
import type { Capability, Signed } from './bill.ts'

const text = (value: unknown): string => (typeof value === 'string' ? printable(value) : '')

/** The tools that a plugin offers, from its manifest, its code or the list that it gives, and those that the lock records. */
export function toolsOf(facts: readonly Fact[], surface: Readonly<Record<string, string>> = {}): string[] {
  const locked = Object.keys(surface).flatMap((key) =>
    key.startsWith('tool:') ? [printable(key.slice(5))] : [],
  )
  const names = facts.flatMap(({ kind, data }) => {
    if (kind === 'capability.tool') return [text(data.tool)]
    return kind === 'plugin.tool' ? [text(data.name)] : []
  })
  return [...new Set([...names, ...locked])].filter((name) => name !== '').toSorted(byCodePoint)
}

/** What it does, says that it needs, and is allowed; and what the lock records of it. */
export function capabilitiesOf(facts: readonly Fact[], locked: readonly string[]): Capability[] {
  const found = new Map<string, Capability>()
  const keep = (capability: Capability) =>
    found.set(`${capability.name} ${capability.scope} ${capability.tool} ${capability.basis}`, capability)
  for (const { kind, data } of facts) {
    const basis = /^capability\.(inferred|declared|granted)$/.exec(kind)?.[1]
    if (basis === undefined) continue
    keep({ name: text(data.capability), scope: text(data.scope), tool: text(data.tool), basis })
  }
  for (const name of locked) keep({ name: printable(name), scope: '', tool: '', basis: 'locked' })
  return [...found].toSorted(([a], [b]) => byCodePoint(a, b)).map(([, capability]) => capability)
}

/** Signatures that hold; what does not is a finding, and no evidence. */
export function signaturesOf(facts: readonly Fact[]): Signed[] {
  return facts
    .filter(({ kind }) => kind === 'signature.verified')
    .map(({ data }) => ({
      file: text(data.signature),
      method: text(data.method),
      identity: text(data.identity),
      issuer: text(data.issuer),
      fingerprint: text(data.fingerprint),
    }))
}
