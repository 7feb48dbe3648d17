import { programOf, wordsOf } from '../command-line.ts'
import { type LaunchOption, launchOptions } from './launch-options.ts'
import {
  dockerPackage,
  type FetchedPackage,
  npmPackage,
  pathPackage,
  pypiPackage,
  registryPackage,
  urlPackage,
} from './package.ts'

/** What an argument vector starts, fetches and opens up. Nothing is run. */
export interface Launch {
  /** Base name of what runs in the end, wrappers such as `env`, `sudo` and `cmd /c` taken off. */
  readonly program: string
  /** A shell interprets a line. */
  readonly shell: boolean
  readonly runner: string
  readonly packages: readonly FetchedPackage[]
  /** Files that it runs as programs, as written. */
  readonly scripts: readonly string[]
  /** What the program itself is given, after the package or script. */
  readonly rest: readonly string[]
  /** `docker`, where the program runs in a container. */
  readonly sandbox: string
  readonly options: readonly LaunchOption[]
  /** Variables set on the command line. */
  readonly variables: readonly (readonly [name: string, value: string])[]
}

const SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'fish', 'pwsh', 'powershell'])
/** Wrappers that run the rest of their words: how many words they take for themselves. */
const WRAPPERS: Readonly<Record<string, number>> = {
  sudo: 0,
  nohup: 0,
  nice: 0,
  time: 0,
  exec: 0,
  doas: 0,
  timeout: 1,
  stdbuf: 0,
  wsl: 0,
  xargs: 0,
  command: 0,
}

/** Reads a command with its arguments, as a configuration has them. */
export function readLaunch(command: string, args: readonly string[]): Launch {
  const split = args.length === 0 && /\s/.test(command.trim()) ? wordsOf(command) : [command, ...args]
  const whole = split ?? [command]
  const variables: [string, string][] = []
  const argv = unwrapped(whole, variables)
  const program = programOf(argv[0] ?? '')
  const shell = split === undefined || isShellLine(program, argv) || isWindowsLine(whole)
  const line = shell ? shellLine(argv) : undefined
  const inner = line === undefined ? undefined : wordsOf(line)
  const sudo = whole.some((word, index) => index < 3 && /^(?:sudo|doas)$/.test(programOf(word)))
  const options = launchOptions(inner ?? argv, sudo)
  // A shell that only starts something else is still that something.
  const found = split === undefined ? NOTHING : runnerOf(inner ? unwrapped(inner, variables) : argv)
  return {
    program,
    shell,
    sandbox: '',
    ...found,
    options,
    variables: [...variables, ...(found.variables ?? [])],
  }
}

function isShellLine(program: string, argv: readonly string[]): boolean {
  return (
    SHELLS.has(program) &&
    argv.some((word) => /^-(?:\w*c|-command|command|encodedcommand|enc|e)$/i.test(word))
  )
}

/** `cmd /c npx …` is how Windows starts a script; only a line that chains commands is more than that. */
function isWindowsLine(words: readonly string[]): boolean {
  return programOf(words[0] ?? '') === 'cmd' && words.slice(2).some((word) => /[&|<>]/.test(word))
}

function shellLine(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => /^-(?:\w*c|-command|command)$/i.test(word))
  return at < 0 ? undefined : argv[at + 1]
}

function unwrapped(words: readonly string[], variables: [string, string][]): readonly string[] {
  let argv = words
  for (let step = 0; step < 8; step++) {
    const program = programOf(argv[0] ?? '')
    if (program === 'cmd' && /^\/[ck]$/i.test(argv[1] ?? '')) argv = argv.slice(2)
    else if (program === 'env' || Object.hasOwn(WRAPPERS, program)) {
      const taken = argv.slice(1).findIndex((word) => !word.startsWith('-') && !/^\w+=/.test(word))
      for (const word of argv.slice(1, taken + 1)) if (/^\w+=/.test(word)) variables.push(assignment(word))
      if (taken < 0) return argv
      argv = argv.slice(1 + taken + (WRAPPERS[program] ?? 0))
    } else if (/^[A-Za-z_]\w*=/.test(argv[0] ?? '') && argv.length > 1) {
      variables.push(assignment(argv[0] ?? ''))
      argv = argv.slice(1)
    } else return argv
  }
  return argv
}

function assignment(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}

