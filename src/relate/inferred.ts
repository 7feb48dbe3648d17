import type { Capability } from '../model/capability.ts'
import type { Fact, Json } from '../model/fact.ts'

/** What a statement about code means for what the plugin may do. */
export interface Inferred extends Capability {
  readonly tools: readonly string[]
  readonly when: 'on-load' | 'on-install' | 'on-call' | 'test'
  /** It depends on nothing that was not seen: a constant program, path or address. */
  readonly known: boolean
  /** Whoever calls the tool chooses what it is done to. */
  readonly chosen: boolean
}

const TESTS =
  /(?:^|\/)(?:tests?|__tests__|specs?|__mocks__|fixtures?|evals?|benchmarks?)\/|[._-](?:test|spec)\.[a-z]+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$/i

/** The capabilities that one fact about code shows. `path`: of its file in the plugin. */
export function inferredFrom(fact: Fact, path: string): Inferred[] {
  const found = capabilitiesOf(fact)
  if (found.length === 0) return []
  const tools = strings(fact.data.tools)
  // What a manifest has an installer run lies in a child of it.
  const installs = /(?:^|\/)@install /.test(path)
  const when = TESTS.test(path) ? 'test' : installs ? 'on-install' : whenOf(String(fact.data.context ?? ''))
  const { source, effect } = fact.data
  // Of a process the first argument may be a whole vector: flows tell whether the program is among what is chosen.
  const isPath = effect !== 'process' && strings(fact.data.arguments)[0] === 'argument' && !ofPath(fact.data)
  const chosen = source === 'argument' || isPath
  return found.map(({ known = true, ...what }) => ({ ...what, tools, when, known, chosen }))
}

/** A method of a path object whose path is constant: its arguments are what is written. */
function ofPath({ callee, constants }: Fact['data']): boolean {
  return String(callee).startsWith('pathlib.') && strings(constants).length > 0
}

function whenOf(context: string): Inferred['when'] {
  if (context === 'install') return 'on-install'
  return context === 'function' || context === 'main-guard' ? 'on-call' : 'on-load'
}

type Found = Capability & { readonly known?: boolean }

function capabilitiesOf({ kind, data }: Fact): Found[] {
  switch (kind) {
    case 'code.call':
      return callCapabilities(data)
    case 'code.environment':
      return [{ name: 'env', scope: String(data.name) }]
    case 'code.flow':
      return flowCapabilities(data)
    case 'code.trait':
      return traitCapabilities(String(data.trait))
    default:
      return []
  }
}

/** What an argument or the whole environment reaches; calls alone do not say where their data is from. */
function flowCapabilities({ source, sink, tools }: Fact['data']): Found[] {
  if (source === 'whole-environment') return [{ name: 'env', scope: '*' }]
  // Where all tools pass by, the flow is told again in the tool that it goes on in.
  if (source !== 'argument' || strings(tools).includes('*')) return []
  if (sink === 'process') return [{ name: 'exec', scope: '*', known: false }]
  if (sink === 'dynamic-code') return [{ name: 'dynamicCode', scope: '' }]
  // Where the data goes was said by the call; what is chosen here is the data.
  return []
}

function callCapabilities(data: Fact['data']): Found[] {
  const constants = strings(data.constants)
  const callee = String(data.callee)
  switch (data.effect) {
    case 'process':
      return processCapabilities(data, constants)
    case 'dynamic-code':
      return [{ name: 'dynamicCode', scope: '' }]
    case 'deserialise':
      return [{ name: 'dynamicCode', scope: callee }]
    case 'import':
      return strings(data.arguments)[0] === 'constant' ? [] : [{ name: 'dynamicCode', scope: 'import' }]
    case 'native':
      return [{ name: 'native', scope: '' }]
    case 'network':
      return [addressCapability(callee, constants, data.language === 'shell')]
    case 'listen':
      return [{ name: 'listen', scope: '' }]
    case 'file-read':
      return fileCapabilities('fs.read', data, constants)
    case 'file-write':
      return fileCapabilities('fs.write', data, constants)
    case 'file-delete':
      return fileCapabilities('fs.delete', data, constants)
    case 'registry':
      return [{ name: 'persist', scope: 'registry' }]
    case 'spy':
      return [{ name: 'secrets', scope: 'screen, keys or clipboard' }]
    default:
      return []
  }
}

