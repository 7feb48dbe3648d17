import { describe, expect, test } from 'vitest'
import { simpleCommands, wordsOf } from '../command-line.ts'
import { addressOf } from './address.ts'
import { valueForm } from './credential.ts'
import { encodedCommand, readLaunch } from './launch.ts'
import { folderOption } from './launch-options.ts'
import { dockerPackage, gitPackage, npmPackage, pypiPackage } from './package.ts'
import { readRule, splitRules } from './permission.ts'
import { surveySchema } from './schema.ts'
import { settingEffect } from './settings.ts'
import { variableEffect } from './variable.ts'
import { nearlyKnown } from './well-known.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const DIGEST = `sha256:${'ab'.repeat(32)}`

describe('packages', () => {
  test.each([
    ['x', 'npm', 'x', '', false],
    ['x@latest', 'npm', 'x', 'latest', false],
    ['@a/b@^1.0.0', 'npm', '@a/b', '^1.0.0', false],
    ['@a/b@1.2.3', 'npm', '@a/b', '1.2.3', true],
    ['github:a/b', 'git', 'https://github.com/a/b', '', false],
    [`a/b#${COMMIT}`, 'git', 'https://github.com/a/b', COMMIT, true],
    ['git+https://example.invalid/a.git#v1', 'git', 'https://example.invalid/a.git', 'v1', false],
    ['https://example.invalid/x.tgz', 'url', 'https://example.invalid/x.tgz', '', false],
    ['./local', 'path', './local', '', true],
  ])('npm %s', (spec, form, name, version, pinned) => {
    expect(npmPackage(spec)).toMatchObject({ form, name, version, pinned })
  })

  test.each([
    ['ruff', 'pypi', 'ruff', '', false],
    ['Ruff_X[extra]==0.3.0', 'pypi', 'ruff-x', '0.3.0', true],
    ['ruff@0.3.0', 'pypi', 'ruff', '0.3.0', true],
    ['ruff>=0.3', 'pypi', 'ruff', '', false],
    [`git+https://example.invalid/a@${COMMIT}`, 'git', 'https://example.invalid/a', COMMIT, true],
    ['a @ git+https://example.invalid/a@main', 'git', 'https://example.invalid/a', 'main', false],
  ])('PyPI %s', (spec, form, name, version, pinned) => {
    expect(pypiPackage(spec)).toMatchObject({ form, name, version, pinned })
  })

  test.each([
    ['mcp/fetch', 'mcp/fetch', '', false],
    ['localhost:5000/x:1.0', 'localhost:5000/x', '1.0', false],
    [`ghcr.io/a/b:1@${DIGEST}`, 'ghcr.io/a/b', '1', true],
  ])('image %s', (image, name, version, pinned) => {
    expect(dockerPackage(image)).toMatchObject({ name, version, pinned })
  })

  test('a user in the address of a repository is no revision', () => {
    expect(gitPackage('git+ssh://git@example.invalid/a/b.git')).toMatchObject({ version: '', pinned: false })
  })
})

