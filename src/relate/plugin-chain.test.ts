import { describe, expect, test } from 'vitest'
import { type Artifact, artifactId } from '../model/artifact.ts'
import type { Fact, JsonObject } from '../model/fact.ts'
import { pluginChain } from './plugin-chain.ts'

/** A small world: artifacts by path, facts by path. */
class World {
  readonly #artifacts = new Map<string, Artifact>()
  readonly #facts: Fact[] = []

  constructor() {
    this.artifact('t', ['folder'])
  }

  artifact(path: string, formats: readonly string[], parent = 't'): this {
    const [root = '', ...members] = path.split('!/')
    const locator = { root, members }
    const above = path === 't' ? {} : { parent: this.#artifacts.get(parent)?.id ?? '' }
    const name = members.at(-1) ?? root.slice(root.lastIndexOf('/') + 1)
    this.#artifacts.set(path, { id: artifactId(locator), ...above, locator, name, formats, digests: [] })
    return this
  }

  fact(path: string, kind: string, data: JsonObject): this {
    this.#facts.push({ kind, artifact: this.#artifacts.get(path)?.id ?? '', count: 1, locations: [], data })
    return this
  }

  manifest(path: string, kind: string, name = '', version = ''): this {
    return this.artifact(path, ['json', kind]).fact(path, 'plugin.manifest', {
      kind,
      name,
      version,
      client: '',
      scope: 'project',
    })
  }

  edge(path: string, target: string, role: string, form = 'subfolder', base = ''): this {
    return this.fact(path, 'edge.plugin', { target, role, form, base })
  }

  get related() {
    const paths = new Map([...this.#artifacts].map(([path, { id }]) => [id, path]))
    const facts = [...pluginChain.relate([...this.#artifacts.values()], this.#facts, () => [])]
    return facts.map(({ kind, artifact, data }) => ({ kind, at: paths.get(artifact), ...data }))
  }
}

const trait = (name: string, context = 'import-time') => ({
  trait: name,
  constants: [],
  language: 'shell',
  context,
  tools: [],
})

describe('what a plugin names', () => {
  test('is found from the folder that its paths start at', () => {
    const world = new World()
      .manifest('t/.claude-plugin/plugin.json', 'claude-plugin')
      .edge('t/.claude-plugin/plugin.json', './server/index', 'launch', 'subfolder', '..')
      .artifact('t/server/index.js', ['javascript'])
    expect(world.related).toEqual([])
  })

  test('and that is not there is stated, with why', () => {
    const world = new World()
      .manifest('t/.mcp.json', 'mcp-config')
      .edge('t/.mcp.json', './gone.js', 'launch')
      .edge('t/.mcp.json', 'npm:pinned@1.0.0', 'launch', 'package')
      .edge('t/.mcp.json', 'npm:moves', 'launch', 'package')
      .edge('t/.mcp.json', '/usr/local/x', 'launch', 'absolute')
      .edge('t/.mcp.json', 'README.md', 'instructions', 'plain')
      .fact('t/.mcp.json', 'plugin.source', { name: 'moves', pinned: false })
    expect(world.related).toMatchObject([
      { kind: 'edge.unresolved', target: './gone.js', why: 'not-here' },
      { kind: 'edge.unresolved', target: 'npm:pinned@1.0.0', why: 'not-local' },
      { kind: 'edge.unresolved', target: 'npm:moves', why: 'unpinned' },
    ])
  })

  test('and that nothing here can judge makes itself incomplete, once', () => {
    const world = new World()
      .manifest('t/.mcp.json', 'mcp-config')
      .edge('t/.mcp.json', './server.rb', 'launch')
      .edge('t/.mcp.json', './server.rb', 'hook')
      .artifact('t/server.rb', ['text'])
    expect(world.related).toMatchObject([{ kind: 'parse.unsupported', at: 't/server.rb' }])
  })
})

describe('chains', () => {
  const chain = () =>
    new World()
      .manifest('t/.claude-plugin/marketplace.json', 'claude-marketplace')
      .edge('t/.claude-plugin/marketplace.json', './plugins/a', 'plugin', 'subfolder', '..')
      .manifest('t/plugins/a/.mcp.json', 'mcp-config')
      .edge('t/plugins/a/.mcp.json', 'npm:@x/y@1.0.0', 'launch', 'package')
      .manifest('t/artifacts/y/package.json', 'npm-package', '@x/y', '1.0.0')
      .artifact(
        't/artifacts/y/package.json!/@install install postinstall',
        ['shell'],
        't/artifacts/y/package.json',
      )

  test('are told from their beginning to their end, once', () => {
    const end = 't/artifacts/y/package.json!/@install install postinstall'
    const world = chain().fact(end, 'code.trait', trait('download-run'))
    expect(world.related).toMatchObject([
      {
        kind: 'plugin.reaches',
        at: 't/.claude-plugin/marketplace.json',
        trait: 'download-run',
        automatic: true,
        length: 4,
        chain:
          '.claude-plugin/marketplace.json → plugins/a/.mcp.json → npm:@x/y@1.0.0 → @install install postinstall',
      },
    ])
  })

  test('of another version are none', () => {
    const world = chain()
      .manifest('t/other/package.json', 'npm-package', '@x/y', '2.0.0')
      .artifact('t/other/x.js', ['javascript'])
    world
      .edge('t/other/package.json', 'x.js', 'entry', 'plain')
      .fact('t/other/x.js', 'code.trait', trait('miner'))
    expect(world.related).toMatchObject([
      { kind: 'plugin.reaches', at: 't/other/package.json', trait: 'miner' },
    ])
  })

  test('do not run what is only called, or only lies there', () => {
    const world = new World()
      .manifest('t/SKILL.md', 'skill')
      .edge('t/SKILL.md', 'scripts/a.sh', 'script')
      .artifact('t/scripts/a.sh', ['shell'])
      .artifact('t/scripts/b.sh', ['shell'])
      .fact('t/scripts/a.sh', 'code.trait', trait('download-run'))
      .fact('t/scripts/a.sh', 'code.trait', trait('miner', 'function'))
      .fact('t/scripts/b.sh', 'code.trait', trait('reverse-shell'))
    expect(world.related).toMatchObject([{ trait: 'download-run', role: 'script', automatic: false }])
  })

  test('may lead in circles', () => {
    const world = new World()
      .manifest('t/root.json', 'claude-plugin')
      .manifest('t/a/plugin.json', 'claude-plugin')
      .manifest('t/b/plugin.json', 'claude-plugin')
      .edge('t/root.json', './a', 'plugin')
      .edge('t/a/plugin.json', '../b', 'plugin', 'traversal')
      .edge('t/b/plugin.json', '../a', 'plugin', 'traversal')
      .artifact('t/b/plugin.json!/@hook Stop', ['shell'], 't/b/plugin.json')
      .fact('t/b/plugin.json!/@hook Stop', 'code.trait', trait('reverse-shell'))
    expect(world.related).toMatchObject([{ at: 't/root.json', trait: 'reverse-shell', length: 4 }])
  })

  test('go on inside an archive', () => {
    const world = new World()
      .manifest('t/.mcp.json', 'mcp-config')
      .edge('t/.mcp.json', 'pypi:a-b==1.0', 'launch', 'package')
      .artifact('t/a.whl', ['zip'])
      .artifact('t/a.whl!/a_b-1.0.dist-info/METADATA', ['text', 'python-metadata'], 't/a.whl')
      .fact('t/a.whl!/a_b-1.0.dist-info/METADATA', 'plugin.manifest', {
        kind: 'pypi-package',
        name: 'A_b',
        version: '1.0',
        client: '',
        scope: '',
      })
      .artifact('t/a.whl!/a_b/__init__.py', ['python'], 't/a.whl')
      .fact('t/a.whl!/a_b/__init__.py', 'code.trait', trait('secret-upload'))
    expect(world.related).toMatchObject([
      { at: 't/.mcp.json', trait: 'secret-upload', role: 'install', automatic: true },
    ])
  })
})
