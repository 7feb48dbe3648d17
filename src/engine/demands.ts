import { type Fact, FactFold } from '../model/fact.ts'
import type { Finding } from '../model/finding.ts'
import type { Inspection } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import { type Statement, unmetDemands } from '../policy/demands.ts'
import { COVERAGE, type Policy } from '../policy/schema.ts'
import type { Ruleset } from '../rules/compile.ts'
import { match } from '../rules/match.ts'

/** The facts that a policy states about a report, and what the rules make of them. */
export type DemandCheck = (
  inspection: Inspection,
  findings: readonly Finding[],
  now: Date,
) => { readonly facts: readonly Fact[]; readonly findings: readonly Finding[] }

const NOTHING = { facts: [], findings: [] }

/**
 * What a policy demands beyond severities, ready to be asked; CEL is loaded only where it has conditions. Throws `UsageError` with
 * the place where a clause could never hold: a rule or a format that there is none of, an expression that is no CEL.
 */
export async function demandsOf(policy: Policy, rules: Ruleset): Promise<DemandCheck> {
  checkRules(policy, rules)
  await checkFormats(policy)
  if (policy.demands.length === 0 && policy.conditions.length === 0) return () => NOTHING
  const conditions =
    policy.conditions.length === 0
      ? () => []
      : (await import('../policy/conditions.ts')).compileConditions(policy.conditions)
  return (inspection, found, now) => {
    const stated = [...unmetDemands(policy, inspection, now), ...conditions(inspection, found)]
    const facts = factsOf(stated)
    return { facts, findings: match(rules, inspection.artifacts, facts) }
  }
}

function factsOf(stated: readonly Statement[]): Fact[] {
  const folds = new Map<string, FactFold>()
  for (const { artifact, fact } of stated) {
    const fold = folds.get(artifact) ?? new FactFold()
    folds.set(artifact, fold)
    fold.add(fact)
  }
  return [...folds].flatMap(([artifact, fold]) => fold.facts(artifact))
}

/** A waiver or severity for a rule that does not exist is a typing mistake that would show only when it matters. */
function checkRules({ waivers, overrides }: Policy, rules: Ruleset): void {
  if (waivers.length === 0 && overrides.length === 0) return
  const known = new Set(rules.rules.map((rule) => rule.id))
  for (const { rule, place } of waivers) {
    if (rule !== COVERAGE && !known.has(rule))
      throw new UsageError(
        `${place}: is never reached: there is no rule ${rule}; weighmaster rules lists them`,
      )
  }
  for (const { severity, place } of overrides) {
    const unknown = Object.keys(severity).find((rule) => !known.has(rule))
    if (unknown !== undefined)
      throw new UsageError(`${place}: there is no rule ${unknown}; weighmaster rules lists them`)
  }
}

async function checkFormats({ demands }: Policy): Promise<void> {
  for (const demand of demands) {
    if (demand.demand !== 'formats') continue
    const { FORMATS } = await import('../inspect/formats.ts')
    const { allow = [], deny } = demand.names
    const unknown = [...allow, ...deny].find((name) => !name.includes('*') && !Object.hasOwn(FORMATS, name))
    if (unknown !== undefined)
      throw new UsageError(`${demand.place}: there is no format ${unknown}; weighmaster formats lists them`)
  }
}
