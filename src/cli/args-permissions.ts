import { type Command, Option } from 'commander'
import type { Limits } from '../model/limits.ts'
import { collect, jobs, limits } from './flags.ts'

const FORMATS = ['text', 'json', 'markdown'] as const

export interface PermissionFlags {
  readonly format: (typeof FORMATS)[number]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly jobs?: number
  readonly limit?: Partial<Limits>
  readonly color: boolean
}

export interface PermissionActions {
  readonly permissions: (targets: string[], flags: PermissionFlags) => Promise<void>
}

const NOTES = `
Three columns. Declared: what a manifest, an annotation or a list of allowed tools says. Granted: what a client's
configuration allows without asking. Inferred: what the code was seen to do, each with a place; nothing is run.

Exit codes:
  0 everything was analysed   2 something was not, and may do anything   3 no regular file met   4 usage or operational error`

export function permissionsCommand(root: Command, actions: PermissionActions): void {
  root
    .command('permissions')
    .summary('show what plugins may do: declared, inferred, granted')
    .description(
      'Shows for every plugin, server and tool what it says, what its code does, and what it is granted.',
    )
    .argument('<target...>', 'files and folders: plugins, skills, servers, configurations, or plain code')
    .addOption(
      new Option('-f, --format <format>', 'text (default), json or markdown')
        .choices(FORMATS)
        .default('text'),
    )
    .option('--include <glob>', 'only paths that match (repeatable)', collect)
    .option('--exclude <glob>', 'leave out paths that match (repeatable)', collect)
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .addHelpText('after', NOTES)
    .action((targets: string[], flags: PermissionFlags) => actions.permissions(targets, flags))
}
