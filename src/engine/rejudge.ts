import type { Report } from '../model/report.ts'
import { type Decision, decide, explainDecisions } from '../policy/decide.ts'
import { loadPolicy } from '../policy/load.ts'
import { loadRules } from '../rules/load.ts'
import { runTime } from './clock.ts'
import { demandsOf } from './demands.ts'
import type { ScanOptions } from './options.ts'

/**
 * Judges a recorded report anew by a policy: its findings stand as they are, its demands and conditions are asked again.
 * Facts that the report does not hold meet no demand. Throws `UsageError` for a broken policy.
 */
export async function rejudge(
  recorded: Report,
  options: Pick<ScanOptions, 'policy' | 'rules'>,
): Promise<{ readonly report: Report; readonly decisions: readonly Decision[] }> {
  const policy = await loadPolicy(options.policy ?? 'balanced')
  const rules = await loadRules(options.rules ?? [], async () => (await import('./catalogue.ts')).catalogue())
  const check = await demandsOf(policy, rules)
  const now = runTime()
  const facts = recorded.facts.filter((f) => !f.kind.startsWith('policy.'))
  const found = recorded.findings.filter((f) => !f.rule.startsWith('policy/'))
  const inspection = { artifacts: recorded.artifacts, facts, coverage: recorded.coverage }
  const asked = check(inspection, found, now)
  const findings = [...found, ...asked.findings]
  const report = {
    ...recorded,
    policy: { name: policy.name, digest: policy.digest, failOn: policy.failOn },
    facts: [...facts, ...asked.facts],
    findings,
    verdict: decide(policy, inspection, findings, now),
  }
  return { report, decisions: explainDecisions(policy, inspection, findings, now) }
}
