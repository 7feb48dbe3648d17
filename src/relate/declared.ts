import { pathClass } from '../codec/syntax/places.ts'
import type { Capability } from '../model/capability.ts'
import type { Fact, Json } from '../model/fact.ts'

/** What a manifest or client says that may be done. */
export interface Permitted extends Capability {
  readonly column: 'declared' | 'granted'
  readonly tool: string
  /** Who says so, in the words of a table. */
  readonly by: string
}

/** Documents by which a client allows something; all others only say what they need. */
const CLIENTS = new Set(['mcp-config', 'agent-settings'])

/** What one fact about a plugin permits. `document`: kind of the manifest that states it. */
export function permittedBy(fact: Fact, document: string): Permitted[] {
  const { kind, data } = fact
  const column = CLIENTS.has(document) ? 'granted' : 'declared'
  const by = String(data.from ?? document)
  const say = (what: readonly Capability[], tool = ''): Permitted[] =>
    what.map((capability) => ({ ...capability, column, tool, by }))
  switch (kind) {
    case 'plugin.permission':
      return permission(fact, column)
    case 'plugin.variable':
      return data.place === 'env' ? say([{ name: 'env', scope: String(data.name) }]) : []
    case 'plugin.hook':
      return say([{ name: 'hooks', scope: String(data.event) }])
    case 'plugin.endpoint':
      return data.role === 'api' ? say(address(data)) : []
    case 'plugin.launch-option':
      return say(option(String(data.option), String(data.value)))
    case 'plugin.server':
      return say(server(data))
    case 'plugin.resource':
      return data.ui === true ? say([{ name: 'ui', scope: String(data.uri) }]) : []
    default:
      return []
  }
}

function permission({ data }: Fact, column: Permitted['column']): Permitted[] {
  const { scope } = data
  // What is asked for each time is not granted; what is denied even less.
  if (scope !== 'allow' && scope !== 'declared') return []
  const found = permissionCapability(String(data.tool), String(data.rule))
  const side = scope === 'declared' ? 'declared' : column
  return found.map((capability) => ({ ...capability, column: side, tool: '', by: ruleText(data) }))
}

function ruleText({ tool, rule }: Fact['data']): string {
  return rule === '' ? String(tool) : `${String(tool)}(${String(rule)})`
}

const COMMANDS =
  /^(?:Bash|Shell|PowerShell|Terminal|run_shell_command|run_command|execute_command|execute_bash|developer__shell)$/i
const READING = /^(?:Read|Glob|Grep|LS|NotebookRead|read_file|fs_read)$/i
const WRITING = /^(?:Write|Edit|MultiEdit|NotebookEdit|write_file|edit|fs_write)$/i

/** A permission in the words of agents (`Bash(git:*)`) and manifests (`oauth`) as capabilities. */
export function permissionCapability(tool: string, rule: string): Capability[] {
  if (tool === '*')
    return [
      { name: 'exec', scope: '*' },
      { name: 'tool', scope: '*' },
    ]
  if (COMMANDS.test(tool)) return [{ name: 'exec', scope: programOf(rule) }]
  if (READING.test(tool)) return [{ name: 'fs.read', scope: folderOf(rule) }]
  if (WRITING.test(tool)) return [{ name: 'fs.write', scope: folderOf(rule) }]
  if (/^WebFetch$/i.test(tool)) {
    const host = /^domain:(.+)$/.exec(rule)?.[1] ?? '*'
    return [{ name: 'net', scope: `https://${host}` }]
  }
  if (/^WebSearch$/i.test(tool)) return [{ name: 'net', scope: 'https://*' }]
  if (tool === 'oauth') return [{ name: 'oauth', scope: rule }]
  if (tool === 'ui-csp' || tool === 'ui-permission')
    return [{ name: 'ui', scope: `${tool.slice(3)}:${rule}` }]
  if (tool === 'directory') return [{ name: 'fs.write', scope: folderOf(rule) }]
  return tool.startsWith('mcp__') ? [{ name: 'tool', scope: tool.slice('mcp__'.length) }] : []
}

function programOf(rule: string): string {
  const [word = ''] = rule
    .replace(/:?\*+$/, '')
    .trim()
    .split(/\s+/)
  return word.split(/[/\\]/).at(-1) || '*'
}

/** Paths without a root are in the project; `//x` is absolute (Claude Code), `/x` relative to the settings. */
function folderOf(rule: string): string {
  const path = rule.replace(/^\/\//, '/').replace(/\*+.*$/, '')
  if (rule === '' || rule === '*' || path === '/' || rule === '**') return '*'
  const found = pathClass(path.replace(/\/$/, ''))
  return found === 'home' || found === 'system' || found === 'temporary' ? found : 'project'
}

function address({ scheme, host }: Fact['data']): Capability[] {
  return host === '' ? [] : [{ name: 'net', scope: `${String(scheme)}://${String(host)}` }]
}

const OPTIONS: Readonly<Record<string, Capability>> = {
  privileged: { name: 'exec', scope: '*' },
  'docker-socket': { name: 'exec', scope: '*' },
  'skip-permissions': { name: 'exec', scope: '*' },
  'allow-all': { name: 'exec', scope: '*' },
  sudo: { name: 'exec', scope: '*' },
  'host-network': { name: 'net', scope: '*' },
  'bind-any': { name: 'listen', scope: '0.0.0.0' },
  'root-mount': { name: 'fs.write', scope: '*' },
  'root-folder': { name: 'fs.write', scope: '*' },
  'home-mount': { name: 'fs.write', scope: 'home' },
  'home-folder': { name: 'fs.write', scope: 'home' },
}

function option(name: string, value: string): Capability[] {
  if (name === 'secret-folder') return [{ name: 'secrets', scope: value }]
  const found = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined
  return found ? [found] : []
}

function server(data: Fact['data']): Capability[] {
  const approved = data.trust === true ? ['*'] : strings(data.autoApprove)
  return [
    ...address(data),
    ...strings(data.envNames).map((scope): Capability => ({ name: 'env', scope })),
    ...approved.map((scope): Capability => ({ name: 'tool', scope })),
  ]
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
