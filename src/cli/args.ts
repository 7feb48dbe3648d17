import { Command, InvalidArgumentError, Option } from 'commander'
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { DEFAULT_LIMITS, isLimitName, type Limits } from '../model/limits.ts'

export const FORMATS = ['text', 'json', 'sarif'] as const
export type Format = (typeof FORMATS)[number]

export interface Output {
  readonly format: Format
  readonly file: string
}

/** `scan`'s flags after parsing. */
export interface ScanFlags {
  readonly format: Format
  readonly output?: readonly Output[]
  readonly policy?: string
  readonly rules?: readonly string[]
  readonly failOn?: Severity
  readonly jobs?: number
  readonly limit?: Partial<Limits>
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly digest: boolean
  readonly memberDigests?: boolean
  readonly showFacts?: boolean
  readonly timestamp?: boolean
  readonly quiet?: boolean
  readonly color: boolean
  readonly auditLog?: string
}

/** What the commands do; loaded only when one of them runs, so that `--version` and `--help` stay quick. */
export interface Actions {
  readonly scan: (targets: string[], flags: ScanFlags) => Promise<void>
  readonly formats: (format: string) => Promise<void>
  readonly auditVerify: (file: string, anchor: string | undefined) => Promise<void>
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
  formatsCommand(root, actions)
  auditCommand(root, actions)
  return root.addHelpText(
    'after',
    '\nStart with: weighmaster scan <folder>, and weighmaster scan --help for all flags.',
  )
}

function scanCommand(root: Command, actions: Actions): void {
  root
    .command('scan')
    .summary('judge files and folders of model files')
    .description('Says of every file what it would do when loaded, and judges it by a policy.')
    .argument('<target...>', 'files and folders; - is standard input')
    .optionsGroup('Output:')
    .addOption(
      new Option('-f, --format <format>', 'what standard output gets: text (default), json, sarif')
        .choices(FORMATS)
        .default('text'),
    )
    .option('-o, --output <format=file>', 'write a report to a file too (repeatable)', outputs)
    .option('--show-facts', 'include everything that was stated, not only what rules matched')
    .option('--timestamp', 'put the time of the run into JSON and SARIF')
    .option('-q, --quiet', 'verdict and errors only')
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
    .optionsGroup('Judgement:')
    .option('--policy <file|preset>', 'strict, balanced (default), permissive, or a YAML file')
    .addOption(
      new Option('--fail-on <severity>', "override the policy's: info, low, medium, high, critical").choices(
        SEVERITIES,
      ),
    )
    .option('--rules <dir>', 'a folder of further rules (repeatable)', collect)
    .option('--audit-log <file>', 'append one hash-chained line about this verdict')
    .optionsGroup('What is read:')
    .option('--include <glob>', 'only paths that match (repeatable)', collect)
    .option('--exclude <glob>', 'leave out paths that match (repeatable)', collect)
    .option('--no-digest', 'no SHA-256 and no checksums: read structure only')
    .option('--member-digests', 'SHA-256 of tensor data inside archives too')
    .option('--jobs <n>', 'files inspected at the same time (default: the number of cores)', jobs)
    .option('--limit <name=value>', 'set a limit, e.g. expandedBytes=200G (repeatable)', limits)
    .addHelpText(
      'after',
      `\nLimits, and what they are unless set (one that is reached makes the verdict incomplete):\n${limitList()}\n${EXAMPLES}`,
    )
    .action((targets: string[], flags: ScanFlags) => actions.scan(targets, flags))
}

function formatsCommand(root: Command, actions: Actions): void {
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

function auditCommand(root: Command, actions: Actions): void {
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

function collect(value: string, held: readonly string[] = []): string[] {
  if (value === '') throw new InvalidArgumentError('It is empty.')
  return [...held, value]
}

function outputs(value: string, held: readonly Output[] = []): Output[] {
  const cut = value.indexOf('=')
  const [name, file] = cut < 0 ? [value, ''] : [value.slice(0, cut), value.slice(cut + 1)]
  const format = FORMATS.find((f) => f === name)
  if (!format || file === '') {
    throw new InvalidArgumentError(
      `It is FORMAT=FILE with one of ${FORMATS.join(', ')}, e.g. json=report.json.`,
    )
  }
  if (held.some((o) => o.file === file)) throw new InvalidArgumentError('Two outputs would write this file.')
  return [...held, { format, file }]
}

function jobs(value: string): number {
  const n = Number(value)
  if (!Number.isInteger(n) || n < 1 || n > 1024)
    throw new InvalidArgumentError('It is a number from 1 to 1024.')
  return n
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

function limits(value: string, held: Partial<Limits> = {}): Partial<Limits> {
  const [, name = '', digits, suffix = ''] = /^([^=]*)=(\d+)([KMGT]?)$/i.exec(value) ?? []
  if (digits === undefined) {
    throw new InvalidArgumentError(
      'It is NAME=VALUE with a whole number, e.g. expandedBytes=200G (K, M, G and T are powers of 1024).',
    )
  }
  if (!isLimitName(name)) {
    throw new InvalidArgumentError(`There is no such limit${didYouMean(name, Object.keys(DEFAULT_LIMITS))}`)
  }
  const number = Number(digits) * (SUFFIXES[suffix.toUpperCase()] ?? 1)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It is at least 1 and below 2^53.')
  return { ...held, [name]: number }
}

/** The nearest known name if it is near, else all of them. */
function didYouMean(name: string, known: readonly string[]): string {
  const near = known.find(
    (k) =>
      k.toLowerCase() === name.toLowerCase() ||
      (name.length > 2 && k.toLowerCase().startsWith(name.toLowerCase())),
  )
  return near ? `; did you mean ${near}?` : `; there are ${known.join(', ')}.`
}

const LIMITS: Readonly<Record<keyof Limits, string>> = {
  depth: 'containers in containers',
  entries: 'members of one archive',
  expandedBytes: 'decompressed bytes of one file',
  expansionRatio: 'output to input of one compressed stream',
  memoryBytes: 'buffers of one worker',
  spoolMemoryBytes: 'an unpacked stream above it goes to a temporary file',
  facts: 'distinct facts of one artifact',
  jsonBytes: 'one JSON document',
  jsonDepth: 'nesting of JSON',
  memoEntries: 'values in the memo of a pickle',
  seconds: 'wall-clock time of one file',
}

function limitList(): string {
  const entries = Object.entries(LIMITS)
  const wide = Math.max(...entries.map(([name]) => name.length))
  return entries
    .map(([name, about]) => {
      const value = isLimitName(name) ? human(DEFAULT_LIMITS[name]) : ''
      return `  ${name.padEnd(wide)}  ${value.padStart(9)}  ${about}`
    })
    .join('\n')
}

function human(value: number): string {
  for (const suffix of ['T', 'G', 'M', 'K']) {
    const unit = SUFFIXES[suffix] ?? 1
    if (value % unit === 0 && value / unit < 10_000 && value >= unit) return `${value / unit}${suffix}`
  }
  return String(value)
}
