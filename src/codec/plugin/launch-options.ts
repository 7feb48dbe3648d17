import { programOf } from '../command-line.ts'

/** Something in a command line that widens what it reaches; the names are those of `plugin.launch-option`. */
export interface LaunchOption {
  readonly option: string
  readonly value: string
}

/** Options that mean the same wherever they stand: switches by which tools are told to protect nothing. */
const SWITCHES: readonly (readonly [option: string, word: RegExp])[] = [
  [
    'skip-permissions',
    /^--(?:dangerously-skip-permissions|dangerously-bypass-approvals-and-sandbox|yolo|allow-dangerously-skip-permissions|dangerously-allow-all)$/,
  ],
  [
    'insecure-tls',
    /^--(?:insecure|no-verify-ssl|no-check-certificate|ssl-no-verify|disable-ssl-verification|allow-insecure-tls)$/,
  ],
  ['bind-any', /^--(?:host|bind|listen|address)=(?:0\.0\.0\.0|\[?::\]?)(?::\d+)?$/],
]

const DOCKER: readonly (readonly [option: string, key: RegExp, value: RegExp])[] = [
  ['host-network', /^--net(?:work)?$/, /^host$/],
  ['host-pid', /^--(?:pid|ipc|userns|uts)$/, /^host$/],
  ['privileged', /^--cap-add$/, /^(?:ALL|SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH)$/i],
  ['privileged', /^--security-opt$/, /(?:seccomp|apparmor)[=:]unconfined/],
]

/** What the options of a launch open up. `words` is the argument vector without wrappers. */
export function launchOptions(words: readonly string[], sudo: boolean): LaunchOption[] {
  const found: LaunchOption[] = sudo ? [{ option: 'sudo', value: words[0] ?? '' }] : []
  const program = programOf(words[0] ?? '')
  const add = (option: string, value: string) => found.push({ option, value: value.slice(0, 200) })
  for (const [index, word] of words.entries()) {
    for (const [option, pattern] of SWITCHES) if (pattern.test(word)) add(option, word)
    const next = words[index + 1] ?? ''
    if (/^--(?:host|bind|listen)$/.test(word) && /^(?:0\.0\.0\.0|::)$/.test(next))
      add('bind-any', `${word} ${next}`)
  }
  if (/^(?:docker|podman|nerdctl)$/.test(program)) for (const option of container(words)) found.push(option)
  if (program === 'deno' && words.some((word) => /^(?:-A|--allow-all)$/.test(word))) add('allow-all', '-A')
  if (
    words.some((word) =>
      /server-filesystem|mcp-filesystem|filesystem-mcp|mcp-server-git\b|\bserver-everything-search/.test(
        word,
      ),
    )
  ) {
    for (const word of words.slice(1)) {
      const option = folderOption(word)
      if (option) add(option, word)
    }
  } else {
    for (const word of words.slice(1)) if (folderOption(word) === 'secret-folder') add('secret-folder', word)
  }
  return found
}

function* container(words: readonly string[]): Generator<LaunchOption> {
  for (const [index, word] of words.entries()) {
    const [, key = word, inline] = /^(--?[\w-]+)=(.*)$/s.exec(word) ?? []
    const value = inline ?? words[index + 1] ?? ''
    if (key === '--privileged' && inline !== 'false') yield { option: 'privileged', value: word }
    for (const [option, name, dangerous] of DOCKER)
      if (name.test(key) && dangerous.test(value)) yield { option, value: `${key}=${value}` }
    if (!/^(?:-v|--volume|--mount)$/.test(key)) continue
    const source =
      key === '--mount' ? (/(?:^|,)(?:source|src)=([^,]*)/.exec(value)?.[1] ?? '') : hostSide(value)
    if (/docker\.sock$|podman\.sock$|containerd\.sock$/.test(source))
      yield { option: 'docker-socket', value: source }
    const folder = folderOption(source)
    if (folder)
      yield {
        option: folder.replace('-folder', '-mount').replace('secret-mount', 'secret-folder'),
        value: source,
      }
  }
}

function hostSide(volume: string): string {
  return /^[A-Za-z]:[\\/]/.test(volume)
    ? volume.slice(0, volume.indexOf(':', 2))
    : (volume.split(':')[0] ?? '')
}

const HOME = String.raw`(?:~|\$HOME|\$\{HOME\}|\$\{env:HOME\}|%USERPROFILE%|\$\{userHome\}|/root|/home/[\w.-]+|/Users/[\w.-]+|[A-Za-z]:[\\/]Users[\\/][\w.-]+)`
const ROOT = /^(?:\/|[A-Za-z]:[\\/]?|\/\*|\/(?:etc|home|Users|var|usr)\/?)$/
const WHOLE_HOME = new RegExp(`^${HOME}[\\\\/]?$`)
const SECRETS = new RegExp(
  String.raw`^${HOME}[\\/](?:\.ssh|\.aws|\.gnupg|\.kube|\.config[\\/]gcloud|\.azure|\.docker|\.netrc|\.password-store|Library[\\/]Keychains)(?:[\\/]|$)`,
)

/** Is a folder that is handed over more than a folder of work? */
export function folderOption(path: string): 'root-folder' | 'home-folder' | 'secret-folder' | undefined {
  const value = path.replace(/^[^=]*=(?=[/~$%])/, '')
  if (ROOT.test(value)) return 'root-folder'
  if (WHOLE_HOME.test(value)) return 'home-folder'
  return SECRETS.test(value) ? 'secret-folder' : undefined
}
