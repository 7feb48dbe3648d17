import type { Effect } from './effects.ts'
import { type PathClass, pathClass } from './places.ts'
import { type Command, isDecoder, outputOf, type Pipe, type Word } from './shell.ts'

/** What is remarkable about a command or pipeline, whatever else a file does. */
export type Trait =
  | 'download-run'
  | 'decode-run'
  | 'reverse-shell'
  | 'miner'
  | 'secret-upload'
  | 'environment-upload'
  | 'persistence-profile'
  | 'persistence-schedule'
  | 'persistence-key'
  | 'agent-config'
  | 'history-off'
  | 'security-off'
  | 'destructive'

export interface CommandRecord {
  readonly program: string
  readonly effect: Effect
  readonly constants: readonly string[]
  readonly paths: readonly PathClass[]
  readonly start: number
  readonly end: number
  readonly fn: string | undefined
}

export interface TraitRecord {
  readonly trait: Trait
  readonly constants: readonly string[]
  readonly start: number
  readonly end: number
  readonly fn: string | undefined
}

/** Code in another language that a command is given: `python -c '…'`, `bash -c '…'`, a decoded script. */
export interface EmbeddedCode {
  readonly language: 'shell' | 'python' | 'javascript' | 'powershell'
  readonly code: string
  readonly decoded: boolean
  readonly start: number
}

export interface ShellBehaviour {
  readonly commands: CommandRecord[]
  readonly traits: TraitRecord[]
  readonly embedded: EmbeddedCode[]
}

const BUILTINS = new Set(
  `echo printf cd export test [ [[ true false : set shift return exit local read unset declare typeset readonly trap wait pwd
   umask getopts break continue let dirs pushd popd shopt alias unalias hash type ulimit jobs bg fg disown kill sleep basename
   dirname date grep egrep fgrep sed awk sort uniq head tail cut tr wc tee seq expr which command id uname hostname tput clear
   mkdir touch cat ls find realpath readlink stat diff cmp`
    .trim()
    .split(/\s+/),
)

const EFFECTS: Readonly<Record<string, Effect>> = {
  curl: 'network',
  wget: 'network',
  nc: 'network',
  ncat: 'network',
  netcat: 'network',
  socat: 'network',
  ssh: 'network',
  scp: 'network',
  rsync: 'network',
  ftp: 'network',
  sftp: 'network',
  telnet: 'network',
  dig: 'network',
  nslookup: 'network',
  rm: 'file-delete',
  shred: 'file-delete',
  cp: 'file-write',
  mv: 'file-write',
  chmod: 'file-write',
  install: 'file-write',
  ln: 'file-write',
  dd: 'file-write',
  eval: 'dynamic-code',
  source: 'dynamic-code',
  '.': 'dynamic-code',
}

const SHELLS = /^(?:ba|z|da|k|a|fi)?sh$/
const INTERPRETER = /^(?:(?:ba|z|da|k|a|fi)?sh|python[\d.]*|node|perl|ruby|php|osascript|pwsh|powershell)$/
const DOWNLOADER = /^(?:curl|wget|fetch|aria2c|http|https|lwp-request)$/
const MINER =
  /^(?:xmrig|minerd|cpuminer(?:-\w+)?|ethminer|t-rex|lolminer|nbminer|phoenixminer|ccminer|xmr-stak)$/i
const CONSTANT_KEPT = 200

/** What the pipelines of a script do. */
export function shellBehaviour(pipes: readonly Pipe[]): ShellBehaviour {
  const out: ShellBehaviour = { commands: [], traits: [], embedded: [] }
  for (const pipe of pipes) {
    pipeTraits(pipe, out)
    for (const command of pipe.stages.flat()) commandRecords(command, out)
  }
  const connected = pipes.some((p) => p.stages.flat().some((c) => opensSocket(c)))
  if (connected) {
    const shell = pipes.flatMap((p) => p.stages.flat()).find((c) => readsDescriptor(c))
    if (shell) trait(out, 'reverse-shell', shell)
  }
  return out
}

function trait(out: ShellBehaviour, name: Trait, command: Command, constants?: readonly string[]): void {
  const { start, end, fn } = command
  if (out.traits.some((t) => t.trait === name && t.start === start)) return
  out.traits.push({ trait: name, constants: constants ?? constantsOf(command), start, end, fn })
}

function constantsOf({ words }: Command): string[] {
  const texts = words
    .slice(1)
    .map((w) => w.text)
    .filter((t) => t !== '')
  return texts.slice(0, 8).map((t) => t.slice(0, CONSTANT_KEPT))
}

