import path from 'node:path'
import { parseSettings, type Setting } from '../../codec/settings.ts'
import { rejudge } from '../../engine/rejudge.ts'
import type { Outcome } from '../../model/report.ts'
import { UsageError } from '../../model/trouble.ts'
import type { Decision } from '../../policy/decide.ts'
import { padEnd } from '../../report/layout.ts'
import { printable, safeJson } from '../../report/printable.ts'
import { readReport } from '../../report/read.ts'
import type { PolicyExplainFlags } from '../args-policy.ts'
import { EXIT } from '../exit.ts'
import { painterOf } from '../present.ts'
import { readText } from '../read-text.ts'

interface Case {
  readonly report: string
  readonly expect: Outcome
  readonly failing?: readonly string[]
}

/** `weighmaster policy test`: recorded reports come out as they should. */
export async function policyTestCommand(
  files: readonly string[],
  flags: { readonly color: boolean },
): Promise<void> {
  const paint = painterOf(flags.color)
  let failed = 0
  for (const file of files) {
    const { policy, cases } = readTest(await readText(file), file)
    for (const test of cases) {
      const wrong = await outcomeOf(test, policy)
      if (wrong !== undefined) failed++
      const mark = wrong === undefined ? paint('pass', '✓') : paint('fail', '✗')
      process.stdout.write(`${mark} ${printable(test.report)}: ${wrong ?? test.expect}\n`)
    }
  }
  if (failed > 0) process.exitCode = EXIT.fail
}

function readTest(text: string, file: string): { readonly policy: string; readonly cases: readonly Case[] } {
  const { policy, cases } = parseSettings(text, file).object({ policy: 'required', cases: 'required' })
  const beside = (setting: Setting) => path.join(path.dirname(file), setting.string())
  const name = policy!.string()
  return {
    policy: ['strict', 'balanced', 'permissive'].includes(name) ? name : beside(policy!),
    cases: cases!.filledList().map((item) => {
      const c = item.object({ report: 'required', expect: 'required', failing: 'optional' })
      return {
        report: beside(c.report!),
        expect: c.expect!.oneOf(['pass', 'fail', 'incomplete']),
        ...(c.failing ? { failing: c.failing.strings() } : {}),
      }
    }),
  }
}

/** What is wrong with how a case came out; nothing if it is as expected. */
async function outcomeOf(
  { report: file, expect, failing }: Case,
  policy: string,
): Promise<string | undefined> {
  const recorded = readReport(await readText(file), file)
  const { report } = await rejudge(recorded, { policy })
  const { outcome } = report.verdict
  if (outcome !== expect)
    return `expected ${expect}, came out ${outcome}: ${printable(report.verdict.reasons[0] ?? 'nothing was found')}`
  if (!failing) return undefined
  const decided = new Set(report.verdict.failing)
  const rules = [...new Set(report.findings.filter((f) => decided.has(f.fingerprint)).map((f) => f.rule))]
  const [missing, extra] = [
    failing.filter((r) => !rules.includes(r)),
    rules.filter((r) => !failing.includes(r)),
  ]
  if (missing.length === 0 && extra.length === 0) return undefined
  return [...missing.map((r) => `${r} did not decide`), ...extra.map((r) => `${r} decided too`)].join(', ')
}

/** `weighmaster policy explain`: the clause behind every decision. */
export async function policyExplainCommand(file: string, flags: PolicyExplainFlags): Promise<void> {
  const recorded = readReport(await readText(file), file)
  const policy =
    flags.policy ??
    (['strict', 'balanced', 'permissive'].includes(recorded.policy.name) ? recorded.policy.name : undefined)
  if (policy === undefined)
    throw new UsageError(`the report was judged by ${recorded.policy.name}; give it with --policy`)
  const { report, decisions } = await rejudge(recorded, { policy })
  const shown = decisions.filter((d) => flags.path === undefined || d.finding.path.includes(flags.path))
  if (flags.format === 'json') {
    process.stdout.write(`${JSON.stringify(shown.map(row), null, 2)}\n`)
    return
  }
  const paint = painterOf(flags.color)
  const role = { fails: 'fail', waived: 'incomplete', accepted: 'incomplete', below: 'faint' } as const
  for (const decision of shown) {
    const { finding, outcome } = decision
    process.stdout.write(
      `${paint(role[outcome], padEnd(outcome, 8))}  ${printable(finding.rule)}  ${printable(finding.path)}\n` +
        `          ${because(decision)}\n`,
    )
  }
  process.stdout.write(`\n${report.verdict.outcome} by ${printable(policy)}: ${shown.length} findings\n`)
}

function row({ finding, outcome, severity, failOn, by }: Decision) {
  const { rule, path: at, fingerprint } = finding
  return JSON.parse(safeJson({ rule, path: at, fingerprint, outcome, severity, failOn, by }))
}

function because({ outcome, severity, failOn, by, waiver, finding }: Decision): string {
  const changed = severity === finding.severity ? '' : ` (${finding.severity} elsewhere)`
  switch (outcome) {
    case 'waived':
      return `waived at ${printable(by)} until ${waiver?.expires}: ${printable(waiver?.reason ?? '')} (${printable(waiver?.owner ?? '')})`
    case 'accepted':
      return `${printable(finding.subject ?? '')} is accepted by ${printable(by)}`
    case 'fails':
      return `${severity}${changed} reaches fail-on ${failOn}, said by ${printable(by)}`
    case 'below':
      return `${severity}${changed} is below fail-on ${failOn}, said by ${printable(by)}`
  }
}
