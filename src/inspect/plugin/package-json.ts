import { isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { pathForm } from '../../codec/path-form.ts'
import { npmPackage } from '../../codec/plugin/package.ts'
import { nearlyKnown } from '../../codec/plugin/well-known.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { type CommandPlace, ranLine, source } from './commands.ts'
import { JSON_START, readDocument, signProbe } from './document.ts'
import { serverFacts } from './servers.ts'
import { toolFacts } from './surface.ts'
import { said, stringsOf, wording } from './wording.ts'

/** `package.json`: what npm runs when a package is installed, what it starts as, and what an extension asks of its editor. */
export const packageJson: Inspector = {
  id: 'package-json',
  detect: {
    probe: signProbe([JSON_START, /"engines"\s*:\s*\{[^}]{0,500}"vscode"\s*:/]),
    name: ['package.json'],
    suffix: ['/package.json'],
  },
  facts: FACTS,
  inspect,
}

/** When npm runs a script by itself: on installing the package, or on installing it from a repository. */
const HOOKS: Readonly<Record<string, string>> = {
  preinstall: 'install',
  install: 'install',
  postinstall: 'install',
  preprepare: 'install-from-source',
  prepare: 'install-from-source',
  postprepare: 'install-from-source',
  'vscode:uninstall': 'uninstall',
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { size } = opened.bytes
  context.meter.hold(size)
  try {
    const { value, duplicates } = await readDocument(opened, context, 'json')
    const root = objectOf(value)
    yield { type: 'span', offset: 0, length: size, as: 'inspected' }
    const name = textOf(root.name)
    const isExtension = objectOf(root.engines).vscode !== undefined
    const kind = isExtension ? 'vscode-extension' : 'npm-package'
    yield fact('plugin.manifest', {
      kind,
      name: name.slice(0, 214),
      version: textOf(root.version),
      client: isExtension ? 'vscode' : 'npm',
      scope: 'bundle',
    })
    const place: CommandPlace = { from: kind, server: '', base: '' }
    for (const pointer of duplicates) {
      if (/^\/(?:scripts|bin|main|dependencies)(?:\/|$)/.test(pointer))
        yield fact('plugin.duplicate', { from: kind, key: pointer.slice(0, 200) }, { pointer })
    }
    yield* scripts(objectOf(root.scripts), place)
    yield* entries(root)
    yield* dependencies(root, place)
    for (const trusted of textsOf(root.trustedDependencies)) {
      yield fact('plugin.setting', {
        from: kind,
        key: 'trustedDependencies',
        effect: 'install-scripts',
        value: trusted.slice(0, 200),
        scope: 'bundle',
      })
    }
    if (isExtension) yield* extension(root, place)
    yield* said(
      wording(root.description, {
        role: 'documentation',
        owner: name,
        field: 'description',
        pointer: '/description',
      }),
    )
  } finally {
    context.meter.release(size)
  }
}

function* scripts(held: JsonObject, place: CommandPlace): Generator<Emission> {
  for (const [name, line] of Object.entries(held)) {
    const event = Object.hasOwn(HOOKS, name) ? HOOKS[name] : undefined
    if (event === undefined || typeof line !== 'string') continue
    yield* ranLine(
      line,
      { runs: 'install', event: `${event} ${name}`, asks: false },
      { ...place, at: { pointer: `/scripts/${name}` } },
    )
  }
}

/** The files that it starts as. */
function* entries(root: JsonObject): Generator<Emission> {
  const { bin, main, browser } = root
  const commands =
    typeof bin === 'string' ? [bin] : Object.values(objectOf(bin)).flatMap((path) => textsOf(path as Json))
  for (const target of [...commands, ...textsOf(main), ...textsOf(browser)]) {
    // In a repository these are often still to be built; that they are absent is nothing to tell.
    yield fact('edge.plugin', { target, role: 'entry', form: pathForm(target), base: '' })
  }
}

/** Dependencies from elsewhere than the registry, and those whose names pass for others. */
function* dependencies(root: JsonObject, place: CommandPlace): Generator<Emission> {
  for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies'] as const) {
    for (const [name, range] of Object.entries(objectOf(root[key]))) {
      if (typeof range !== 'string') continue
      const at = { pointer: `/${key}/${name}` }
      const aliased = /^npm:(@?[^@]+)/.exec(range)?.[1]
      const near = nearlyKnown('npm', aliased ?? name)
      if (near)
        yield fact('plugin.lookalike', { from: place.from, what: 'npm', name: aliased ?? name, ...near }, at)
      if (!/^(?:git|https?:|github:|gitlab:|bitbucket:)|^[\w.-]+\/[\w.-]+(?:#|$)/.test(range)) continue
      yield* source(npmPackage(range), { ...place, at }, 'dependency', 'npm')
    }
  }
}

function* extension(root: JsonObject, { from }: CommandPlace): Generator<Emission> {
  const declared = (tool: string, rule: string, breadth: string, pointer: string) =>
    fact(
      'plugin.permission',
      { from, server: '', scope: 'declared', tool, rule: rule.slice(0, 200), breadth },
      { pointer },
    )
  for (const event of textsOf(root.activationEvents)) {
    yield declared(
      'activation',
      event,
      event === '*' ? 'all' : event === 'onStartupFinished' ? 'broad' : 'narrow',
      '/activationEvents',
    )
  }
  for (const api of textsOf(root.enabledApiProposals))
    yield declared('proposed-api', api, 'broad', '/enabledApiProposals')
  const { untrustedWorkspaces } = objectOf(root.capabilities)
  const supported = objectOf(untrustedWorkspaces).supported
  if (supported !== undefined)
    yield declared(
      'untrusted-workspaces',
      String(supported),
      supported === true ? 'broad' : 'narrow',
      '/capabilities',
    )
  const {
    languageModelTools,
    chatParticipants,
    mcpServerDefinitionProviders,
    mcpServers,
    taskDefinitions,
    terminal,
  } = objectOf(root.contributes)
  for (const [index, item] of listOf(languageModelTools).entries()) {
    const { modelDescription, userDescription, displayName, inputSchema, name } = objectOf(item)
    const tool: Record<string, Json> = {
      name: name ?? '',
      title: displayName ?? '',
      description: modelDescription ?? userDescription ?? '',
      inputSchema: inputSchema ?? {},
    }
    yield* toolFacts(tool, {
      from,
      server: textOf(root.name),
      pointer: `/contributes/languageModelTools/${index}`,
      origin: 'manifest',
    })
  }
  for (const [index, item] of listOf(chatParticipants).entries()) {
    yield* said(
      stringsOf(item, {
        role: 'tool-description',
        owner: textOf(objectOf(item).name),
        field: '',
        pointer: `/contributes/chatParticipants/${index}`,
      }),
    )
  }
  if (mcpServerDefinitionProviders !== undefined)
    yield declared('mcp-servers', 'provider', 'narrow', '/contributes/mcpServerDefinitionProviders')
  for (const [server, held] of Object.entries(objectOf(mcpServers))) {
    const pointer = `/contributes/mcpServers/${server}`
    if (isObject(held))
      yield* serverFacts(held, { from, server, base: '', pointer, at: { pointer }, scope: 'bundle' })
  }
  if (taskDefinitions !== undefined) yield declared('tasks', '', 'narrow', '/contributes/taskDefinitions')
  if (terminal !== undefined) yield declared('terminal', '', 'narrow', '/contributes/terminal')
}