const INSTALLERS =
  /^(?:pip3?|npm|pnpm|yarn|bun|uv|apt|apt-get|dnf|yum|brew|gem|cargo|go|conda|mamba|choco|winget|pipx|npx|uvx|bunx)$/
const INSTALLING = /(?:^|\s)(?:install|add|i|get|ci|exec|dlx|sync)(?:\s|$)/

function processCapabilities(data: Fact['data'], constants: readonly string[]): Found[] {
  const program = String(data.program ?? '')
  const found: Found[] = [{ name: 'exec', scope: program || '*', known: program !== '' }]
  const fetches = /^(?:npx|uvx|bunx)$/.test(program)
  if (INSTALLERS.test(program) && (fetches || INSTALLING.test(constants.join(' ')))) {
    found.push({ name: 'install', scope: program })
  }
  return found
}

const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/smtp|sendMail|nodemailer/i, 'smtp'],
  [/ftp/i, 'ftp'],
  [/ssh|paramiko|scp|sftp|rsync/i, 'ssh'],
  [/dns|getaddrinfo|gethostbyname|^dig$|nslookup/i, 'dns'],
  [/websocket|^ws\b|\bws\./i, 'wss'],
  [/socket|^net\.|tls\.|^nc$|ncat|netcat|socat|telnet/i, 'tcp'],
]

function addressCapability(callee: string, constants: readonly string[], shell: boolean): Found {
  for (const constant of constants) {
    for (const word of shell ? constant.split(/\s+/) : [constant]) {
      const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):\/\/([^/?#\s]*)/i.exec(word) ?? []
      if (scheme === '') continue
      const host = rest.slice(rest.lastIndexOf('@') + 1).toLowerCase()
      // A text that ends behind the scheme, or in the middle of a host, goes on with what is not known.
      const whole =
        /^[\w.[\]:-]+$/.test(host) && (word.length > `${scheme}://${rest}`.length || host.includes('.'))
      return { name: 'net', scope: `${scheme.toLowerCase()}://${whole ? host : '*'}`, known: whole }
    }
  }
  const scheme = SCHEMES.find(([pattern]) => pattern.test(callee))?.[1] ?? 'https'
  const host = constants.find((c) => /^(?:[\w-]+\.)+[a-z]{2,}$|^localhost$|^\d+(?:\.\d+){3}$/i.test(c))
  return { name: 'net', scope: `${scheme}://${host?.toLowerCase() ?? '*'}`, known: host !== undefined }
}

function fileCapabilities(
  name: 'fs.read' | 'fs.write' | 'fs.delete',
  data: Fact['data'],
  constants: readonly string[],
): Found[] {
  // What is done with an open file was said when it was opened.
  if (/^(?:io\.|codecs\.)?open\./.test(String(data.callee))) return []
  const classes = strings(data.paths)
  const path = constants[0] ?? ''
  if (classes.includes('agent-config') && name !== 'fs.read')
    return [{ name: 'agentConfig.write', scope: path }]
  if (classes.includes('persistence') && name !== 'fs.read') return [{ name: 'persist', scope: path }]
  if (classes.includes('secret'))
    return [
      { name: 'secrets', scope: path },
      { name, scope: 'home' },
    ]
  const scope = classes.find((c) => c === 'temporary' || c === 'system' || c === 'home')
  if (scope !== undefined) return [{ name, scope }]
  const isConstant = path !== '' && (strings(data.arguments)[0] === 'constant' || ofPath(data))
  return [{ name, scope: isConstant && !/^[\\/]/.test(path) ? 'project' : '*', known: isConstant }]
}

function traitCapabilities(trait: string): Found[] {
  if (trait.startsWith('persistence-'))
    return [{ name: 'persist', scope: trait.slice('persistence-'.length) }]
  if (trait === 'agent-config') return [{ name: 'agentConfig.write', scope: '' }]
  if (trait === 'download-run' || trait === 'decode-run') return [{ name: 'dynamicCode', scope: trait }]
  return trait === 'reverse-shell' ? [{ name: 'exec', scope: '*' }] : []
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
