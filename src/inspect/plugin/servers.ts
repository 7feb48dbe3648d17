import { memorySource } from '../../bytes/memory.ts'
import { commandLine } from '../../codec/command-line.ts'
import { isObject, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { addressOf, NOWHERE, urlWithoutSecrets } from '../../codec/plugin/address.ts'
import {
  isSecretName,
  lineWithoutSecrets,
  valueForm,
  withoutSecretWords,
} from '../../codec/plugin/credential.ts'
import { interpreted, type Launch, readLaunch } from '../../codec/plugin/launch.ts'
import { urlPackage } from '../../codec/plugin/package.ts'
import { surfaceParts } from '../../codec/plugin/surface-parts.ts'
import { variableEffect } from '../../codec/plugin/variable.ts'
import { anonymousName } from '../../model/artifact.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { type Emission, fact } from '../inspector.ts'
import { type CommandPlace, fetchedBy, ran } from './commands.ts'
import { said, stringsOf, wording } from './wording.ts'

/** Where a server stands in a configuration. */
export interface ServerPlace extends CommandPlace {
  readonly pointer: string
  /** project (comes with a folder), user, managed or bundle */
  readonly scope: string
}

/** One server as any client writes it, brought to one form. */
interface Entry {
  readonly command: string
  readonly args: readonly string[]
  readonly env: JsonObject
  readonly headers: JsonObject
  readonly url: string
  readonly transport: string
}

/** Is an object what some client would take for a server? */
export function isServer(value: Json | undefined): value is JsonObject {
  if (!isObject(value)) return false
  const { command, cmd, url, serverUrl, httpUrl, uri, type } = value
  if ([command, cmd, url, serverUrl, httpUrl, uri].some((v) => typeof v === 'string' || Array.isArray(v)))
    return true
  return isObject(command) || type === 'builtin' || type === 'platform'
}

/** States one server of a configuration: how it starts or is reached, what it fetches, gets and may do. */
export function* serverFacts(value: JsonObject, place: ServerPlace): Generator<Emission> {
  const entry = normal(value)
  const { from, server, pointer } = place
  const at = { pointer }
  const here = { ...place, at }
  const launch = readLaunch(entry.command, entry.args)
  yield fact(
    'plugin.server',
    summary(value, entry, launch, place),
    at,
    entry.command === '' ? entry.url : shown(entry, launch).slice(0, 300),
  )
  yield* surfaceParts('launch', server, '', launchPart(entry, launch))
  for (const [name, held] of Object.entries(entry.env))
    yield variable('env', name, held, place, `${pointer}/env/${name}`)
  for (const [name, held] of Object.entries(entry.headers))
    yield variable('header', name, held, place, `${pointer}/headers/${name}`)
  for (const [name, held] of launch.variables) yield variable('env', name, held, place, `${pointer}/args`)
  yield* argumentSecrets(entry.args, place)
  if (entry.command !== '') yield* launched(entry, launch, here)
  const { headersHelper } = value
  if (headersHelper !== undefined)
    yield* ran(headersHelper, { runs: 'setting', event: 'headersHelper', asks: false }, here)
  if (entry.url !== '') {
    const { scheme, host, domains, reach } = addressOf(entry.url)
    yield fact(
      'plugin.endpoint',
      { from, server, role: 'api', url: urlWithoutSecrets(entry.url), scheme, host, domains, reach },
      at,
    )
    yield* querySecrets(entry.url, place)
  }
  yield* said(surface(value, place))
}

/** What decides what starts: no values of variables and headers, which may be secrets and differ from place to place. */
function launchPart(entry: Entry, launch: Launch): JsonObject {
  return {
    command: shown(entry, launch),
    env: Object.keys(entry.env).toSorted(byCodePoint),
    headers: Object.keys(entry.headers).toSorted(byCodePoint),
    transport: entry.transport,
    url: urlWithoutSecrets(entry.url),
  }
}

function* surface(value: JsonObject, { server, pointer }: ServerPlace) {
  for (const key of [
    'description',
    'instructions',
    'title',
    'displayName',
    'notes',
    '_comment',
    'tools',
  ] as const) {
    const where = { owner: server, field: key, pointer: `${pointer}/${key}` }
    const role = key === 'instructions' ? 'instruction' : key === 'tools' ? 'schema' : 'tool-description'
    if (typeof value[key] === 'string') yield* wording(value[key], { ...where, role })
    else if (key === 'tools' && !textsOf(value[key]).length) yield* stringsOf(value[key], { ...where, role })
  }
}

function normal(value: JsonObject): Entry {
  const written = value.command ?? value.cmd
  // Zed's older form is `command: { path, args, env }`, OpenCode's a list.
  const nested = objectOf(written)
  const list = Array.isArray(written) ? textsOf(written) : []
  const command = textOf(nested.path) || (list[0] ?? textOf(written))
  const args = [
    ...list.slice(1),
    ...textsOf(nested.args),
    ...(Array.isArray(value.args) ? textsOf(value.args) : []),
  ]
  if (typeof value.args === 'string') args.push(...value.args.split(/\s+/))
  const env = {
    ...objectOf(nested.env),
    ...objectOf(value.envs),
    ...objectOf(value.environment),
    ...objectOf(value.env),
  }
  const { requestInit, requestOptions } = value
  const headers = {
    ...objectOf(objectOf(requestInit).headers),
    ...objectOf(objectOf(requestOptions).headers),
    ...objectOf(value.http_headers),
    ...objectOf(value.headers),
  }
  const url = textOf(value.url) || textOf(value.serverUrl) || textOf(value.httpUrl) || textOf(value.uri)
  return { command, args, env, headers, url, transport: transportOf(value, command, url) }
}

function transportOf(value: JsonObject, command: string, url: string): string {
  const named = (textOf(value.type) || textOf(value.transport)).toLowerCase()
  if (/^(?:builtin|platform)$/.test(named)) return 'builtin'
  if (/sse/.test(named)) return 'sse'
  if (/http|remote/.test(named) && url !== '') return 'http'
  if (command !== '') return 'stdio'
  if (url === '') return 'unknown'
  // Gemini CLI takes `url` for SSE and `httpUrl` for HTTP; for others the path is what tells.
  return /\/sse\/?(?:\?|$)/.test(url) ? 'sse' : 'http'
}

function summary(value: JsonObject, entry: Entry, launch: Launch, place: ServerPlace): JsonObject {
  const { from, server, scope } = place
  const list = (...keys: string[]) => keys.flatMap((key) => textsOf(value[key]))
  const { scheme, host, domains, reach } = entry.url === '' ? NOWHERE : addressOf(entry.url)
  const named = [
    ...list('env_keys', 'env_vars', 'env_http_headers'),
    textOf(value.bearer_token_env_var),
  ].filter((n) => n !== '')
  return {
    from,
    server,
    transport: entry.transport,
    command: entry.command.slice(0, 300),
    program: launch.program,
    args: withoutSecretWords(entry.args)
      .slice(0, 64)
      .map((word) => word.slice(0, 200)),
    packages: launch.packages.map(
      ({ name, version, integrity }) => name + (version || integrity ? `@${version || integrity}` : ''),
    ),
    shell: launch.shell,
    url: urlWithoutSecrets(entry.url),
    scheme,
    host,
    domains,
    reach,
    cwd: textOf(value.cwd),
    envNames: [...Object.keys(entry.env), ...named],
    headerNames: [...Object.keys(entry.headers), ...Object.keys(objectOf(value.env_http_headers))],
    trust:
      value.trust === true ||
      value.autoApprove === true ||
      value.alwaysAllow === true ||
      value.default_tools_approval_mode === 'approve',
    autoApprove: list('autoApprove', 'alwaysAllow', 'always_allow', 'auto_approve'),
    enabledTools: list('includeTools', 'enabled_tools', 'enabledTools', 'available_tools', 'tools'),
    disabledTools: list('excludeTools', 'disabled_tools', 'disabledTools'),
    enabled: value.enabled !== false && value.disabled !== true,
    sandbox: launch.sandbox || (isObject(value.sandbox) || value.sandboxEnabled === true ? 'client' : ''),
    scope,
  }
}

function shown(entry: Entry, launch: Launch): string {
  const words = withoutSecretWords([entry.command, ...entry.args])
  return `${launch.sandbox === '' ? '' : `(${launch.sandbox}) `}${words.join(' ')}`
}

/** Follows the command; a line that a shell interprets, or code among the arguments, is inspected. */
function* launched(entry: Entry, launch: Launch, place: ServerPlace): Generator<Emission> {
  yield* fetchedBy(entry.command, entry.args, place, 'launch')
  if (/^(?:mcp-remote|supergateway|mcp-proxy|@smithery\/cli)$/.test(launch.packages[0]?.name ?? ''))
    yield* bridged(launch.rest, place)
  const inline =
    entry.args.some((word) => /^-(?:\w*c|e|p|m|-eval|-command|EncodedCommand|enc)$/i.test(word)) &&
    !/^(?:npx|uvx|docker|podman)$/.test(launch.program)
  if (!launch.shell && !inline) return
  const line =
    entry.args.length === 0 ? entry.command : commandLine(interpreted([entry.command, ...entry.args]))
  const { from, at } = place
  yield fact(
    'plugin.command',
    { from, runs: 'launch', event: '', asks: false, command: lineWithoutSecrets(line).slice(0, 300) },
    at,
  )
  yield {
    type: 'child',
    name: anonymousName(`launch ${place.server}`),
    bytes: memorySource(Buffer.from(line)),
    format: 'shell',
  }
}

/** A bridge is a local command whose server is elsewhere. */
function* bridged(rest: readonly string[], place: ServerPlace): Generator<Emission> {
  const { from, server, at } = place
  for (const word of rest) {
    if (!/^https?:\/\//.test(word)) continue
    const { address } = urlPackage(word)
    yield fact('plugin.endpoint', { from, server, role: 'api', url: urlWithoutSecrets(word), ...address }, at)
    yield* querySecrets(word, place)
  }
}

/** A variable or header: its form, not its value. */
export function variable(
  kind: string,
  name: string,
  held: Json,
  place: Pick<ServerPlace, 'from' | 'server'>,
  pointer: string,
): Emission {
  const value = isObject(held) ? '' : held === null ? '' : String(held)
  const { form, secret } = valueForm(name, value)
  const address = addressOf(value)
  const effect = kind === 'env' ? variableEffect(name, value) : ''
  const { from, server } = place
  return fact(
    'plugin.variable',
    { from, server, place: kind, name, form, secret, masked: false, effect, ...address },
    { pointer },
  )
}

function hasSecret(word: string): boolean {
  const [, name = '', value = word] = /^-{0,2}([\w.-]+)(?:=|:(?!\/\/))(.*)$/s.exec(word) ?? []
  return valueForm(name, value).form === 'literal' && valueForm(name, value).secret !== ''
}

function* argumentSecrets(args: readonly string[], place: ServerPlace): Generator<Emission> {
  const pointer = `${place.pointer}/args`
  for (const [index, word] of args.entries()) {
    const [, option, inline] = /^-{1,2}([\w-]+)(?:[=:](.*))?$/s.exec(word) ?? []
    if (option !== undefined && inline !== undefined) {
      if (isSecretName(option) || hasSecret(inline))
        yield variable('argument', option, inline, place, pointer)
    } else if (option !== undefined && isSecretName(option) && args[index + 1]?.startsWith('-') === false) {
      yield variable('argument', option, args[index + 1] ?? '', place, pointer)
    } else if (option === undefined && hasSecret(word) && !/^(?:-e|--env)$/.test(args[index - 1] ?? '')) {
      // `--header "Authorization: Bearer …"`, or a key by itself.
      const [, name = '', value = word] = /^([\w-]+)\s*(?:=|:(?!\/\/))\s*(.*)$/s.exec(word) ?? []
      yield variable('argument', name, value, place, pointer)
    }
  }
}

function* querySecrets(url: string, place: ServerPlace): Generator<Emission> {
  for (const [, name = '', value = ''] of url.matchAll(/[?&]([\w.-]+)=([^&#]*)/g)) {
    if (isSecretName(name) || hasSecret(value))
      yield variable('query', name, value, place, `${place.pointer}/url`)
  }
  if (/^[a-z][a-z\d+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i.test(url))
    yield variable('query', 'password', url, place, `${place.pointer}/url`)
}
