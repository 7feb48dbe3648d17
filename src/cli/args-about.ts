import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RulesFlags } from './commands/rules.ts'
import { SHELLS } from './completion.ts'
import { collect, type JudgeFlags, outputOptions } from './flags.ts'

/** What the commands do that judge nothing anew; loaded when one of them runs. */
export interface AboutActions {
  readonly report: (file: string, flags: JudgeFlags) => Promise<void>
  readonly rules: (flags: RulesFlags) => Promise<void>
  readonly explain: (rule: string, flags: Omit<RulesFlags, 'format'>) => Promise<void>
  readonly formats: (format: string) => Promise<void>
  readonly doctor: (flags: { readonly color: boolean }) => Promise<void>
  readonly completion: (shell: string, root: Command) => Promise<void>
  readonly auditVerify: (file: string, anchor: string | undefined) => Promise<void>
}

const TABLE_FORMATS = ['text', 'json', 'markdown'] as const

export function aboutCommands(root: Command, actions: AboutActions): void {
  const report = root
    .command('report')
    .summary('show a saved JSON report in another format')
    .description('Shows a report that -f json wrote in another format. Exits as the scan did.')
    .argument('<file>', 'a JSON report; - is standard input')
  outputOptions(report).action((file: string, flags: JudgeFlags) => actions.report(file, flags))
  rulesCommands(root, actions)
  formatsCommand(root, actions)
  auditCommand(root, actions)
  root
    .command('doctor')
    .summary('check that everything is in place')
    .description(
      'Looks at this machine, the rules, the policies and the project here. Asks nothing of the network.',
    )
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .action((flags: { color: boolean }) => actions.doctor(flags))
  root
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script that completes commands and flags: eval "$(weighmaster completion bash)"')
    .argument('<shell>', SHELLS.join(', '))
    .action((shell: string) => actions.completion(shell, root))
}

function rulesCommands(root: Command, actions: AboutActions): void {
  const table = () =>
    new Option('-f, --format <format>', 'text (default), json, markdown')
      .choices(TABLE_FORMATS)
      .default('text')
  root
    .command('rules')
    .summary('list every rule')
    .description('Lists every rule with its severity and title.')
    .addOption(table())
    .option('--rules <dir>', 'a folder of further rules (repeatable)', collect)
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .action((flags: RulesFlags) => actions.rules(flags))
  root
    .command('explain')
    .summary('tell what a rule means and what to do about it')
    .description('Tells one rule in full: what it says, what to do, how to accept it.')
    .argument('<rule>', 'its id, as reports give it, e.g. pickle/sink-called')
    .option('--rules <dir>', 'a folder of further rules (repeatable)', collect)
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .action((rule: string, flags) => actions.explain(rule, flags))
}

function formatsCommand(root: Command, actions: AboutActions): void {
  root
    .command('formats')
    .summary('list what is inspected, and how deep')
    .description('Lists every format that is inspected and how deep, and those that are only recognised.')
    .addOption(
      new Option('-f, --format <format>', 'text (default), json, markdown')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .action((flags: { format: string }) => actions.formats(flags.format))
}

function auditCommand(root: Command, actions: AboutActions): void {
  const audit = root.command('audit').summary('check an audit log').description('Works with audit logs.')
  audit
    .command('verify')
    .summary('check the hash chain of an audit log')
    .description('Checks that no line of an audit log was changed, removed or put in between.')
    .argument('<file>', 'a log written by --audit-log')
    .option('--anchor <head>', 'the head of an earlier check, which must still be in the log', head)
    .addHelpText('after', `\n${AUDIT_NOTE}`)
    .action((file: string, flags: { anchor?: string }) => actions.auditVerify(file, flags.anchor))
}

const AUDIT_NOTE = `A chain shows lines that were changed, removed or put in between. It cannot show that lines are missing at its
end, or that the whole file was written anew: keep the head that a check prints, and give it to the next one.

Exit codes:
  0 the chain holds   1 it is broken   4 the file cannot be read`

function head(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new InvalidArgumentError('It is 64 lower-case hex digits.')
  return value
}