describe('launches', () => {
  const packages = (command: string, ...args: string[]) =>
    readLaunch(command, args).packages.map((p) => p.reference)

  test.each([
    [['npx', '-y', 'a@1.0.0', '--flag', 'b'], ['npm:a@1.0.0']],
    [['npx', '--package=a@1.0.0', 'cmd'], ['npm:a@1.0.0']],
    [
      ['npx', '-p', 'a', '-p', 'b@2.0.0', '-c', 'x'],
      ['npm:a', 'npm:b@2.0.0'],
    ],
    [['cmd', '/c', 'npx', '-y', 'a'], ['npm:a']],
    [['env', 'A=b', 'npx', 'a'], ['npm:a']],
    [['sudo', '-E', 'uvx', 'a'], ['pypi:a']],
    [['bash', '-lc', 'exec npx -y a@1.0.0'], ['npm:a@1.0.0']],
    [['pnpm', 'dlx', 'a'], ['npm:a']],
    [['uvx', '--from', 'git+https://example.invalid/a', 'cmd'], ['git+https://example.invalid/a']],
    [['uvx', '--python', '3.12', 'a==1.0'], ['pypi:a==1.0']],
    [['uv', 'run', '--with', 'mcp==1.0', 'server.py'], ['pypi:mcp==1.0']],
    [['uv', 'run', 'server.py'], []],
    [['docker', 'run', '-i', '--rm', '-e', 'K', '-v', '/a:/b', 'img:1', 'arg'], ['oci:img:1']],
    [['C:\\Program Files\\nodejs\\npx.cmd', '-y', 'a'], ['npm:a']],
    [['npx -y a@1.0.0'], ['npm:a@1.0.0']],
    [['node', 'server.js'], []],
    [['docker', 'compose', 'run', '--rm', 'service'], []],
    [['deno', 'run', '-A', 'npm:a@1.0.0'], ['npm:a@1.0.0']],
  ])('%j', ([command = '', ...args], expected) => {
    expect(packages(command, ...args)).toEqual(expected)
  })

  test.each([
    [['node', '--enable-source-maps', 'dist/index.js', 'x'], ['dist/index.js']],
    [['python3', '-u', 'server.py'], ['server.py']],
    [['uv', 'run', '--directory', 'srv', 'main.py'], ['srv/main.py']],
    [['java', '-jar', 'x.jar'], ['x.jar']],
    [['./bin/server'], ['./bin/server']],
    [['/usr/bin/git', 'x'], []],
    [['python', '-m', 'server'], []],
  ])('scripts of %j', ([command = '', ...args], expected) => {
    expect(readLaunch(command, args).scripts).toEqual(expected)
  })

  test('only a shell is a shell', () => {
    expect(readLaunch('bash', ['-c', 'a | b']).shell).toBe(true)
    expect(readLaunch('a | b', []).shell).toBe(true)
    expect(readLaunch('cmd', ['/c', 'npx', 'a']).shell).toBe(false)
    expect(readLaunch('cmd', ['/c', 'a', '&', 'b']).shell).toBe(true)
    expect(readLaunch('bash', ['script.sh']).shell).toBe(false)
  })

  test('what is encoded is decoded', () => {
    const hidden = Buffer.from('echo inert', 'utf16le').toString('base64')
    for (const option of ['-EncodedCommand', '-enc', '-e', '-EC'])
      expect(encodedCommand(['powershell.exe', '-NoP', option, hidden])).toBe('echo inert')
    expect(encodedCommand(['pwsh', '-ExecutionPolicy', 'Bypass', '-File', 'x.ps1'])).toBeUndefined()
    expect(readLaunch('powershell', ['-enc', hidden]).scripts).toEqual([])
  })

  test.each([
    ['/', 'root-folder'],
    ['C:\\', 'root-folder'],
    ['~', 'home-folder'],
    ['/Users/ann', 'home-folder'],
    ['/Users/ann/work', undefined],
    ['~/.ssh/id_rsa', 'secret-folder'],
    ['./data', undefined],
    ['--root=/', 'root-folder'],
  ])('folder %s', (folder, option) => expect(folderOption(folder)).toBe(option))
})

describe('lines', () => {
  test('are split as a shell splits them, and only simple ones', () => {
    expect(wordsOf(`a 'b c' "d \\"e" f\\ g`)).toEqual(['a', 'b c', 'd "e', 'f g'])
    expect(wordsOf('a | b')).toBeUndefined()
    expect(wordsOf("a '|' b")).toEqual(['a', '|', 'b'])
    expect(simpleCommands("jq '.a | .b' x 2>/dev/null | xargs npx p && q")).toEqual([
      ['jq', '.a | .b', 'x'],
      ['xargs', 'npx', 'p'],
      ['q'],
    ])
  })
})

