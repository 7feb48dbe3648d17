import type { Command, Option } from 'commander'
import { UsageError } from '../model/trouble.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

interface Word {
  readonly name: string
  readonly about: string
}

interface CommandWords {
  /** The words that lead to it, such as `audit verify`. */
  readonly path: string
  readonly about: string
  readonly flags: readonly (Word & { readonly values: readonly string[]; readonly takesFile: boolean })[]
}

/** A script that completes commands, flags and their values in a shell, made from the program's own definition. */
export function completionScript(root: Command, shell: Shell): string {
  const commands = walk(root, '')
  if (shell === 'bash') return bash(commands)
  return shell === 'zsh' ? zsh(commands) : fish(commands)
}

export function shellNamed(name: string): Shell {
  const shell = SHELLS.find((s) => s === name)
  if (!shell) throw new UsageError(`completion: there is none for ${name}; it is one of ${SHELLS.join(', ')}`)
  return shell
}

function walk(command: Command, path: string): CommandWords[] {
  const own = command.commands.flatMap((sub) => {
    const name = path === '' ? sub.name() : `${path} ${sub.name()}`
    const about = sub.summary() || sub.description()
    return [{ path: name, about, flags: sub.options.flatMap(flagsOf) }, ...walk(sub, name)]
  })
  return own
}

function flagsOf(option: Option) {
  const { long, description, argChoices } = option
  if (!long) return []
  const takesFile = option.required && (argChoices ?? []).length === 0
  return [{ name: long, about: description, values: argChoices ?? [], takesFile }]
}

function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(
    ({ path, flags }) => `    ${quoted(path)}) words=${quoted(flags.map((f) => f.name).join(' '))} ;;`,
  )
  const values = commands.flatMap(({ path, flags }) =>
    flags
      .filter((f) => f.values.length > 0)
      .map(
        (f) =>
          `    ${quoted(`${path} ${f.name}`)}) COMPREPLY=($(compgen -W ${quoted(f.values.join(' '))} -- "$cur")); return ;;`,
      ),
  )
  return `# weighmaster completion for bash: eval "$(weighmaster completion bash)"
_weighmaster() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(top(commands))} -- "$cur"))
    return
  fi
  [ "$path" = audit ] && path="audit \${COMP_WORDS[2]}"
  case "$path $prev" in
${values.join('\n')}
  esac
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _weighmaster weighmaster
`
}

function zsh(commands: readonly CommandWords[]): string {
  const cases = commands
    .filter((c) => !c.path.includes(' '))
    .map(({ path, flags }) => {
      const specs = flags.map((f) => {
        const value =
          f.values.length > 0 ? `:value:(${f.values.join(' ')})` : f.takesFile ? ':value:_files' : ''
        return quoted(`*${f.name}[${bracketed(f.about)}]${value}`)
      })
      return `    ${path}) _arguments ${[...specs, "'*:file:_files'"].join(' ')} ;;`
    })
  const names = commands
    .filter((c) => !c.path.includes(' '))
    .map((c) => `    ${quoted(`${c.path}:${c.about.replaceAll(':', ' ')}`)}`)
  return `#compdef weighmaster
# weighmaster completion for zsh: eval "$(weighmaster completion zsh)"
_weighmaster() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=\${words[2]}
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _weighmaster weighmaster
`
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, about, flags }) => {
    const [first = '', second] = path.split(' ')
    const within = `__fish_seen_subcommand_from ${first}`
    const named =
      second === undefined
        ? `complete -c weighmaster -n __fish_use_subcommand -f -a ${first} -d ${quoted(about)}`
        : `complete -c weighmaster -n ${quoted(within)} -f -a ${second} -d ${quoted(about)}`
    return [
      named,
      ...flags.map((f) => {
        const value = f.values.length > 0 ? ` -x -a ${quoted(f.values.join(' '))}` : f.takesFile ? ' -r' : ''
        return `complete -c weighmaster -n ${quoted(within)} -l ${f.name.slice(2)} -d ${quoted(f.about)}${value}`
      }),
    ]
  })
  return `# weighmaster completion for fish: weighmaster completion fish | source\n${lines.join('\n')}\n`
}

function top(commands: readonly CommandWords[]): string {
  return commands.flatMap((c) => (c.path.includes(' ') ? [] : [c.path])).join(' ')
}

function bracketed(text: string): string {
  return text.replace(/[[\]:]/g, ' ')
}

/** Quoted for a POSIX shell and for fish: what is inside is never expanded. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
