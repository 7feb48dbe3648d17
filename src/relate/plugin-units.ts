import { posix } from 'node:path'
import { type Artifact, displayPath } from '../model/artifact.ts'
import type { Fact } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'

/** A plugin, or a server of a client's configuration: what capabilities are stated about. */
export interface Unit {
  readonly name: string
  /** Kind of its manifest, `server`, or `code` for a folder or file without any. */
  readonly kind: string
  /** The artifact that facts about it belong to. */
  readonly artifact: string
  /** Display path of its folder, with the separator that its files follow; nothing where its code is not here. */
  readonly folder: string | undefined
  /** The server of the configuration that it is. */
  readonly server?: Fact
}

/** Manifests that make a folder a plugin, and how far above them its folder is. Packages count where nothing else does. */
const ROOTS: Readonly<Record<string, number>> = {
  mcpb: 0,
  skill: 0,
  'claude-plugin': 1,
  'codex-plugin': 1,
  'agent-plugin': 0,
  'gemini-extension': 0,
  'mcp-server': 0,
  'vscode-extension': 0,
  'comfyui-node': 0,
  space: 0,
}
const PACKAGES = new Set(['npm-package', 'pypi-package'])
/** Tools and servers that lie beside the code without being its manifest. */
const SURFACES = new Set(['mcp-surface', 'ai-plugin', 'openapi'])

/** Manifests whose server is the plugin itself, not one that it configures. */
const ITSELF = new Set(['mcp-server', 'mcpb', 'vscode-extension'])

/** What is not the plugin's own: installed beside it. */
const DEPENDENCIES = /(?:^|\/)(?:node_modules|site-packages|\.venv|venv|vendor\/bundle)\//

type Home = Unit & { readonly folder: string }

export class Units {
  readonly all: readonly Unit[]
  readonly #paths: ReadonlyMap<string, string>
  readonly #folders: ReadonlyMap<string, Home>
  readonly #places: ReadonlySet<string>
  readonly #servers: ReadonlyMap<string, Unit>