type Found = Pick<Launch, 'runner' | 'packages' | 'scripts' | 'rest'> & Partial<Launch>

const NOTHING: Found = { runner: '', packages: [], scripts: [], rest: [] }

function runnerOf(argv: readonly string[]): Found {
  const program = programOf(argv[0] ?? '')
  const [first = '', second = ''] = [argv[1] ?? '', argv[2] ?? '']
  if (/^(?:npx|pnpx|bunx)$/.test(program)) return fetched(program, argv.slice(1), npmPackage)
  if (/^(?:npm|pnpm|yarn|bun)$/.test(program)) {
    if (/^(?:exec|x|dlx)$/.test(first)) return fetched(`${program} ${first}`, argv.slice(2), npmPackage)
    return { ...NOTHING, rest: argv.slice(1) }
  }
  if (program === 'uvx') return fetched('uvx', argv.slice(1), pypiPackage)
  if (program === 'pipx' && first === 'run') return fetched('pipx run', argv.slice(2), pypiPackage)
  if (program === 'uv' && first === 'tool' && second === 'run')
    return fetched('uv tool run', argv.slice(3), pypiPackage)
  if (program === 'uv' && first === 'run') return uvRun(argv.slice(2))
  if (/^(?:docker|podman|nerdctl)$/.test(program)) return container(program, argv.slice(1))
  if (program === 'dnx')
    return fetched('dnx', argv.slice(1), (spec) => registryPackage('nuget', ...atVersion(spec), ''))
  if (program === 'go' && first === 'run' && second.includes('@')) {
    return {
      ...NOTHING,
      runner: 'go run',
      packages: [registryPackage('go', ...atVersion(second), '')],
      rest: argv.slice(3),
    }
  }
  return interpreter(program, argv)
}

function atVersion(spec: string): [string, string] {
  const at = spec.lastIndexOf('@')
  return at <= 0 ? [spec, ''] : [spec.slice(0, at), spec.slice(at + 1)]
}

/** Options of package runners that are followed by a value. */
const VALUED =
  /^(?:-p|--package|-w|--workspace|--cache|--registry|--prefix|--userconfig|--from|--with|--with-editable|--with-requirements|--python|--index|--index-url|--default-index|--extra-index-url|--directory|--project|--env-file|--spec|--pip-args|--refresh-package|--node-options|--shell|-c|--call|--version|--source)$/

function fetched(runner: string, words: readonly string[], read: (spec: string) => FetchedPackage): Found {
  const packages: FetchedPackage[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const [, option = word, inline] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
    if (word === '--') continue
    if (!word.startsWith('-')) {
      // With the package named by an option, this is only the command in it.
      const named = packages.length > 0
      return { ...NOTHING, runner, packages: named ? packages : [read(word)], rest: words.slice(at + 1) }
    }
    const value = inline ?? words[at + 1] ?? ''
    if (/^(?:-p|--package|--from|--with|--spec)$/.test(option)) packages.push(read(value))
    if (VALUED.test(option) && inline === undefined) at++
  }
  return { ...NOTHING, runner, packages }
}

function uvRun(words: readonly string[]): Found {
  const found = fetched('uv run', words, pypiPackage)
  // `uv run x` runs a script or a command of the project; only `--with` fetches by name.
  const named = words.some((word) => /^--(?:with|from)(?:=|$)/.test(word))
  const start = found.packages[0]
  const program = words.find((word, at) => !word.startsWith('-') && !VALUED.test(words[at - 1] ?? '')) ?? ''
  const after = words.slice(words.indexOf(program))
  const inner = /\.py$/.test(program)
    ? { scripts: [program], rest: after.slice(1) }
    : interpreter(programOf(program), after)
  const folder = words[words.findIndex((word) => word === '--directory' || word === '--project') + 1]
  const scripts = inner.scripts.map((script) =>
    folder && words.includes('--directory') ? `${folder}/${script}` : script,
  )
  return {
    ...inner,
    scripts,
    runner: 'uv run',
    packages: named ? found.packages : start?.form === 'url' ? [start] : [],
  }
}

