import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../model/limits.ts'
import { byCodePoint } from '../../model/order.ts'
import { frontMatter } from '../front-matter.ts'
import { readJsonc } from '../jsonc.ts'
import { readYamlValues } from '../yaml.ts'
import { clientFile } from './clients.ts'
import { lineWithoutSecrets, withoutSecretWords } from './credential.ts'
import { namesPackages, packageReferences } from './references.ts'

const jsonc = (text: string) => readJsonc(Buffer.from(text), DEFAULT_LIMITS)

describe('JSON with comments', () => {
  test('is read as editors read it', () => {
    const { value, comments } = jsonc(
      '\ufeff{ // one, "b": 2\n "a": [1, /* two */ 2,], "u": "http://x/*y*/", }',
    )
    expect(value).toEqual({ a: [1, 2], u: 'http://x/*y*/' })
    expect(comments.map((c) => c.text)).toEqual([' one, "b": 2', ' two '])
  })

  test('keeps what JSON forbids forbidden', () => {
    for (const text of [
      '{"a": 1,, "b": 2}',
      '{a: 1}',
      "{'a': 1}",
      '{"a": 1',
      '{"a": "\n"}',
      '[,]',
      '{"a": 1} x',
    ]) {
      expect(() => jsonc(text), text).toThrow()
    }
  })

  test('ends where a comment or string never does', () => {
    expect(() => jsonc('{"a": 1 /* ')).toThrow()
    expect(() => jsonc('{"a": "\\')).toThrow()
  })

  test('states repeated keys', () => expect(jsonc('{"a": {"b": 1, "b": 2}}').duplicates).toEqual(['/a/b']))
})

describe('YAML values', () => {
  test('are those of a safe loader', async () => {
    const { documents, duplicates } = await readYamlValues(
      'a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: true\nf: !!python/name:os.system x\na: 2\n',
    )
    expect(documents).toEqual([{ a: 2, c: { b: 1 }, d: { b: 1, e: true }, f: 'x' }])
    expect(duplicates).toEqual(['/a'])
  })

  test('know no prototype', async () => {
    const { documents } = await readYamlValues('__proto__: {polluted: 1}\n')
    expect(Object.keys(documents[0] as object)).toEqual(['__proto__'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('front matter', () => {
  test.each([
    ['---\na: 1\n---\nbody', 'a: 1\n', 'body', 4],
    ['\ufeff---\r\na: 1\r\n---\r\nbody', 'a: 1\r\n', 'body', 4],
    ['---\n---\nbody', '', 'body', 3],
    ['---\na: 1\nbody', undefined, '---\na: 1\nbody', 1],
    ['text\n---\na: 1\n---\n', undefined, 'text\n---\na: 1\n---\n', 1],
    ['+++\na = 1\n+++\nbody', 'a = 1\n', 'body', 4],
  ])('%j', (text, head, body, line) => expect(frontMatter(text)).toMatchObject({ head, body, line }))
})

describe('secrets', () => {
  const secret = ['q7Rk2VwXz9Lm', 'B4tYh8Nc5Jd3'].join('')
  test('are left out of lines', () => {
    expect(
      lineWithoutSecrets(`curl -H "X-Api-Key: ${secret}" --token ${secret} https://example.org`),
    ).not.toContain(secret)
    expect(withoutSecretWords(['run', '--api-key', secret, '--out', 'file.txt'])).toEqual([
      'run',
      '--api-key',
      '…',
      '--out',
      'file.txt',
    ])
    const plain = 'npm run build && git commit -m "token refresh"'
    expect(lineWithoutSecrets(plain)).toBe(plain)
  })
})

describe('references', () => {
  test('of configurations, marketplaces and registry manifests are what a lock follows', () => {
    const document = {
      mcpServers: {
        a: { command: 'npx', args: ['-y', 'x@1.0.0'] },
        b: { command: ['uvx', 'y==2.0'] },
        c: { command: 'node', args: ['./z.js'] },
      },
      plugins: [
        {
          name: 'p',
          source: { source: 'github', repo: 'o/r', sha: '0123456789abcdef0123456789abcdef01234567' },
        },
        { name: 'q', source: './q' },
      ],
      packages: [{ registryType: 'oci', identifier: 'ghcr.io/o/i:1' }],
    }
    expect(
      packageReferences(document)
        .map((r) => r.target)
        .toSorted(byCodePoint),
    ).toEqual([
      'git+https://github.com/o/r@0123456789abcdef0123456789abcdef01234567',
      'npm:x@1.0.0',
      'oci:ghcr.io/o/i:1',
      'pypi:y==2.0',
    ])
  })

  test.each([
    ['.mcp.json', true],
    ['a/.vscode/mcp.json', true],
    ['server.json', true],
    ['src/config.json', false],
  ])('%s', (path, named) => expect(namesPackages(path)).toBe(named))
})

test.each([
  ['p/.claude/settings.local.json', 'claude-code'],
  ['p/.cursor/mcp.json', 'cursor'],
  ['users/x/library/application support/claude/claude_desktop_config.json', 'claude-desktop'],
  ['users/x/library/application support/code/user/mcp.json', 'vscode'],
  ['home/x/.gemini/antigravity/mcp_config.json', 'antigravity'],
  ['home/x/.codeium/windsurf/mcp_config.json', 'windsurf'],
  ['home/x/.codex/config.toml', 'codex'],
  ['home/x/.config/goose/config.yaml', 'goose'],
  ['home/x/.aws/amazonq/mcp.json', 'amazon-q'],
  ['p/.kiro/hooks/format.kiro.hook', 'kiro'],
  ['p/mcp.json', 'generic'],
  ['p/settings.json', undefined],
])('%s is of %s', (path, client) => expect(clientFile(path)?.client).toBe(client))
