import type { FactCatalogue } from '../model/fact.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { Report } from '../model/report.ts'
import { decide } from '../policy/decide.ts'
import { loadPolicy } from '../policy/load.ts'
import { loadRules } from '../rules/load.ts'
import { match } from '../rules/match.ts'
import { runTime } from './clock.ts'
import { gather } from './gather.ts'
import { join } from './join.ts'
import { poolOptions, type ScanOptions } from './options.ts'
import { inspectAll } from './pool.ts'
import { VERSION } from './version.ts'

/**
 * Inspects files and folders (`-` is standard input) and judges what they would do when loaded. Nothing is executed,
 * imported or fetched. What the bytes are is never an exception: it is a finding, or coverage that makes the verdict
 * `incomplete`. Throws `UsageError` for a missing target, a broken policy or rule file; the signal's reason if aborted.
 */
export async function scan(targets: readonly string[], options: ScanOptions = {}): Promise<Report> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const policy = await loadPolicy(options.policy ?? 'balanced', options.failOn)
  const rules = await loadRules(options.rules ?? [], catalogue)

  await using gathered = await gather(targets, options)
  const inspected = await inspectAll(gathered.tasks, poolOptions(options, limits))
  const inspection = join(gathered, inspected)

  const findings = match(rules, inspection.artifacts, inspection.facts)
  const verdict = decide(policy, inspection, findings, runTime())

  return {
    tool: { name: 'weighmaster', version: VERSION, rulesDigest: rules.digest },
    policy: { name: policy.name, digest: policy.digest, failOn: policy.failOn },
    targets: gathered.targets,
    ...inspection,
    findings,
    verdict,
  }
}

/** Loaded only where rules must be checked: start-up does without the inspectors, which live in the workers. */
async function catalogue(): Promise<FactCatalogue> {
  return (await import('./catalogue.ts')).catalogue()
}
