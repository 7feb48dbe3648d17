import { everyKey, isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { addressOf } from '../../codec/plugin/address.ts'
import { ANY_CLIENT, CLIENT_FILES, type ClientFile, clientFile } from '../../codec/plugin/clients.ts'
import { lineWithoutSecrets } from '../../codec/plugin/credential.ts'
import { fromGit, npmPackage, urlPackage } from '../../codec/plugin/package.ts'
import { readRule } from '../../codec/plugin/permission.ts'
import { settingEffect } from '../../codec/plugin/settings.ts'
import { nearlyKnown } from '../../codec/plugin/well-known.ts'
import { EDGE_PLUGIN } from '../../model/edge-facts.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { PLUGIN_FACTS } from '../../model/plugin-facts.ts'
import { SURFACE_FACTS } from '../../model/surface-facts.ts'
import { TEXT_FACTS } from '../../model/text-facts.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { ran, source } from './commands.ts'
import { JSON_START, pathOf, readDocument, type Syntax, signProbe } from './document.ts'
import { hookFacts } from './hooks.ts'
import { isServer, serverFacts, variable } from './servers.ts'
import { said, stringsOf, wording } from './wording.ts'

/** Every catalogue that inspectors of plugins state from. */
export const FACTS = { ...PLUGIN_FACTS, ...TEXT_FACTS, ...EDGE_PLUGIN, ...SURFACE_FACTS }

const EVENTS =
  /"(?:PreToolUse|PostToolUse|UserPromptSubmit|SessionStart|SessionEnd|BeforeTool|AfterTool|beforeShellExecution|beforeSubmitPrompt)"\s*:/

/** Configurations of the clients of MCP servers, and settings of agents: what is started, granted, switched off and hooked in. */
export const agentConfig: Inspector = {
  id: 'agent-config',
  detect: {
    probe: signProbe(
      [JSON_START, /"(?:mcpServers|context_servers|mcp_servers|amp\.mcpServers)"\s*:\s*\{/],
      [JSON_START, /"hooks"\s*:\s*\{/, EVENTS],
      [
        JSON_START,
        /"(?:enableAllProjectMcpServers|apiKeyHelper|enabledMcpjsonServers|extraKnownMarketplaces)"\s*:/,
      ],
      [JSON_START, /"permissions"\s*:\s*\{/, /"(?:allow|deny|defaultMode)"\s*:/],
      [/^\[mcp_servers\./m],
      [/^mcpServers:\s*$/m],
    ),
    path: new RegExp(CLIENT_FILES.map(({ path }) => path.source).join('|')),
    byName: true,
  },
  facts: FACTS,
  inspect,
}

/** Manifests of plugins hold servers and hooks, too; they have inspectors of their own. */
const MANIFESTS =
  /(?:^|\/)(?:\.(?:claude|codex)-plugin\/(?:plugin|marketplace)|\.agents\/plugins\/marketplace|gemini-extension|plugin|hooks\/hooks|server|manifest)\.json$|\.ipynb$|(?:^|\/)package(?:-lock)?\.json$/

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  const named = clientFile(path)
  if (!named && MANIFESTS.test(path)) return
  const syntax = named && !/\.(?:toml|ya?ml)$/.test(path) ? 'json' : syntaxOf(path)
  const file: ClientFile = named ?? { ...ANY_CLIENT, path: /(?:)/, syntax }
  if (named) yield { type: 'span', offset: 0, length: opened.bytes.size, as: 'inspected' }
  context.meter.hold(opened.bytes.size)
  try {
    // By its name a client opens it: what cannot be read is then no silent matter.
    if (named) yield manifest(file, path)
    const { documents, duplicates, comments } = await readDocument(opened, context, syntax)
    if (!named) yield manifest(file, path)
    for (const pointer of duplicates) {
      if (DECIDING.test(pointer))
        yield fact('plugin.duplicate', { from: file.client, key: pointer.slice(0, 200) }, { pointer })
    }
    for (const value of documents) yield* describe(objectOf(value), file, path)
    const where = { role: 'data', owner: '', pointer: '' } as const
    yield* said(comments.flatMap((text) => [...wording(text, { ...where, field: 'comment' })]))
  } finally {
    context.meter.release(opened.bytes.size)
  }
}

function syntaxOf(path: string): Syntax {
  if (path.endsWith('.toml')) return 'toml'
  return /\.ya?ml$/.test(path) ? 'yaml' : 'json'
}

const DECIDING =
  /\/(?:mcpServers|mcp_servers|servers|context_servers|extensions|mcp)(?:\/[^/]+(?:\/(?:command|args|env|url|type|trust|autoApprove|headers)\b.*)?)?$|\/(?:permissions|hooks|env|allow|deny|defaultMode)(?:\/|$)/

function manifest({ client, scope }: ClientFile, path: string): Emission {
  const kind = /(?:settings|hooks|tasks|cli|permissions|config|environment)\.\w+$|\.hook$/.test(path)
    ? 'agent-settings'
    : 'mcp-config'
  return fact('plugin.manifest', { kind, name: '', version: '', client, scope })
}

function* describe(root: JsonObject, file: ClientFile, path: string): Generator<Emission> {
  const { client: from, scope, base } = file
  const place = { from, server: '', base, scope }
  for (const [pointer, name, value] of serversIn(root, file.servers))
    yield* serverFacts(value, { ...place, server: name, pointer, at: { pointer } })
  for (const input of listOf(root.inputs)) yield* inputs(objectOf(input), from)
  yield* permissions(root, from)
  yield* hookFacts(root.hooks, place, '/hooks')
  if (/\.kiro\.hook$|\/hooks\/[^/]+$/.test(path)) yield* kiroHook(root, file)
  for (const key of [
    'env',
    'terminal.integrated.env.linux',
    'terminal.integrated.env.osx',
    'terminal.integrated.env.windows',
    'shell_environment_policy',
  ]) {
    const held = key === 'shell_environment_policy' ? objectOf(root[key]).set : root[key]
    for (const [name, value] of Object.entries(objectOf(held)))
      yield variable('env', name, value as Json, place, `/${key}/${name}`)
  }
  yield* settings(root, file, path)
  yield* tasks(root, file)
  // OpenCode installs these and runs them in its own process.
  if (from === 'opencode')
    for (const name of textsOf(root.plugin)) yield* source(npmPackage(name), place, 'plugin', 'opencode')
  yield* marketplaces(root, file)
  const texts = [
    'systemPrompt',
    'instructions',
    'developer_instructions',
    'customInstructions',
    'autoMode',
    'interface',
    'agent',
    'command',
    'github.copilot.chat.codeGeneration.instructions',
    'prompt',
  ]
  yield* said(
    texts.flatMap((key) => [
      ...stringsOf(root[key], { role: 'instruction', owner: '', field: key, pointer: `/${key}` }),
    ]),
  )
}

/** The servers of a document, found by the keys that its client reads. */
function* serversIn(
  root: JsonObject,
  keys: readonly string[],
): Generator<[pointer: string, name: string, value: JsonObject]> {
  for (const key of keys) {
    let found: [string, Json | undefined][] = [['', root]]
    for (const step of key === '' ? [] : key.split('/')) {
      found = found.flatMap(([pointer, value]) =>
        Object.entries(objectOf(value))
          .filter(([name]) => step === '*' || name === step)
          .map(([name, held]): [string, Json] => [`${pointer}/${name.replaceAll('/', '~1')}`, held as Json]),
      )
    }
    for (const [pointer, map] of found) {
      // Continue and recipes have lists of servers with names inside.
      for (const [name, value] of Object.entries(isObject(map) || Array.isArray(map) ? map : {})) {
        if (!isServer(value)) continue
        yield [
          `${pointer}/${name.replaceAll('/', '~1')}`,
          Array.isArray(map) ? textOf(value.name) || textOf(value.value) : name,
          value,
        ]
      }
    }
  }
}

/** VS Code asks for these when a server starts. */
function* inputs(input: JsonObject, from: string): Generator<Emission> {
  const name = textOf(input.id)
  if (name === '') return
  const masked = input.password === true
  const data = {
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
  }
  yield fact('plugin.variable', data)
  if (input.type === 'command')
    yield fact('plugin.setting', {
      from,
      key: `inputs.${name}`,
      effect: 'runs-command',
      value: textOf(input.command).slice(0, 200),
      scope: 'project',
    })
}

function* permissions(root: JsonObject, from: string): Generator<Emission> {
  const { permissions: held } = root
  for (const scope of ['allow', 'ask', 'deny'] as const) {
    for (const [index, text] of textsOf(objectOf(held)[scope]).entries()) {
      const data = { from, server: '', scope, ...readRule(text) }
      yield fact('plugin.permission', data, { pointer: `/permissions/${scope}/${index}` }, text.slice(0, 200))
    }
  }
  for (const text of [
    ...textsOf(root.allowedTools),
    ...textsOf(objectOf(root.tools).allowed),
    ...textsOf(root.coreTools),
  ]) {
    yield fact(
      'plugin.permission',
      { from, server: '', scope: 'allow', ...readRule(text) },
      undefined,
      text.slice(0, 200),
    )
  }
  for (const folder of textsOf(objectOf(held).additionalDirectories)) {
    const breadth = /^(?:\/|~|\$HOME)\/?$/.test(folder) ? 'broad' : 'narrow'
    yield fact('plugin.permission', {
      from,
      server: '',
      scope: 'allow',
      tool: 'directory',
      rule: folder,
      breadth,
    })
  }
}

/** Kiro: `when` something happens, `then` ask the agent or run a command. */
function* kiroHook(root: JsonObject, { client: from, base }: ClientFile): Generator<Emission> {
  const event = textOf(objectOf(root.when).type)
  const { type, command, prompt } = objectOf(root.then)
  const at = { pointer: '/then' }
  if (typeof command === 'string') {
    yield fact(
      'plugin.hook',
      { from, event, matcher: '', type: 'command', command: command.slice(0, 300) },
      at,
    )
    yield* ran(command, { runs: 'hook', event, asks: false }, { from, server: '', at, base })
  } else if (typeof prompt === 'string') {
    yield fact('plugin.hook', { from, event, matcher: '', type: textOf(type) || 'prompt', command: '' }, at)
    yield* said(
      wording(prompt, { role: 'instruction', owner: event, field: 'prompt', pointer: '/then/prompt' }),
    )
  }
}

function* settings(
  root: JsonObject,
  { client: from, scope, base }: ClientFile,
  path: string,
): Generator<Emission> {
  const isMachine = /environment\.json$/.test(path)
  for (const { value, pointer } of everyKey(root)) {
    const key = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
    if (/^(?:mcpServers|servers|mcp_servers|context_servers|hooks)\./.test(key)) continue
    yield* setting(key, value, pointer)
    for (const [index, item] of listOf(value).entries())
      if (typeof item === 'string') yield* setting(`${key}.${index}`, item, `${pointer}/${index}`)
  }
  function* setting(key: string, value: Json, pointer: string): Generator<Emission> {
    const effect = settingEffect(key, value, isMachine)
    if (effect === undefined) return
    const text = lineWithoutSecrets(
      typeof value === 'string' ? value : isObject(value) ? '' : JSON.stringify(value),
    )
    yield fact('plugin.setting', { from, key, effect, value: text.slice(0, 200), scope }, { pointer })
    if (effect === 'endpoint')
      yield fact(
        'plugin.endpoint',
        { from, server: '', role: 'model', url: text.slice(0, 200), ...addressOf(text) },
        { pointer },
      )
    if (effect === 'runs-command')
      yield* ran(
        value,
        { runs: 'setting', event: key, asks: false },
        { from, server: '', at: { pointer }, base },
      )
  }
}

/** Tasks of VS Code; those that start when the folder is opened ask nobody who has trusted it. */
function* tasks(root: JsonObject, { client: from, base, scope }: ClientFile): Generator<Emission> {
  for (const [index, item] of [...listOf(root.tasks), ...listOf(objectOf(root.tasks).tasks)].entries()) {
    const task = objectOf(item)
    const { command, args, runOptions, label } = task
    if (command === undefined) continue
    const opens = objectOf(runOptions).runOn === 'folderOpen'
    const at = { pointer: `/tasks/${index}` }
    const line = [textOf(command), ...textsOf(args)].join(' ')
    if (opens)
      yield fact(
        'plugin.setting',
        { from, key: 'runOptions.runOn', effect: 'auto-run', value: line.slice(0, 200), scope },
        at,
      )
    yield* ran(
      line,
      { runs: 'task', event: opens ? 'folderOpen' : textOf(label).slice(0, 80), asks: !opens },
      { from, server: '', at, base },
    )
  }
}

function* marketplaces(root: JsonObject, { client: from, base }: ClientFile): Generator<Emission> {
  for (const [name, held] of Object.entries(objectOf(root.extraKnownMarketplaces))) {
    const { source: kind, repo, url, ref, sha } = objectOf(objectOf(held as Json).source)
    const pointer = `/extraKnownMarketplaces/${name}`
    const place = { from, server: '', at: { pointer }, base }
    const near = nearlyKnown('marketplace', name)
    if (near) yield fact('plugin.lookalike', { from, what: 'marketplace', name, ...near }, { pointer })
    if (typeof repo === 'string')
      yield* source(fromGit(`https://github.com/${repo}`, textOf(ref), textOf(sha)), place, 'marketplace', '')
    else if (kind === 'git' && typeof url === 'string')
      yield* source(fromGit(url, textOf(ref), textOf(sha)), place, 'marketplace', '')
    else if (typeof url === 'string') yield* source(urlPackage(url), place, 'marketplace', '')
  }
}
