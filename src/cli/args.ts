import { Command } from 'commander'
import { type AboutActions, aboutCommands } from './args-about.ts'
import { type PermissionActions, permissionsCommand } from './args-permissions.ts'
import { type PolicyActions, policyCommands } from './args-policy.ts'
import { type ProjectActions, projectCommands } from './args-project.ts'
import { type SignActions, signCommands } from './args-sign.ts'
import {
  collect,
  type JudgeFlags,
  jobs,
  judgementOptions,
  limitList,
  limits,
  outputOptions,
  rows,
} from './flags.ts'

/** `scan`'s flags after parsing. */
export interface ScanFlags extends JudgeFlags {
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly digest: boolean
  readonly memberDigests?: boolean
  readonly full?: boolean
  readonly rows?: number
}

/** What the commands do; loaded only when one of them runs, so that `--version` and `--help` stay quick. */
export interface Actions extends ProjectActions, PermissionActions, SignActions, PolicyActions, AboutActions {
  readonly scan: (targets: string[], flags: ScanFlags) => Promise<void>
}

const OUTLINE = `
Weighs AI models before you load them: what would this file do, and may it?
Nothing is executed, imported, unpickled or sent anywhere.`

const EXAMPLES = `
Examples:
  $ weighmaster scan models/                   a folder, by the balanced policy
  $ weighmaster scan model.pt -f json          every artifact, for machines
  $ weighmaster scan . -o sarif=scan.sarif     text here, SARIF in a file
  $ weighmaster scan . --policy strict -q      one line and an exit code
  $ weighmaster scan hf:org/name@v1.0          by ranges, before anything is downloaded
  $ tar c models | weighmaster scan -          standard input

Exit codes:
  0 pass   1 fail   2 incomplete   3 no regular file met   4 usage or operational error`

export function program(version: string, actions: Actions): Command {
  const root = new Command('weighmaster')
    .description(OUTLINE.trim())
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .configureHelp({ optionDescription: (option) => option.description })
  scanCommand(root, actions)
  permissionsCommand(root, actions)
  projectCommands(root, actions)
  signCommands(root, actions)
  policyCommands(root, actions)
  aboutCommands(root, actions)
  return root.addHelpText(
    'after',
    '\nStart with: weighmaster scan <folder>, and weighmaster scan --help for all flags.',
  )
}

function scanCommand(root: Command, actions: Actions): void {
  const command = root
    .command('scan')
    .summary('judge files and folders of model files')
    .description('Says of every file what it would do when loaded, and judges it by a policy.')
    .argument(
      '<target...>',
      'files and folders; - is standard input; references such as hf:org/name@rev are read by ranges',
    )
  judgementOptions(outputOptions(command))
    .optionsGroup('What is read:')
    .option('--include <glob>', 'only paths that match (repeatable)', collect)
    .option('--exclude <glob>', 'leave out paths that match (repeatable)', collect)
    .option('--full', 'fetch references whole into a temporary folder, and judge all of it there')
    .option('--no-digest', 'no SHA-256 and no checksums: read structure only')
    .option('--member-digests', 'SHA-256 of tensor data inside archives too')
    .option('--rows <all|n>', 'rows of each table read as text, spread over it (default: 100000)', rows)
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, e.g. expandedBytes=200G (repeatable)', limits)
    .addHelpText(
      'after',
      `\nLimits, and what they are unless set (one that is reached makes the verdict incomplete):\n${limitList()}\n${EXAMPLES}`,
    )
    .action((targets: string[], flags: ScanFlags) => actions.scan(targets, flags))
}
