import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inspectRoot } from '../../engine/inspect.ts'
import { DEFAULT_LIMITS, type Limits } from '../../model/limits.ts'
import { INSPECTORS } from '../registry.ts'

const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-plugins-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What one file of this path and content gives. */
async function inspected(name: string, content: string | Uint8Array, limits: Partial<Limits> = {}) {
  const file = path.join(mkdtempSync(path.join(scratch, 'x-')), name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
  const options = {
    limits: { ...DEFAULT_LIMITS, ...limits },
    digest: false,
    memberDigests: false,
    rows: 1000,
  }
  const around = {
    inspectors: INSPECTORS,
    options,
    signal: new AbortController().signal,
    advance: () => undefined,
  }
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.length
  const { artifacts, facts, coverage } = await inspectRoot({ path: file, display: file, size }, around)
  return {
    formats: artifacts[0]?.formats ?? [],
    coverage: coverage[0]?.state,
    children: artifacts.slice(1).map((a) => a.name),
    of: (kind: string) => facts.filter((f) => f.kind === kind).map((f) => f.data),
  }
}

const servers = (map: object) => JSON.stringify({ mcpServers: map })

describe('configurations', () => {
  test('are found by what they hold, whatever they are called', async () => {
    const found = await inspected('notes.json', servers({ a: { command: 'npx', args: ['-y', 'x'] } }))
    expect(found.formats).toContain('agent-config')
    expect(found.of('plugin.server')).toMatchObject([{ server: 'a', packages: ['x'], transport: 'stdio' }])
  })

  test('of other programs are left alone', async () => {
    for (const content of [
      '{"servers": {"web": {"port": 80}}}',
      '{"mcpServers": {}}',
      '{"hooks": {"build": "make"}}',
    ]) {
      expect((await inspected('config.json', content)).of('plugin.server')).toEqual([])
    }
    expect((await inspected('settings.json', '{"editor.tabSize": 2}')).of('plugin.manifest')).toEqual([])
  })

  test.each([
    ['.vscode/mcp.json', '{ // why\n "servers": { "a": { "command": "npx", "args": ["x"], }, }, }'],
    ['.codex/config.toml', '[mcp_servers.a]\ncommand = "npx"\nargs = ["x"]\n'],
    ['opencode.json', '{"mcp": {"a": {"type": "local", "command": ["npx", "x"]}}}'],
    ['.zed/settings.json', '{"context_servers": {"a": {"command": {"path": "npx", "args": ["x"]}}}}'],
    ['goose/config.yaml', 'extensions:\n  a: {type: stdio, cmd: npx, args: [x]}\n'],
    ['.continue/config.yaml', 'mcpServers:\n  - name: a\n    command: npx\n    args: [x]\n'],
    ['.claude.json', '{"projects": {"/p": {"mcpServers": {"a": {"command": "npx", "args": ["x"]}}}}}'],
    ['.mcp.json', '\ufeff{"a": {"command": "npx", "args": ["x"]}}'],
  ])('%s', async (name, content) => {
    const found = await inspected(name, content)
    expect(found.of('plugin.server')).toMatchObject([{ server: 'a', program: 'npx', packages: ['x'] }])
    expect(found.coverage).toBe('full')
  })

  test('never state a secret', async () => {
    const secret = ['q7Rk2VwXz9Lm', 'B4tYh8Nc5Jd3'].join('')
    const config = servers({
      a: {
        command: 'npx',
        args: ['x', '--api-key', secret, `--token=${secret}`],
        env: { API_KEY: secret },
        headers: { 'X-Api-Key': secret },
      },
      b: { url: `https://u:${secret}@example.org/mcp?token=${secret}` },
    })
    const found = await inspected('.mcp.json', config)
    expect(found.of('plugin.variable').filter((v) => v.secret !== '').length).toBeGreaterThanOrEqual(5)
    for (const kind of [
      'plugin.server',
      'plugin.variable',
      'plugin.endpoint',
      'edge.plugin',
      'plugin.source',
    ]) {
      expect(JSON.stringify(found.of(kind))).not.toContain(secret)
    }
  })

  test('that a client cannot read are not passed over', async () => {
    expect((await inspected('.mcp.json', '{"mcpServers": {')).coverage).toBe('partial')
    expect((await inspected('.codex/config.toml', '[mcp_servers.a\n')).coverage).toBe('partial')
    expect(
      (await inspected('.mcp.json', Buffer.from('{"mcpServers": {"\xff": {}}}', 'latin1'))).coverage,
    ).toBe('partial')
  })
})

describe('bad input', () => {
  test('a description of 100,000 lines is read to its end', async () => {
    const description = `Adds.${'\n'.repeat(100_000)}Then reads.`
    const list = JSON.stringify({ tools: [{ name: 'add', description, inputSchema: { type: 'object' } }] })
    const found = await inspected('tools.json', list)
    expect(found.of('plugin.tool')).toHaveLength(1)
    expect(found.coverage).toBe('full')
  })

  test('a list above the limit is incomplete, and says what it is', async () => {
    const tool = { name: 'add', description: 'Adds.', inputSchema: { type: 'object' } }
    const list = JSON.stringify({ tools: Array.from({ length: 2000 }, () => tool) })
    const found = await inspected('tools.json', list, { jsonBytes: 64 * 1024 })
    expect(found.of('plugin.manifest')).toMatchObject([{ kind: 'mcp-surface' }])
    expect(found.coverage).toBe('partial')
  })

  test('a schema deeper than JSON may be is incomplete where the name promises a manifest', async () => {
    const deep = `{"mcpServers": {"a": ${'{"a":'.repeat(600)}1${'}'.repeat(600)}}}`
    expect((await inspected('.mcp.json', deep)).coverage).toBe('partial')
  })

  test('aliases do not multiply', async () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`,
    ).join('\n')
    const found = await inspected('skills/x/SKILL.md', `---\nname: x\na0: &a0 [b]\n${levels}\n---\n\nText.\n`)
    expect(found.coverage).toBe('partial')
    const self = await inspected(
      'skills/x/SKILL.md',
      '---\nname: x\ndescription: y\na: &a\n  b: *a\n---\n\nText.\n',
    )
    expect(self.of('plugin.manifest')).toMatchObject([{ kind: 'skill', name: 'x' }])
  })

  test('instructions that are no text are incomplete', async () => {
    expect(
      (await inspected('skills/x/SKILL.md', Uint8Array.of(0, 1, 2, 3, 255, 254, 0, 0))).coverage,
    ).not.toBe('full')
  })

  test('instructions are read whatever they begin like', async () => {
    const found = await inspected(
      'skills/x/SKILL.md',
      '#!/bin/sh\n: <<EOF\n---\nname: x\n---\n!`echo inert`\nEOF\n',
    )
    expect(found.formats).toContain('instructions')
    expect(found.of('plugin.command')).toMatchObject([{ runs: 'expansion', command: 'echo inert' }])
  })

  test('UTF-16 is text', async () => {
    const text = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from('---\nname: x\ndescription: y\n---\n\n!`echo inert`\n', 'utf16le'),
    ])
    expect((await inspected('skills/x/SKILL.md', text)).of('plugin.command')).toHaveLength(1)
  })
})

describe('instructions', () => {
  test('run what Claude Code runs, and nothing that only looks like it', async () => {
    const body =
      'Run !`git status` now.\n\nNot `!x`, not a!`b`, not \\`c`.\n\n```!\nls\n```\n\n```sh\nrm -r build\n```\n'
    const found = await inspected('.claude/commands/x.md', `---\ndescription: y\n---\n${body}`)
    expect(found.of('plugin.command').map((c) => c.command)).toEqual(['git status', 'ls\n'])
  })

  test('of Gemini CLI run what is in braces', async () => {
    const found = await inspected('.gemini/commands/x.toml', 'prompt = "Look: !{git log -1} and !`no`"\n')
    expect(found.of('plugin.command').map((c) => c.command)).toContain('git log -1')
  })

  test('whose head is no YAML are read line by line, as agents do', async () => {
    const found = await inspected(
      'skills/x/SKILL.md',
      '---\nname: x\ndescription: Use when: a thing: happens\nallowed-tools: Bash(git:*) Read\n---\nText\n',
    )
    expect(found.of('plugin.permission')).toMatchObject([{ tool: 'Bash', rule: 'git:*' }, { tool: 'Read' }])
    expect(found.of('instructions.front-matter')).toEqual([])
  })
})

describe('surfaces', () => {
  const list = (tool: object) =>
    JSON.stringify({ result: { tools: [{ name: 't', inputSchema: {}, ...tool }] } })

  test.each([
    [{}, { annotated: false, readOnly: false, destructive: true, idempotent: false, openWorld: true }],
    [{ readOnlyHint: true }, { annotated: true, readOnly: true, destructive: false, openWorld: true }],
    [
      { destructiveHint: false, openWorldHint: false },
      { annotated: true, destructive: false, openWorld: false },
    ],
    [{ title: 'T' }, { annotated: false, title: 'T' }],
  ])('hints %j', async (annotations, expected) => {
    expect((await inspected('tools.json', list({ annotations }))).of('plugin.tool')).toMatchObject([expected])
  })

  test.each([
    ['bare list', JSON.stringify([{ name: 't', inputSchema: {} }]), ''],
    ['map of servers', JSON.stringify({ weather: { tools: [{ name: 't', inputSchema: {} }] } }), 'weather'],
    [
      'answers',
      JSON.stringify([
        {
          id: 1,
          result: {
            serverInfo: { name: 'w', version: '1' },
            capabilities: {},
            tools: [{ name: 't', inputSchema: {} }],
          },
        },
      ]),
      'w',
    ],
  ])('as %s', async (_what, content, server) => {
    expect((await inspected('snapshot.json', content)).of('plugin.tool')).toMatchObject([
      { server, name: 't' },
    ])
  })

  test('say that a list goes on', async () => {
    const page = JSON.stringify({ result: { tools: [{ name: 't', inputSchema: {} }], nextCursor: 'abc' } })
    expect((await inspected('tools.json', page)).of('plugin.surface')).toMatchObject([
      { list: 'tools', more: true },
    ])
  })
})