  constructor(artifacts: readonly Artifact[], facts: readonly Fact[]) {
    this.#paths = new Map(artifacts.map(({ id, locator }) => [id, displayPath(locator)]))
    const manifests = facts.filter(({ kind }) => kind === 'plugin.manifest')
    const plugins = manifests.flatMap((fact) => this.#plugin(fact, ROOTS))
    const packages = manifests
      .filter(({ data }) => PACKAGES.has(String(data.kind)))
      .flatMap((fact) => this.#plugin(fact, { 'npm-package': 0, 'pypi-package': 0 }))
    const inside = (a: Home, b: Home) => a.folder.startsWith(b.folder)
    const kept = packages.filter((p) => !plugins.some((q) => inside(p, q)))
    const surfaces = manifests
      .filter(({ data }) => SURFACES.has(String(data.kind)))
      .flatMap((fact) => this.#plugin(fact, { 'mcp-surface': 0, 'ai-plugin': 0, openapi: 0 }))
    const named = onePerFolder([...plugins, ...kept])
    const alone = surfaces.filter((s) => !named.some((p) => inside(s, p)))
    const known = onePerFolder([...named, ...alone])
    const rest = rootsOf(artifacts).map((a) => this.#code(a))
    // A manifest says more about a folder than its being a target.
    this.#folders = new Map([...rest, ...known].map((unit) => [unit.folder, unit]))
    this.#places = new Set(this.#paths.values())
    const documents = new Map(manifests.map(({ artifact, data }) => [artifact, String(data.kind)]))
    const servers = facts
      .filter((f) => f.kind === 'plugin.server' && !ITSELF.has(documents.get(f.artifact) ?? ''))
      .flatMap((fact) => this.#server(fact))
    this.#servers = new Map(servers.map((unit) => [`${unit.artifact} ${unit.name}`, unit]))
    this.all = [...new Set(this.#folders.values()), ...this.#servers.values()]
  }

  pathOf(artifact: string): string {
    return this.#paths.get(artifact) ?? ''
  }

  /** Is it something that was installed beside the plugin? */
  isDependency(artifact: string, unit: Unit): boolean {
    return DEPENDENCIES.test(`/${this.innerPath(artifact, unit)}`)
  }

  /** Where an artifact lies in its plugin. */
  innerPath(artifact: string, { folder = '' }: Unit): string {
    const path = this.pathOf(artifact)
    // Of a single file only its name: the folders above it say nothing about the plugin.
    if (path === folder) return lastSegment(path)
    return path.startsWith(folder) ? path.slice(folder.length) : path
  }

  /** Everything of a plugin or server, by the paths of its files. */
  holds({ folder }: Unit, artifact: string): boolean {
    const path = this.pathOf(artifact)
    return folder !== undefined && (path === folder || path.startsWith(folder))
  }

  /** The server that a statement of a client's configuration is about. */
  serverOf({ artifact, data }: Fact): Unit | undefined {
    return this.#servers.get(`${artifact} ${String(data.server)}`)
  }

  /** The innermost plugin that an artifact belongs to. */
  ofArtifact(artifact: string): Home | undefined {
    return this.ofPath(this.pathOf(artifact))
  }

  ofPath(path: string): Home | undefined {
    const exact = this.#folders.get(path)
    if (exact) return exact
    for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const found =
        this.#folders.get(path.slice(0, end + 1)) ?? this.#folders.get(path.slice(0, end).replace(/!$/, ''))
      if (found) return found
      if (end === 0) break
    }
    return this.#folders.get('')
  }

  #plugin(fact: Fact, roots: Readonly<Record<string, number>>): Home[] {
    const kind = String(fact.data.kind)
    const up = Object.hasOwn(roots, kind) ? roots[kind] : undefined
    const path = this.#paths.get(fact.artifact)
    if (up === undefined || path === undefined) return []
    const folder = above(path, up)
    const name = String(fact.data.name) || lastSegment(folder) || kind
    return [{ name, kind, artifact: fact.artifact, folder }]
  }

  #code({ id, locator, formats }: Artifact): Home {
    const path = displayPath(locator)
    const isFolder = formats.includes('folder')
    const folder = !isFolder ? path : path === '.' ? '' : `${path.replace(/\/$/, '')}/`
    return { name: path, kind: 'code', artifact: id, folder }
  }

  /** A server belongs to the folder of the script it starts, where that is here. */
  #server(fact: Fact): Unit[] {
    const name = String(fact.data.server)
    const path = this.#paths.get(fact.artifact)
    if (path === undefined || name === '') return []
    const home = scriptsOf(fact, above(path, 0)).map((script) => this.#homeOf(script))
    const folder = home.find((found) => found !== undefined)
    return [{ name, kind: 'server', artifact: fact.artifact, folder, server: fact }]
  }

  #homeOf(script: string): string | undefined {
    if (!this.#places.has(script)) return undefined
    const plugin = this.ofPath(script)
    // Without a manifest it is the folder of the script; built code lies one below its package.
    if (plugin && plugin.kind !== 'code') return plugin.folder
    const folder = above(script, 0)
    return folder.replace(/(?:dist|build|out|src|lib|bin)\/$/, '') || script
  }
}

/** Where scripts that a server is started with would lie, seen from its configuration. */
function scriptsOf({ data }: Fact, folder: string): string[] {
  const words = [String(data.command), ...(Array.isArray(data.args) ? data.args.map(String) : [])]
  const cwd = String(data.cwd ?? '')
  return words
    .map((word) =>
      word.replace(/^\$\{(?:CLAUDE_PLUGIN_ROOT|__dirname|workspaceFolder|extensionPath)\}\/?/, './'),
    )
    .filter(
      (word) => /\.(?:[mc]?[jt]s|py|sh|rb)$/.test(word) && !word.startsWith('/') && !word.startsWith('-'),
    )
    .flatMap((word) => [
      posix.join(folder, word),
      posix.join(folder, '..', word),
      posix.join(folder, cwd, word),
    ])
}

/** The folder of a path, or so many above it; it ends with what separates it from its files. */
function above(path: string, up: number): string {
  let folder = path.slice(0, cut(path))
  for (let step = 0; step < up; step++) {
    const shorter = folder.replace(/(?:!?\/)$/, '')
    folder = shorter.slice(0, cut(shorter))
  }
  return folder
}

function cut(path: string): number {
  return path.lastIndexOf('/') + 1
}

function lastSegment(folder: string): string {
  return folder.replace(/!?\/$/, '').split('/').at(-1) ?? ''
}

/** A folder may have several manifests: the one that says most about it names it. */
function onePerFolder(units: readonly Home[]): Home[] {
  const order = [...Object.keys(ROOTS), ...PACKAGES, ...SURFACES]
  const rank = ({ kind }: Unit) => order.indexOf(kind)
  const groups = Map.groupBy(units, ({ folder }) => folder)
  return [...groups.values()]
    .flatMap((group) => group.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1))
    .toSorted((a, b) => byCodePoint(a.folder, b.folder))
}

/** Targets: what is in nothing else. */
function rootsOf(artifacts: readonly Artifact[]): Artifact[] {
  return artifacts.filter(({ parent }) => parent === undefined)
}