function pipeTraits(pipe: Pipe, out: ShellBehaviour): void {
  const { stages } = pipe
  const last = stages.at(-1)?.find((c) => readsProgram(c))
  const before = stages.slice(0, -1).flat()
  if (last && before.length > 0) {
    const source = before.find((c) => DOWNLOADER.test(c.program))
    if (source) trait(out, 'download-run', source)
    if (before.some(isDecoder)) {
      trait(out, 'decode-run', before[0] ?? last)
      const text = outputOf({ ...pipe, stages: stages.slice(0, -1) })
      if (text) embed(out, last.program, text.text, true, pipe.start)
    } else {
      const text = outputOf({ ...pipe, stages: stages.slice(0, -1) })
      if (text) embed(out, last.program, text.text, text.decoded, pipe.start)
    }
  }
  const sender = stages.flat().find((c) => /^(?:curl|wget|nc|ncat|netcat|socat|ssh|http)$/.test(c.program))
  if (sender && before.length > 0 && stages.at(-1)?.includes(sender)) {
    if (before.some((c) => c.words.some((w) => pathClass(w.text) === 'secret')))
      trait(out, 'secret-upload', sender)
    if (before.some((c) => /^(?:env|printenv)$/.test(c.program) && c.words.length === 1)) {
      trait(out, 'environment-upload', sender)
    }
  }
  const listens = stages.flat().some((c) => /^(?:nc|ncat|netcat)$/.test(c.program))
  const shell = stages
    .flat()
    .find((c) => SHELLS.test(c.program) && c.words.some((w) => /^-\w*i/.test(w.text)))
  if (listens && shell && stages.length > 1) trait(out, 'reverse-shell', shell)
  scheduled(stages, out)
}

function scheduled(stages: Pipe['stages'], out: ShellBehaviour): void {
  const cron = stages.at(-1)?.find((c) => c.program === 'crontab' && c.words.at(-1)?.text === '-')
  if (cron && stages.length > 1)
    trait(out, 'persistence-schedule', cron, stages.flat().flatMap(constantsOf).slice(0, 8))
}

/** An interpreter that takes its program from what is piped into it. */
function readsProgram({ program, words, redirects }: Command): boolean {
  if (!INTERPRETER.test(program)) return false
  const args = words.slice(1).map((w) => w.text)
  if (redirects.some((r) => r.operator.startsWith('<'))) return false
  if (args.includes('-s') || args.includes('-')) return true
  return args.every((a) => a.startsWith('-') && !/^-(?:c|e|m|-version|-help|p|n|ne|pe)$/.test(a))
}

function embed(out: ShellBehaviour, program: string, code: string, decoded: boolean, start: number): void {
  const language =
    SHELLS.test(program) || /^(?:eval|source|\.)$/.test(program)
      ? 'shell'
      : /^python/.test(program)
        ? 'python'
        : program === 'node'
          ? 'javascript'
          : /^(?:pwsh|powershell)/.test(program)
            ? 'powershell'
            : undefined
  if (language && code.trim() !== '') out.embedded.push({ language, code, decoded, start })
}

function commandRecords(command: Command, out: ShellBehaviour): void {
  const { program, words, start, end, fn } = command
  const constants = constantsOf(command)
  const places = [
    ...words.slice(1).map((w) => w.text),
    ...command.redirects.flatMap((r) => r.targets.map((t) => t.text)),
  ]
  const paths = [...new Set(places.map(pathClass).filter((c) => c !== 'other'))]
  const effect = EFFECTS[program] ?? (BUILTINS.has(program) || program === '' ? undefined : 'process')
  if (effect) out.commands.push({ program, effect, constants, paths, start, end, fn })
  runsArguments(command, out)
  networkTraits(command, out)
  redirectTraits(command, out)
  localTraits(command, out)
}

/** `bash -c "…"`, `eval "…"`, `source <(…)`. */
function runsArguments(command: Command, out: ShellBehaviour): void {
  const { program, words } = command
  const isEval = program === 'eval' || program === 'source' || program === '.'
  if (!isEval && !INTERPRETER.test(program)) return
  const flag = words.findIndex((w, i) => i > 0 && /^-(?:\w*c|e|-eval|Command)$/.test(w.text))
  const given = isEval ? words.slice(1) : flag > 0 ? words.slice(flag + 1, flag + 2) : []
  const read = isEval || flag > 0 ? [] : words.slice(1).filter((w) => w.inner.length > 0)
  for (const word of [...given, ...read]) {
    const inside = word.inner.flatMap((p) => p.stages.flat())
    const source = inside.find((c) => DOWNLOADER.test(c.program))
    if (source) trait(out, 'download-run', source)
    if (word.decoded || inside.some(isDecoder)) trait(out, 'decode-run', command)
  }
  const [code] = given
  if (code?.known && program !== 'source' && program !== '.') {
    const text = isEval ? given.map((w) => w.text).join(' ') : code.text
    embed(
      out,
      program,
      text,
      given.some((w) => w.decoded),
      command.start,
    )
  }
}

