import { type Command, Option } from 'commander'

export interface PolicyExplainFlags {
  readonly policy?: string
  readonly rules?: readonly string[]
  readonly path?: string
  readonly format: 'text' | 'json'
  readonly color: boolean
}

/** What the commands about policies do; loaded when one of them runs. */
export interface PolicyActions {
  readonly policyTest: (files: string[], flags: { readonly color: boolean }) => Promise<void>
  readonly policyExplain: (report: string, flags: PolicyExplainFlags) => Promise<void>
}

const TEST_FILE = `A test file names a policy and recorded reports (weighmaster scan … -f json --show-facts), with what each must come to:

  policy: policy.yaml
  cases:
    - report: reports/bert.json
      expect: fail                       # pass, fail or incomplete
      failing: [policy/demand-unmet]     # optional: exactly these rules decide

Paths are relative to the test file.

Exit codes:
  0 all as expected   1 something else came out   4 usage or operational error`

export function policyCommands(root: Command, actions: PolicyActions): void {
  const policy = root
    .command('policy')
    .summary('try a policy, and ask why it decided')
    .description('Runs policies against recorded reports.')
  policy
    .command('test')
    .summary('run a policy against recorded reports')
    .description('Judges recorded reports anew and compares with what is expected.')
    .argument('<file...>', 'test files')
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .addHelpText('after', `\n${TEST_FILE}`)
    .action((files: string[], flags: { color: boolean }) => actions.policyTest(files, flags))
  policy
    .command('explain')
    .summary('say which clause of a policy decided about each finding')
    .description('Says what a policy makes of every finding of a recorded report, and by which clause.')
    .argument('<report>', 'a JSON report, best written with --show-facts; - is standard input')
    .option('--policy <file|preset>', 'the policy to ask about (default: balanced)')
    .option('--path <text>', 'only findings whose path contains this')
    .addOption(
      new Option('-f, --format <format>', 'text (default) or json').choices(['text', 'json']).default('text'),
    )
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .action((report: string, flags: PolicyExplainFlags) => actions.policyExplain(report, flags))
}