const DOCKER_VALUED =
  /^(?:-e|--env|--env-file|-v|--volume|--mount|-p|--publish|--name|--network|--net|--pid|--ipc|-w|--workdir|-u|--user|--entrypoint|-l|--label|--platform|--memory|-m|--cpus|--cap-add|--cap-drop|--security-opt|--add-host|--dns|--device|--gpus|--pull|--hostname|-h|--tmpfs|--ulimit|--userns|--restart|--log-driver|--log-opt|--shm-size|--pids-limit)$/

function container(program: string, words: readonly string[]): Found {
  const run = words.indexOf('run')
  // `docker compose run` starts a service of the project's own file.
  if (run < 0 || words.slice(0, run).includes('compose'))
    return { ...NOTHING, runner: program, rest: words, sandbox: '' }
  const variables: [string, string][] = []
  for (let at = run + 1; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) {
      const packages = [dockerPackage(word)]
      return {
        ...NOTHING,
        runner: `${program} run`,
        packages,
        rest: words.slice(at + 1),
        sandbox: 'container',
        variables,
      }
    }
    const [, option = word, inline] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? []
    const value = inline ?? words[at + 1] ?? ''
    if (/^(?:-e|--env)$/.test(option) && value.includes('=')) variables.push(assignment(value))
    if (DOCKER_VALUED.test(option) && inline === undefined) at++
  }
  return { ...NOTHING, runner: `${program} run`, sandbox: 'container', variables }
}

const INTERPRETERS =
  /^(?:node|nodejs|bun|deno|tsx|ts-node|python[\d.]*|py|ruby|perl|php|sh|bash|zsh|pwsh|powershell|osascript|java)$/
/** PowerShell takes any beginning of `-EncodedCommand`. */
const ENCODED = /^[-/](?:ec|en?|enc\w*)$/i
const SCRIPT = /\.(?:[mc]?[jt]sx?|py|pyw|sh|bash|zsh|rb|pl|php|ps1|jar|cmd|bat)$/i

function interpreter(program: string, argv: readonly string[]): Found {
  if (!INTERPRETERS.test(program)) {
    const command = argv[0] ?? ''
    const isPath = /[/\\]/.test(command) && !/^(?:\/usr|\/bin|\/opt|\/sbin|[A-Z]:\\Program)/i.test(command)
    return { ...NOTHING, scripts: isPath || SCRIPT.test(command) ? [command] : [], rest: argv.slice(1) }
  }
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (/^-(?:c|e|p|m|-eval|-print)$/.test(word) || ENCODED.test(word) || /^-command$/i.test(word))
      return { ...NOTHING, rest: argv.slice(at + 1) }
    if (program === 'deno' && /^(?:run|serve|eval|task|x)$/.test(word)) continue
    if (word === '-jar' || /^(?:--?(?:r|require|import|loader|File|ExecutionPolicy|X|W))$/i.test(word)) {
      if (/^-(?:jar|File)$/i.test(word))
        return { ...NOTHING, scripts: [argv[at + 1] ?? ''], rest: argv.slice(at + 2) }
      at++
    } else if (!word.startsWith('-')) return scriptOf(program, word, argv.slice(at + 1))
  }
  return NOTHING
}

function scriptOf(program: string, word: string, rest: readonly string[]): Found {
  if (program === 'deno' && /^(?:npm|jsr):/.test(word))
    return { ...NOTHING, runner: 'deno run', packages: [npmPackage(word.replace(/^jsr:/, ''))], rest }
  if (/^https?:\/\//.test(word)) return { ...NOTHING, runner: program, packages: [urlPackage(word)], rest }
  return { ...NOTHING, scripts: [pathPackage(word).name], rest }
}

/** The program that PowerShell is given as base64 of UTF-16, which no reader of the configuration sees. */
export function encodedCommand(words: readonly string[]): string | undefined {
  if (!/^(?:powershell|pwsh)$/.test(programOf(words[0] ?? ''))) return undefined
  const at = words.findIndex((word) => ENCODED.test(word))
  const value = at < 0 ? '' : (words[at + 1] ?? '')
  return /^[A-Za-z\d+/=]{8,}$/.test(value) ? Buffer.from(value, 'base64').toString('utf16le') : undefined
}

/** The words from the interpreter on, where a runner of environments starts one (`uv run python -c …`). */
export function interpreted(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => INTERPRETERS.test(programOf(word)))
  return programOf(words[0] ?? '') === 'uv' && at > 0 ? words.slice(at) : words
}