function networkTraits(command: Command, out: ShellBehaviour): void {
  const { program, words } = command
  const args = words.slice(1).map((w) => w.text)
  if (/^(?:nc|ncat|netcat)$/.test(program)) {
    const runs = args.findIndex((a) => /^-\w*[ec]$|^--(?:sh-)?exec$/.test(a))
    if (runs >= 0 && /sh$|cmd(?:\.exe)?$/.test(args[runs + 1] ?? '')) trait(out, 'reverse-shell', command)
  }
  if (program === 'socat' && args.some((a) => /^exec:.*sh\b/i.test(a))) trait(out, 'reverse-shell', command)
  if (MINER.test(program) || args.some((a) => /stratum\+(?:tcp|ssl|udp):\/\//i.test(a)))
    trait(out, 'miner', command)
  if (!/^(?:curl|wget|http|scp|rsync)$/.test(program)) return
  const uploads = args.map((a) => /(?:^|=)@(.*)$/s.exec(a)?.[1] ?? (UPLOADS.has(previous(args, a)) ? a : ''))
  const copies = program === 'scp' || program === 'rsync' ? args.filter((a) => !a.includes(':')) : []
  if ([...uploads, ...copies].some((path) => pathClass(path) === 'secret')) {
    const key = args.includes('-i') && copies.length > 0
    if (!key) trait(out, 'secret-upload', command)
  }
  const inner = words.flatMap((w) => w.inner).flatMap((p) => p.stages.flat())
  if (inner.some((c) => c.words.some((w) => pathClass(w.text) === 'secret')))
    trait(out, 'secret-upload', command)
  if (inner.some((c) => /^(?:env|printenv)$/.test(c.program) && c.words.length === 1)) {
    trait(out, 'environment-upload', command)
  }
}

const UPLOADS = new Set(['-T', '--upload-file', '--post-file', '--body-file'])

function previous(args: readonly string[], arg: string): string {
  return args[args.indexOf(arg) - 1] ?? ''
}

const SOCKET = /^\/dev\/(?:tcp|udp)\//

function opensSocket({ program, words, redirects }: Command): boolean {
  return (
    (program === 'exec' || words.length === 0) &&
    redirects.some((r) => r.targets.some((t) => SOCKET.test(t.text)))
  )
}

function readsDescriptor({ program, redirects }: Command): boolean {
  return (
    SHELLS.test(program) &&
    redirects.some((r) => r.operator === '<&' || (r.operator === '>&' && redirects.length > 1))
  )
}

function redirectTraits(command: Command, out: ShellBehaviour): void {
  for (const { operator, targets } of command.redirects) {
    for (const { text } of targets) {
      if (SOCKET.test(text) && SHELLS.test(command.program)) trait(out, 'reverse-shell', command)
      if (operator.startsWith('>') || operator === '&>') written(text, command, out)
    }
  }
  if (/^(?:tee|cp|mv|install|ln|rsync)$/.test(command.program)) {
    const last = command.words.at(-1)
    if (last) written(last.text, command, out)
  }
}

function written(path: string, command: Command, out: ShellBehaviour): void {
  const where = pathClass(path)
  if (where === 'agent-config')
    trait(out, 'agent-config', command, [path, ...constantsOf(command)].slice(0, 8))
  if (where !== 'persistence') return
  const name: Trait = /authorized_keys2?$/.test(path)
    ? 'persistence-key'
    : /cron|systemd|launch(?:agents|daemons)|autostart|init\.d|rc\.local|preload|startup/i.test(path)
      ? 'persistence-schedule'
      : 'persistence-profile'
  trait(out, name, command, [path, ...constantsOf(command)].slice(0, 8))
}

function localTraits(command: Command, out: ShellBehaviour): void {
  const { program, words } = command
  const args = words.slice(1).map((w: Word) => w.text)
  const line = args.join(' ')
  if ((program === 'unset' && args.includes('HISTFILE')) || (program === 'history' && args.includes('-c'))) {
    trait(out, 'history-off', command)
  }
  if (
    (program === 'setenforce' && args[0] === '0') ||
    (program === 'ufw' && args[0] === 'disable') ||
    (program === 'spctl' && line.includes('--master-disable')) ||
    (program === 'csrutil' && args[0] === 'disable')
  ) {
    trait(out, 'security-off', command)
  }
  const isAll = args.some((a, i) => /^(?:\/|\/\*|~|~\/|~\/\*)$/.test(a) && words[i + 1]?.known)
  if (program === 'rm' && isAll && args.some((a) => /^-\w*r/i.test(a))) trait(out, 'destructive', command)
  if (program === 'dd' && /\bof=\/dev\/(?:[sh]d[a-z]|nvme\d|disk\d)/.test(line))
    trait(out, 'destructive', command)
  if (/^mkfs(?:\.\w+)?$/.test(program) && /\/dev\//.test(line)) trait(out, 'destructive', command)
}
