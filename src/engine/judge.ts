import path from 'node:path'
import type { FactCatalogue } from '../model/fact.ts'
import type { Report } from '../model/report.ts'
import { type Inspection, type Outcome, type Verdict, worst } from '../model/report.ts'
import { decide } from '../policy/decide.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/schema.ts'
import { loaderViews } from '../relate/loader-view.ts'
import { loadRules } from '../rules/load.ts'
import { match } from '../rules/match.ts'
import type { List } from '../rules/schema.ts'
import { runTime } from './clock.ts'
import { type DemandCheck, demandsOf } from './demands.ts'
import type { ScanOptions } from './options.ts'
import type { SignerDemand } from './signer-rules.ts'
import { VERSION } from './version.ts'

/** The last steps of every judging command: facts → rules → findings → policy → verdict. */
export interface Judge {
  judge(targets: readonly string[], inspection: Inspection): Report
  /** Who must have signed what, as the policies say. */
  readonly signers: readonly SignerDemand[]
  /** The names that a shipped or added list holds, for producers that look up names. */
  names(list: string): readonly string[]
}

/**
 * Loads policy and rules, so that their mistakes show before any work is done. `policies` are those of single entries,
 * by the id of the artifact that the entry is.
 */
export async function loadJudge(
  options: ScanOptions,
  policies: ReadonlyMap<string, string> = new Map(),
): Promise<Judge> {
  const policy = await loadPolicy(options.policy ?? 'balanced', options.failOn)
  const rules = await loadRules(options.rules ?? [], catalogue)
  const names = (list: string) => namesOf(rules.lists, list)
  const table = Object.values(rules.lists).flatMap((list) => (list.kind === 'loaders' ? list.entries : []))
  const demands = await demandsOf(policy, rules)
  const own = new Map<string, Judged>()
  for (const [id, name] of policies) {
    const its = await loadPolicy(name, options.failOn)
    own.set(id, { policy: its, demands: await demandsOf(its, rules) })
  }
  const judge = (targets: readonly string[], inspection: Inspection): Report => {
    const found = match(rules, inspection.artifacts, inspection.facts)
    const now = runTime()
    const judged = split(inspection, own).map(({ its, part, ids }) => {
      const { policy: own, demands: check } = its ?? { policy, demands }
      const mine = ids ? found.filter((f) => ids.has(f.artifact)) : found
      const { facts, findings } = check(part, mine, now)
      return { facts, findings, verdict: decide(own, part, [...mine, ...findings], now) }
    })
    const verdicts = judged.map(({ verdict }) => verdict)
    const findings = [...found, ...judged.flatMap((j) => j.findings)]
    const stated = judged.flatMap((j) => j.facts)
    return {
      tool: { name: 'weighmaster', version: VERSION, rulesDigest: rules.digest },
      policy: { name: policy.name, digest: policy.digest, failOn: policy.failOn },
      targets,
      ...inspection,
      facts: stated.length === 0 ? inspection.facts : [...inspection.facts, ...stated],
      findings,
      verdict: verdicts.reduce(joinVerdicts),
      loaders: loaderViews(table, names, inspection, findings),
    }
  }
  const signers = [policy, ...[...own.values()].map((its) => its.policy)].map((each) => ({
    rules: each.signers,
    folder: path.dirname(each.name),
  }))
  return { judge, signers, names }
}

function namesOf(lists: Readonly<Record<string, List>>, name: string): readonly string[] {
  const list = lists[name]
  return list?.kind === 'names' ? list.entries : []
}

/** A policy and what it demands beyond severities. */
interface Judged {
  readonly policy: Policy
  readonly demands: DemandCheck
}

interface Section {
  readonly its?: Judged
  readonly part: Inspection
  /** The artifacts of the part; undefined for everything. */
  readonly ids?: ReadonlySet<string>
}

/** What has a policy of its own is judged by it, with everything inside; the rest by the policy of the run. */
function split(inspection: Inspection, own: ReadonlyMap<string, Judged>): Section[] {
  if (own.size === 0) return [{ part: inspection }]
  const home = new Map<string, string>()
  // Parents come before their children.
  for (const { id, parent } of inspection.artifacts)
    home.set(id, own.has(id) ? id : (home.get(parent ?? '') ?? ''))
  return ['', ...own.keys()].map((key) => {
    const ids = new Set(inspection.artifacts.filter(({ id }) => home.get(id) === key).map(({ id }) => id))
    const its = own.get(key)
    return {
      ids,
      ...(its ? { its } : {}),
      part: {
        artifacts: inspection.artifacts.filter(({ id }) => ids.has(id)),
        facts: inspection.facts.filter(({ artifact }) => ids.has(artifact)),
        coverage: inspection.coverage.filter(({ artifact }) => ids.has(artifact)),
      },
    }
  })
}

function joinVerdicts(a: Verdict, b: Verdict): Verdict {
  const outcome: Outcome = worst(a.outcome, b.outcome)
  return {
    outcome,
    reasons: [...a.reasons, ...b.reasons],
    failing: [...a.failing, ...b.failing],
    waived: [...a.waived, ...b.waived],
    warnings: [...a.warnings, ...b.warnings],
    outcomes: new Map([...a.outcomes, ...b.outcomes]),
  }
}

/** Loaded only where rules must be checked: start-up does without the inspectors, which live in the workers. */
async function catalogue(): Promise<FactCatalogue> {
  return (await import('./catalogue.ts')).catalogue()
}
