import { readFileSync } from 'node:fs'
import { type Command, CommanderError } from 'commander'
import { UsageError } from '../model/trouble.ts'
import { type Actions, program } from './args.ts'
import { EXIT, explain } from './exit.ts'

/** Parses, runs, and sets the exit code; the only entry of the command line. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  quietPipes()
  try {
    await run(argv)
  } catch (error) {
    const { line, code } = explain(error)
    process.stderr.write(`${line}\n`)
    process.exitCode = code
  }
}

async function run(argv: readonly string[]): Promise<void> {
  const actions: Actions = {
    scan: async (targets, flags) => (await import('./commands/scan.ts')).scanCommand(targets, flags),
    init: async (flags) => (await import('./commands/init.ts')).initCommand(flags),
    lock: async (flags) => (await import('./commands/lock.ts')).lockCommand(flags),
    verify: async (flags) => (await import('./commands/verify.ts')).verifyCommand(flags),
    ci: async (flags) => (await import('./commands/ci.ts')).ciCommand(flags),
    pull: async (entries, flags) => (await import('./commands/pull.ts')).pullCommand(entries, flags),
    outdated: async (flags) => (await import('./commands/outdated.ts')).outdatedCommand(flags),
    diff: async (locks, flags) => (await import('./commands/diff.ts')).diffCommand(locks, flags),
    permissions: async (targets, flags) =>
      (await import('./commands/permissions.ts')).permissionsCommand(targets, flags),
    policyTest: async (files, flags) =>
      (await import('./commands/policy.ts')).policyTestCommand(files, flags),
    policyExplain: async (report, flags) =>
      (await import('./commands/policy.ts')).policyExplainCommand(report, flags),
    report: async (file, flags) => (await import('./commands/report.ts')).reportCommand(file, flags),
    rules: async (flags) => (await import('./commands/rules.ts')).rulesCommand(flags),
    explain: async (rule, flags) => (await import('./commands/rules.ts')).explainCommand(rule, flags),
    doctor: async (flags) => (await import('./commands/doctor.ts')).doctorCommand(flags),
    completion: async (shell, root) => {
      const { completionScript, shellNamed } = await import('./completion.ts')
      process.stdout.write(completionScript(root, shellNamed(shell)))
    },
    verifyModel: async (target, flags) =>
      (await import('./commands/verify-signature.ts')).verifyModelCommand(target, flags),
    verifyBundle: async (blob, flags) =>
      (await import('./commands/verify-signature.ts')).verifyBundleCommand(blob, flags),
    sign: async (target, flags) => (await import('./commands/sign.ts')).signCommand(target, flags),
    attest: async (target, flags) => (await import('./commands/sign.ts')).attestCommand(target, flags),
    trustShow: async (flags) => (await import('./commands/trust.ts')).trustShowCommand(flags),
    trustUpdate: async (flags) => (await import('./commands/trust.ts')).trustUpdateCommand(flags),
    formats: async (format) => (await import('./commands/formats.ts')).formatsCommand(format),
    auditVerify: async (file, anchor) =>
      (await import('./commands/audit.ts')).auditVerifyCommand(file, anchor),
  }
  const root = program(version(), actions)
  for (const command of [root, ...root.commands, ...root.commands.flatMap((c) => c.commands)]) {
    command.exitOverride().configureOutput({ outputError: () => undefined })
  }
  try {
    await root.parseAsync([...argv])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    // No command at all: commander has printed the help.
    if (error.code === 'commander.help') process.exitCode = EXIT.error
    else throw new UsageError(oneLine(error, argv, root))
  }
}

/** Commander's message and its suggestion in one line, with the way to the right help. */
function oneLine(error: CommanderError, argv: readonly string[], root: Command): string {
  const message = error.message.replace(/^error: /, '')
  const cut = message.lastIndexOf('\n(Did you mean ')
  const what = (cut < 0 ? message : message.slice(0, cut)).replace(/\.$/, '')
  const hint = cut < 0 ? '' : ` did${message.slice(cut + '\n(Did'.length, -1)}`
  const command = root.commands.some((c) => c.name() === argv[2]) ? ` ${argv[2]}` : ''
  return `${what};${hint} see weighmaster${command} --help`
}

function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}

/** A reader that has seen enough (`| head`) is no error; the verdict still decides the exit code. */
function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
