import { listOf, objectOf, textOf } from '../../codec/json-values.ts'
import { addressOf, urlWithoutSecrets } from '../../codec/plugin/address.ts'
import { isSecretName, valueForm } from '../../codec/plugin/credential.ts'
import { registryPackage, urlPackage } from '../../codec/plugin/package.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { type CommandPlace, source } from './commands.ts'
import { JSON_START, readDocument, signProbe } from './document.ts'
import { serverFacts, variable } from './servers.ts'
import { said, stringsOf } from './wording.ts'

/** `server.json` of the MCP registry: schemas 2025-07-09 (snake case) to 2025-12-11, bare or as the registry's API wraps it. */
export const mcpRegistry: Inspector = {
  id: 'mcp-registry',
  detect: {
    probe: signProbe(
      [JSON_START, /modelcontextprotocol\.io\/schemas\/[^"]*server\.schema/],
      [
        JSON_START,
        /"(?:packages|remotes)"\s*:\s*\[/,
        /"(?:registryType|registry_type|registry_name|transport_type|transport|streamable-http)"/,
        /"name"\s*:\s*"[^"/]+\/[^"/]+"/,
      ],
    ),
  },
  facts: FACTS,
  inspect,
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { size } = opened.bytes
  context.meter.hold(size)
  try {
    const { value, duplicates } = await readDocument(opened, context, 'json')
    const servers = [...serversIn(value)]
    if (servers.length === 0) return
    yield { type: 'span', offset: 0, length: size, as: 'inspected' }
    for (const pointer of duplicates)
      yield fact('plugin.duplicate', { from: 'mcp-server', key: pointer.slice(0, 200) }, { pointer })
    for (const [pointer, server] of servers) yield* describe(server, pointer)
  } finally {
    context.meter.release(size)
  }
}

/** One server, or a page of the registry's list. */
function* serversIn(value: Json): Generator<[string, JsonObject]> {
  const root = objectOf(value)
  const list = listOf(root.servers)
  for (const [index, item] of (list.length > 0 ? list : [value]).entries()) {
    const outer = objectOf(item)
    const server = objectOf(outer.server ?? outer)
    if (
      textOf(server.name).includes('/') &&
      (Array.isArray(server.packages) || Array.isArray(server.remotes))
    ) {
      yield [list.length > 0 ? `/servers/${index}` : '', server]
    }
  }
}

function* describe(server: JsonObject, pointer: string): Generator<Emission> {
  const name = textOf(server.name)
  const version = textOf(server.version) || textOf(objectOf(server.version_detail).version)
  yield fact('plugin.manifest', {
    kind: 'mcp-server',
    name: name.slice(0, 200),
    version,
    client: 'mcp-registry',
    scope: 'bundle',
  })
  const place: CommandPlace = { from: 'mcp-server', server: name, base: '' }
  for (const [index, item] of listOf(server.packages).entries())
    yield* packaged(objectOf(item), place, `${pointer}/packages/${index}`)
  for (const [index, item] of listOf(server.remotes).entries())
    yield* remote(objectOf(item), place, `${pointer}/remotes/${index}`)
  const { url, website_url, websiteUrl } = { ...objectOf(server.repository), ...server }
  for (const [role, text] of [
    ['homepage', textOf(url)],
    ['homepage', textOf(websiteUrl) || textOf(website_url)],
  ] as const) {
    if (text !== '')
      yield fact(
        'plugin.endpoint',
        { from: 'mcp-server', server: name, role, url: urlWithoutSecrets(text), ...addressOf(text) },
        { pointer },
      )
  }
  yield* said(stringsOf(server, { role: 'tool-description', owner: name, field: '', pointer }))
}

function* packaged(item: JsonObject, place: CommandPlace, pointer: string): Generator<Emission> {
  const at = { pointer }
  const type = textOf(item.registryType) || textOf(item.registry_type) || textOf(item.registry_name)
  const name = textOf(item.identifier) || textOf(item.name)
  const version = textOf(item.version)
  const sha256 = textOf(item.fileSha256) || textOf(item.file_sha256)
  const runner = textOf(item.runtimeHint) || textOf(item.runtime_hint)
  const [before, after] = [
    values(item.runtimeArguments ?? item.runtime_arguments),
    values(item.packageArguments ?? item.package_arguments),
  ]
  const launch = launchOf(type, runner, name, version, before, after)
  if (launch) yield* serverFacts(launch, { ...place, pointer, at, scope: 'bundle' })
  else {
    const found =
      /^https?:/.test(name) && type !== 'oci'
        ? urlPackage(name, sha256)
        : registryPackage(type, name, version, sha256)
    yield* source(found, { ...place, at }, 'launch', runner)
  }
  for (const input of [...listOf(item.environmentVariables ?? item.environment_variables)])
    yield* asked(objectOf(input), 'env', place, pointer)
  const { url } = objectOf(item.transport)
  if (typeof url === 'string')
    yield fact(
      'plugin.endpoint',
      { from: place.from, server: place.server, role: 'api', url: urlWithoutSecrets(url), ...addressOf(url) },
      at,
    )
}

/** The runners of the registries that have one, and how they are told what to run. */
const RUNNERS: Readonly<Record<string, readonly [runner: string, at: string]>> = {
  npm: ['npx', '@'],
  pypi: ['uvx', '=='],
  nuget: ['dnx', '@'],
}

/** The command that a client makes of a package. */
function launchOf(
  type: string,
  hint: string,
  name: string,
  version: string,
  before: readonly string[],
  after: readonly string[],
): { command: string; args: readonly string[] } | undefined {
  if (type === 'oci' || type === 'docker') {
    const image =
      version === '' || /[:@]/.test(name.slice(name.lastIndexOf('/') + 1)) ? name : `${name}:${version}`
    const options = before[0] === 'run' ? before.slice(1) : before
    return { command: hint || 'docker', args: ['run', ...options, image, ...after] }
  }
  const [runner, at] = RUNNERS[type] ?? []
  if (runner === undefined || at === undefined || /^https?:/.test(name)) return undefined
  return {
    command: hint || runner,
    args: [...before, version === '' ? name : `${name}${at}${version}`, ...after],
  }
}

/** The words that arguments become, as far as they are fixed. */
function values(list: Json | undefined): string[] {
  return listOf(list).flatMap((item) => {
    const { type, name, value, default: otherwise } = objectOf(item)
    const held = textOf(value) || textOf(otherwise)
    return type === 'named'
      ? [textOf(name), held].filter((word) => word !== '')
      : [held].filter((word) => word !== '')
  })
}

function* remote(item: JsonObject, place: CommandPlace, pointer: string): Generator<Emission> {
  const type = textOf(item.type) || textOf(item.transport_type)
  const url = textOf(item.url)
  yield* serverFacts({ url, type }, { ...place, pointer, at: { pointer }, scope: 'bundle' })
  for (const header of listOf(item.headers)) yield* asked(objectOf(header), 'header', place, pointer)
}

/** A variable or header that the user is asked for, or that the manifest sets. */
function* asked(input: JsonObject, kind: string, place: CommandPlace, pointer: string): Generator<Emission> {
  const name = textOf(input.name)
  const value = textOf(input.value)
  if (value !== '') {
    yield variable(kind, name, value, place, pointer)
    return
  }
  const masked = input.isSecret === true || input.is_secret === true
  const { secret } = valueForm(name, textOf(input.default))
  const { from, server } = place
  const data = {
    from,
    server,
    place: kind,
    name,
    form: 'prompt',
    secret: secret || (isSecretName(name) ? 'named' : ''),
    masked,
    effect: '',
  }
  yield fact('plugin.variable', { ...data, scheme: '', host: '', domains: [], reach: '' }, { pointer })
}
