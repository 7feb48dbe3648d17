import { type Command, Option } from 'commander'
import { LOCK_FILE, MANIFEST_FILE } from '../model/lock.ts'
import { type JudgeFlags, jobs, judgementOptions, limits, outputOptions } from './flags.ts'

export interface LockFlags extends JudgeFlags {
  readonly update?: string | true
  readonly check?: boolean
}

/** Where the files of locked entries are looked for; their own place if nothing is said. */
export interface PlaceFlags {
  readonly from?: string
  readonly hfCache?: string | true
  readonly ollamaStore?: string | true
}

export interface VerifyFlags extends JudgeFlags, PlaceFlags {
  readonly frozen?: boolean
  readonly online?: boolean
}

export interface CiFlags extends JudgeFlags {
  readonly base?: string
  readonly sarif: string
  readonly summary?: string
}

export interface PullFlags extends JudgeFlags {
  readonly to?: string
  readonly toHfCache?: string | true
  readonly parallel?: number
}

export const DIFF_FORMATS = ['text', 'json', 'markdown'] as const
export type DiffFormat = (typeof DIFF_FORMATS)[number]

/** What the commands about a project do; loaded when one of them runs. */
export interface ProjectActions {
  readonly init: (flags: { readonly force?: boolean }) => Promise<void>
  readonly lock: (flags: LockFlags) => Promise<void>
  readonly verify: (flags: VerifyFlags) => Promise<void>
  readonly ci: (flags: CiFlags) => Promise<void>
  readonly pull: (entries: string[], flags: PullFlags) => Promise<void>
  readonly outdated: (flags: { readonly format: 'text' | 'json' }) => Promise<void>
  readonly diff: (locks: string[], flags: { readonly format: DiffFormat }) => Promise<void>
}

const CODES = `
Exit codes:
  0 pass   1 fail   2 incomplete   3 no regular file met   4 usage or operational error`

export function projectCommands(root: Command, actions: ProjectActions): void {
  root
    .command('init')
    .summary(`write a first ${MANIFEST_FILE}`)
    .description(
      `Writes ${MANIFEST_FILE} from what this project names: hub ids, MCP servers, skills, prompts.`,
    )
    .option('--force', `overwrite ${MANIFEST_FILE}`)
    .action((flags) => actions.init(flags))
  lockCommand(root, actions)
  verifyCommand(root, actions)
  pullCommand(root, actions)
  ciCommand(root, actions)
  root
    .command('outdated')
    .summary('show what moved since it was locked')
    .description('Asks the sources where the references of the manifest lead now. Changes nothing.')
    .addOption(
      new Option('-f, --format <format>', 'text (default) or json').choices(['text', 'json']).default('text'),
    )
    .action((flags) => actions.outdated(flags))
  root
    .command('diff')
    .summary('a change log between two locks')
    .description(`What changes from one lock to another: entries, files, owners, licences, capabilities.`)
    .argument('<locks...>', `OLD and NEW, or NEW alone against ${LOCK_FILE}`)
    .addOption(
      new Option('-f, --format <format>', 'text (default), json or markdown')
        .choices(DIFF_FORMATS)
        .default('text'),
    )
    .addHelpText(
      'after',
      `\nExit codes:\n  0 nothing grew   1 a plugin may do more, or starts in another way   4 usage or operational error`,
    )
    .action((locks, flags) => actions.diff(locks, flags))
}

function lockCommand(root: Command, actions: ProjectActions): void {
  const command = root
    .command('lock')
    .summary(`pin what ${MANIFEST_FILE} asks for`)
    .description(
      `Resolves what is new or changed in ${MANIFEST_FILE} and writes ${LOCK_FILE}. What is locked stays.`,
    )
    .option('--update [ref]', 'resolve this entry again, as the manifest writes it; without one, all')
    .option('--check', 'write nothing; fail where manifest and lock disagree')
  judgementOptions(outputOptions(command))
    .addHelpText('after', CODES)
    .action((flags: LockFlags) => actions.lock(flags))
}

function verifyCommand(root: Command, actions: ProjectActions): void {
  const command = root
    .command('verify')
    .summary('hold what is on disk against the lock')
    .description(`Inspects and hashes every locked file and holds it against ${LOCK_FILE}. Offline.`)
    .option('--frozen', 'fail where manifest and lock disagree, and on files that nothing locks')
    .option('--online', 'ask the sources whether the names still mean the same')
    .optionsGroup('Where it lies:')
    .option('--from <dir>', 'a folder that pull --to wrote')
    .option('--hf-cache [dir]', 'the Hugging Face cache (default: where HF_HOME says)')
    .option('--ollama-store [dir]', 'an Ollama store (default: where OLLAMA_MODELS says)')
  judgementOptions(outputOptions(command))
    .optionsGroup('What is read:')
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .addHelpText('after', CODES)
    .action((flags: VerifyFlags) => actions.verify(flags))
}

function ciCommand(root: Command, actions: ProjectActions): void {
  const command = root
    .command('ci')
    .summary('the job of a pipeline in one word')
    .description(
      `verify --frozen, with SARIF and a summary: holds what is on disk against ${LOCK_FILE}, inspects it and judges it.`,
    )
    .option('--base <commit>', 'inspect only entries whose content differs from the lock at this commit')
    .option('--sarif <file>', 'where SARIF goes', 'weighmaster.sarif')
    .option(
      '--summary <file>',
      'append the Markdown summary to this file (default: what GITHUB_STEP_SUMMARY names)',
    )
  judgementOptions(outputOptions(command))
    .optionsGroup('What is read:')
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .addHelpText('after', CODES)
    .action((flags: CiFlags) => actions.ci(flags))
}

function pullCommand(root: Command, actions: ProjectActions): void {
  const command = root
    .command('pull')
    .summary('fetch what is locked, once it is judged')
    .description(
      'Fetches what is locked into a quarantine, hashes it while it arrives, judges it, and only then moves it into place.',
    )
    .argument('[entry...]', 'only these, as the manifest writes them')
    .optionsGroup('Where it goes:')
    .option('--to <dir>', 'into this folder instead of the places of the entries')
    .option('--to-hf-cache [dir]', 'into the Hugging Face cache (hf: entries only)')
    .option('--parallel <n>', 'files fetched at the same time (default 4)', jobs)
  judgementOptions(outputOptions(command))
    .optionsGroup('What is read:')
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, as for scan (repeatable)', limits)
    .addHelpText('after', CODES)
    .action((entries: string[], flags: PullFlags) => actions.pull(entries, flags))
}
