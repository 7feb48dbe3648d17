import { isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { addressOf } from '../../codec/plugin/address.ts'
import { fromGit, npmPackage, pathPackage, urlPackage } from '../../codec/plugin/package.ts'
import { readRule } from '../../codec/plugin/permission.ts'
import { nearlyKnown } from '../../codec/plugin/well-known.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { type CommandPlace, ran, source } from './commands.ts'
import { JSON_START, pathOf, readDocument, signProbe } from './document.ts'
import { hookFacts } from './hooks.ts'
import { isServer, serverFacts } from './servers.ts'
import { said, stringsOf } from './wording.ts'

/** Manifests of plugins that several clients have alike, as data; `base` leads from the manifest to the plugin's folder. */
interface ManifestKind {
  readonly kind: string
  readonly client: string
  readonly path: RegExp
  readonly base: string
}

const KINDS: readonly ManifestKind[] = [
  {
    kind: 'claude-plugin',
    client: 'claude-code',
    path: /(?:^|\/)\.(?:claude|cursor)-plugin\/plugin\.json$/,
    base: '..',
  },
  { kind: 'agent-plugin', client: 'copilot', path: /(?:^|\/)\.github\/plugin\/plugin\.json$/, base: '../..' },
  {
    kind: 'claude-marketplace',
    client: 'claude-code',
    path: /(?:^|\/)\.(?:claude|cursor)-plugin\/marketplace\.json$/,
    base: '..',
  },
  { kind: 'codex-plugin', client: 'codex', path: /(?:^|\/)\.codex-plugin\/plugin\.json$/, base: '..' },
  {
    kind: 'codex-marketplace',
    client: 'codex',
    path: /(?:^|\/)\.agents\/plugins\/(?:api_)?marketplace\.json$/,
    base: '../..',
  },
  { kind: 'claude-marketplace', client: 'claude-code', path: /(?:^|\/)marketplace\.json$/, base: '' },
  { kind: 'hooks', client: 'claude-code', path: /(?:^|\/)hooks\/[^/]*hooks[^/]*\.json$/, base: '..' },
  {
    kind: 'gemini-extension',
    client: 'gemini-cli',
    path: /(?:^|\/)(?:gemini|qwen)-extension\.json$/,
    base: '',
  },
  { kind: 'agent-plugin', client: 'agent-plugins', path: /(?:^|\/)plugin\.json$/, base: '' },
  { kind: 'lsp', client: 'claude-code', path: /(?:^|\/)\.lsp\.json$/, base: '' },
]

/** Manifests and marketplaces of Claude Code, Codex, Gemini CLI and Agent Plugins. */
export const pluginManifest: Inspector = {
  id: 'plugin-manifest',
  detect: {
    probe: signProbe(
      [JSON_START, /"plugins"\s*:\s*\[/, /"owner"\s*:/, /"source"\s*:/],
      [JSON_START, /agent-plugins\.org\/schemas/],
      [JSON_START, /"contextFileName"\s*:/, /"mcpServers"\s*:/],
    ),
    path: new RegExp(KINDS.map(({ path }) => path.source).join('|')),
  },
  facts: FACTS,
  inspect,
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  const named = KINDS.find((kind) => kind.path.test(path))
  context.meter.hold(opened.bytes.size)
  try {
    if (named && isCertain(named)) yield manifest(named, {})
    const { value, duplicates } = await readDocument(opened, context, 'json')
    const root = objectOf(value)
    const found = named ?? guess(root)
    // `plugin.json` is the name of many things: without a plugin's keys it is none.
    if (!found || (found.kind === 'agent-plugin' && !looksLikePlugin(root))) return
    if (found.kind === 'claude-marketplace' && !Array.isArray(root.plugins)) return
    yield { type: 'span', offset: 0, length: opened.bytes.size, as: 'inspected' }
    yield manifest(found, root)
    for (const pointer of duplicates)
      yield fact('plugin.duplicate', { from: found.kind, key: pointer.slice(0, 200) }, { pointer })
    yield* describe(root, found)
  } finally {
    context.meter.release(opened.bytes.size)
  }
}

/** By these names nothing else is called. */
function isCertain({ path }: ManifestKind): boolean {
  return /-plugin|\.agents|extension|lsp/.test(path.source)
}

function manifest({ kind, client }: ManifestKind, root: JsonObject): Emission {
  const version = typeof root.version === 'string' ? root.version : ''
  return fact('plugin.manifest', {
    kind,
    name: textOf(root.name).slice(0, 200),
    version,
    client,
    scope: 'bundle',
  })
}

function guess(root: JsonObject): ManifestKind | undefined {
  const kind = Array.isArray(root.plugins)
    ? 'claude-marketplace'
    : root.contextFileName === undefined
      ? 'agent-plugin'
      : 'gemini-extension'
  return KINDS.find((k) => k.kind === kind && k.base === '')
}

function looksLikePlugin(root: JsonObject): boolean {
  if (/agent-plugins\.org/.test(textOf(root.$schema))) return true
  return ['mcpServers', 'hooks', 'skills', 'commands', 'agents', 'lspServers'].some(
    (key) => root[key] !== undefined,
  )
}

function* describe(root: JsonObject, found: ManifestKind): Generator<Emission> {
  const place: CommandPlace = { from: found.kind, server: '', base: found.base }
  if (found.kind.endsWith('marketplace')) yield* marketplace(root, place)
  else if (found.kind === 'hooks') yield* hookFacts(root.hooks ?? root, place, '/hooks')
  else if (found.kind === 'lsp') yield* languageServers(root, place, '')
  else yield* plugin(root, place, '')
  yield* said(stringsOf(root, { role: 'documentation', owner: textOf(root.name), field: '', pointer: '' }))
}

const FILES = [
  'commands',
  'agents',
  'skills',
  'outputStyles',
  'apps',
  'contextFileName',
  'rules',
  'monitors',
  'channels',
] as const

/** What one plugin brings: components by path or written out, servers, hooks, language servers. */
function* plugin(root: JsonObject, place: CommandPlace, pointer: string): Generator<Emission> {
  for (const key of FILES) {
    for (const path of textsOf(root[key])) yield component(path, 'component', place, `${pointer}/${key}`)
  }
  const { mcpServers, hooks, lspServers } = root
  for (const path of [...textsOf(mcpServers), ...textsOf(hooks), ...textsOf(lspServers)])
    yield component(path, 'component', place, pointer)
  for (const [server, held] of Object.entries(objectOf(objectOf(mcpServers).mcpServers ?? mcpServers))) {
    const at = `${pointer}/mcpServers/${server}`
    if (isServer(held))
      yield* serverFacts(held, { ...place, server, pointer: at, at: { pointer: at }, scope: 'bundle' })
  }
  if (isObject(hooks)) yield* hookFacts(hooks.hooks ?? hooks, place, `${pointer}/hooks`)
  yield* languageServers(objectOf(lspServers), place, `${pointer}/lspServers`)
  for (const [index, item] of listOf(root.monitors).entries()) {
    yield* ran(
      objectOf(item).command,
      { runs: 'task', event: 'monitor', asks: false },
      { ...place, at: { pointer: `${pointer}/monitors/${index}` } },
    )
  }
  yield* asked(root, place, pointer)
  for (const tool of textsOf(root.excludeTools))
    yield fact('plugin.permission', { from: place.from, server: '', scope: 'deny', ...readRule(tool) })
  for (const dependency of listOf(root.dependencies)) {
    const name = textOf(dependency) || textOf(objectOf(dependency).name)
    if (name !== '')
      yield fact(
        'edge.plugin',
        { target: name, role: 'plugin', form: 'name', base: '' },
        { pointer: `${pointer}/dependencies` },
      )
  }
}

/** What the person who installs it is asked for. */
function* asked(root: JsonObject, { from }: CommandPlace, pointer: string): Generator<Emission> {
  const settings = [
    ...Object.entries(objectOf(root.userConfig)).map(([name, held]) => ({
      name,
      held: objectOf(held as Json),
    })),
    ...listOf(root.settings).map((held) => ({
      name: textOf(objectOf(held).envVar) || textOf(objectOf(held).name),
      held: objectOf(held),
    })),
  ]
  for (const { name, held } of settings) {
    const masked = held.sensitive === true || held.secret === true
    yield fact(
      'plugin.variable',
      {
        from,
        server: '',
        place: 'input',
        name,
        form: 'prompt',
        secret: '',
        masked,
        effect: '',
        scheme: '',
        host: '',
        domains: [],
        reach: '',
      },
      { pointer: `${pointer}/userConfig/${name}` },
    )
  }
}

function* languageServers(root: JsonObject, place: CommandPlace, pointer: string): Generator<Emission> {
  for (const [server, held] of Object.entries(root)) {
    const at = `${pointer}/${server}`
    const entry = objectOf(held as Json)
    if (typeof entry.command === 'string')
      yield* serverFacts(entry, { ...place, server, pointer: at, at: { pointer: at }, scope: 'bundle' })
  }
}

function component(path: string, role: string, { base }: CommandPlace, pointer: string): Emission {
  return fact('edge.plugin', { target: path, role, form: pathForm(path), base }, { pointer })
}

function* marketplace(root: JsonObject, place: CommandPlace): Generator<Emission> {
  const name = textOf(root.name)
  const near = nearlyKnown('marketplace', name)
  if (near)
    yield fact(
      'plugin.lookalike',
      { from: place.from, what: 'marketplace', name, ...near },
      { pointer: '/name' },
    )
  const { pluginRoot } = objectOf(root.metadata)
  for (const [index, item] of listOf(root.plugins).entries()) {
    const entry = objectOf(item)
    const pointer = `/plugins/${index}`
    const here = { ...place, server: textOf(entry.name), at: { pointer } }
    yield* pluginSource(entry.source, here, textOf(pluginRoot))
    // With `strict: false` the entry is the manifest itself; its components are merged with the plugin's in any case.
    yield* plugin(entry, here, pointer)
  }
}

/** Where a plugin of a marketplace comes from; only a commit is a pin. */
function* pluginSource(value: Json | undefined, place: CommandPlace, root: string): Generator<Emission> {
  if (typeof value === 'string') {
    const path = root !== '' && !value.startsWith('.') ? `${root}/${value}` : value
    yield* source(pathPackage(path), place, 'plugin', '')
    return
  }
  const held = objectOf(value)
  const [kind, repo, url, ref, sha] = ['source', 'repo', 'url', 'ref', 'sha'].map((key) => textOf(held[key]))
  const { from, server, at } = place
  if (kind === 'npm') {
    const version = textOf(held.version)
    yield* source(
      npmPackage(`${textOf(held.package)}${version === '' ? '' : `@${version}`}`),
      place,
      'plugin',
      '',
    )
    const registry = textOf(held.registry)
    if (registry !== '')
      yield fact(
        'plugin.endpoint',
        { from, server, role: 'marketplace', url: registry.slice(0, 200), ...addressOf(registry) },
        at,
      )
  } else if (kind === 'local' || (typeof held.path === 'string' && !repo && !url)) {
    yield* source(pathPackage(textOf(held.path)), place, 'plugin', '')
  } else if (repo)
    yield* source(fromGit(`https://github.com/${repo}`, ref ?? '', sha ?? ''), place, 'plugin', '')
  else if (url)
    yield* source(
      /\.(?:zip|tgz|tar\.gz|json)$/.test(url) ? urlPackage(url) : fromGit(url, ref ?? '', sha ?? ''),
      place,
      'plugin',
      '',
    )
}