describe('addresses', () => {
  test.each([
    ['http://localhost:3000/x', 'loopback', 'localhost'],
    ['http://127.1/', 'loopback', '127.0.0.1'],
    ['http://[::1]:8/', 'loopback', '::1'],
    ['http://0.0.0.0:1', 'any', '0.0.0.0'],
    ['http://192.168.1.2', 'private', '192.168.1.2'],
    ['http://build.internal', 'private', 'build.internal'],
    ['http://0xCB007104/', 'literal', '203.0.113.4'],
    ['http://169.254.169.254/latest', 'metadata', '169.254.169.254'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the format
    ['https://${HOST}/x', 'variable', '${HOST}'],
    ['https://user:pw@API.Example.org/x', 'public', 'api.example.org'],
    ['npx', '', ''],
  ])('%s', (text, reach, host) => expect(addressOf(text)).toMatchObject({ reach, host }))

  test('name every domain that they are in', () => {
    expect(addressOf('https://a.b.ngrok.io').domains).toEqual(['a.b.ngrok.io', 'b.ngrok.io', 'ngrok.io'])
  })
})

describe('values', () => {
  // Made at run time, so that nobody takes them for keys.
  const random = (length: number) =>
    Array.from({ length }, (_, i) => 'q7Rk2VwXz9LmB4tYh8Nc'[(i * 7) % 20]).join('')
  test.each([
    ['GITHUB_TOKEN', `ghp_${random(36)}`, 'literal', 'github'],
    ['X', `hf_${random(34)}`, 'literal', 'huggingface'],
    ['API_KEY', random(24), 'literal', 'named'],
    ['DATABASE', `postgres://app:${random(12)}@db/x`, 'literal', 'password-in-url'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the format
    ['API_KEY', '${API_KEY}', 'reference', 'named'],
    ['API_KEY', '$API_KEY', 'reference', 'named'],
    ['Authorization', 'Bearer {{token}}', 'reference', 'named'],
    ['API_KEY', '<your key>', 'placeholder', 'named'],
    ['API_KEY', 'YOUR_API_KEY_HERE', 'placeholder', 'named'],
    ['API_KEY', 'sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'placeholder', 'named'],
    ['MAX_TOKENS', '4096', 'literal', ''],
    ['TOKEN_FILE', '/run/secrets/token', 'literal', ''],
    ['LOG_LEVEL', 'debug', 'literal', ''],
    ['API_KEY', '', 'empty', ''],
  ])('%s=%s', (name, value, form, secret) => expect(valueForm(name, value)).toEqual({ form, secret }))

  test.each([
    ['LD_PRELOAD', './x.so', 'injects-code'],
    ['NODE_OPTIONS', '--max-old-space-size=4096', ''],
    ['NODE_OPTIONS', '--require ./x.js', 'injects-code'],
    ['PYTHONPATH', './src', ''],
    ['PATH', '/usr/local/bin:/usr/bin', ''],
    ['PATH', './node_modules/.bin:/usr/bin', 'search-path'],
    ['GIT_SSH_COMMAND', 'ssh -i ~/.ssh/deploy', ''],
    ['GIT_SSH_COMMAND', 'sh -c inert', 'injects-code'],
    ['ANTHROPIC_BASE_URL', 'https://x.example', 'endpoint'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '1', ''],
  ])('effect of %s=%s', (name, value, effect) => expect(variableEffect(name, value)).toBe(effect))
})

describe('permissions', () => {
  test.each([
    ['Bash', 'all'],
    ['Bash(*)', 'all'],
    ['Bash(git log:*)', 'narrow'],
    ['Bash(python:*)', 'broad'],
    ['Bash(python scripts/x.py)', 'narrow'],
    ['Bash(npm run test:*)', 'narrow'],
    ['Read(//**)', 'broad'],
    ['Read', 'narrow'],
    ['mcp__x__y', 'narrow'],
    ['*', 'all'],
  ])('%s', (rule, breadth) => expect(readRule(rule).breadth).toBe(breadth))

  test('are split outside parentheses', () => {
    expect(splitRules('Bash(git add:*), Read Write(a b)')).toEqual(['Bash(git add:*)', 'Read', 'Write(a b)'])
  })

  test.each([
    ['permissions.defaultMode', 'bypassPermissions', 'bypass'],
    ['permissions.defaultMode', 'plan', undefined],
    ['chat.tools.autoApprove', true, 'approve-all'],
    ['apiKeyHelper', './x', 'runs-command'],
    ['sandbox_mode', 'workspace-write', undefined],
    ['install', 'npm ci', undefined],
  ])('setting %s=%s', (key, value, effect) => expect(settingEffect(key, value, false)).toBe(effect))
})

describe('well-known names', () => {
  test.each([
    ['npm', '@modelcontextprotocol/server-filesytem', '@modelcontextprotocol/server-filesystem'],
    ['npm', '@modelcontextprotoco1/server-github', '@modelcontextprotocol/server-github'],
    ['npm', 'modelcontextprotocol-server-github', '@modelcontextprotocol/server-github'],
    ['npm', '@modelcontextprotocol/server-github', undefined],
    ['npm', '@acme/server-github', undefined],
    ['npm', 'my-mcp-server', undefined],
    ['pypi', 'mcp-server-fetsh', 'mcp-server-fetch'],
    ['pypi', 'mcp-server-fetch', undefined],
  ] as const)('%s %s', (what, name, like) => expect(nearlyKnown(what, name)?.like).toBe(like))
})

describe('schemas', () => {
  test('say their names at any depth', () => {
    const schema = {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'object', properties: { b: {} } }, c: { items: { properties: { d: {} } } } },
    }
    const { names, required, troubles } = surveySchema(schema)
    expect(names.toSorted()).toEqual(['a', 'a.b', 'c', 'c.d'])
    expect(required).toEqual(['a'])
    expect(troubles).toEqual([])
  })

  test('may be trees, may not be loops', () => {
    const tree = {
      $defs: { node: { properties: { next: { $ref: '#/$defs/node' } } } },
      properties: { root: { $ref: '#/$defs/node' } },
    }
    expect(surveySchema(tree).troubles).toEqual([])
    const loop = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }
    expect(surveySchema(loop).troubles.map((t) => t.trouble)).toContain('loop')
    expect(surveySchema({ properties: { x: { $ref: '#/nowhere' } } }).troubles).toEqual([
      { trouble: 'missing-ref', target: '#/nowhere' },
    ])
  })

  test('end at a depth', () => {
    let schema: object = {}
    for (let i = 0; i < 500; i++) schema = { properties: { a: schema } }
    expect(surveySchema(JSON.parse(JSON.stringify(schema))).troubles).toEqual([
      { trouble: 'depth', target: '' },
    ])
  })
})
