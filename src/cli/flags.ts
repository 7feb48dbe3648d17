import { type Command, InvalidArgumentError, Option } from 'commander'
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { DEFAULT_LIMITS, isLimitName, type Limits } from '../model/limits.ts'

export const FORMATS = ['text', 'json', 'sarif', 'html', 'markdown', 'junit', 'csv', 'gitlab'] as const
export type Format = (typeof FORMATS)[number]

export interface Output {
  readonly format: Format
  readonly file: string
}

/** Flags of every command that judges, after parsing. */
export interface JudgeFlags {
  readonly format: Format
  readonly output?: readonly Output[]
  readonly policy?: string
  readonly rules?: readonly string[]
  readonly failOn?: Severity
  readonly jobs?: number
  readonly limit?: Partial<Limits>
  readonly showFacts?: boolean
  readonly loaders?: boolean
  readonly timestamp?: boolean
  readonly quiet?: boolean
  readonly color: boolean
  readonly auditLog?: string
  readonly trustedRoot?: string
  readonly allowUnsigned?: boolean
}

/** What is printed, and where to. */
export function outputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('-f, --format <format>', `what standard output gets: ${FORMATS.join(', ')}`)
        .choices(FORMATS)
        .default('text'),
    )
    .option('-o, --output <format=file>', 'write a report to a file too (repeatable)', outputs)
    .option('--show-facts', 'include everything that was stated, not only what rules matched')
    .option('--loaders', 'say of files that pass, too, what each loader would do with them')
    .option('--timestamp', 'put the time of the run into JSON and SARIF')
    .option('-q, --quiet', 'verdict and errors only')
    .option('--no-color', 'no colours (NO_COLOR is heeded too)')
}

/** By what it is judged. */
export function judgementOptions(command: Command): Command {
  return command
    .optionsGroup('Judgement:')
    .option('--policy <file|preset>', 'strict, balanced (default), permissive, or a YAML file')
    .addOption(
      new Option('--fail-on <severity>', "override the policy's: info, low, medium, high, critical").choices(
        SEVERITIES,
      ),
    )
    .option('--rules <dir>', 'a folder of further rules (repeatable)', collect)
    .option('--trusted-root <file>', 'hold Sigstore signatures against this root instead of the shipped one')
    .option('--allow-unsigned', 'let through what policy wants signed and is not; the report says so')
    .option('--audit-log <file>', 'append one hash-chained line about this verdict')
}

export function collect(value: string, held: readonly string[] = []): string[] {
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

export function jobs(value: string): number {
  const n = Number(value)
  if (!Number.isInteger(n) || n < 1 || n > 1024)
    throw new InvalidArgumentError('It is a number from 1 to 1024.')
  return n
}

export function rows(value: string): number {
  if (value === 'all') return Number.POSITIVE_INFINITY
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It is all or a whole number.')
  return Number(value)
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

export function limits(value: string, held: Partial<Limits> = {}): Partial<Limits> {
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
  remoteBytes: 'fetched of one file that is read by ranges',
  seconds: 'wall-clock time of one file',
}

export function limitList(): string {
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
