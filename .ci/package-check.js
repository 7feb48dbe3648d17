// What `npm pack` would publish: nothing that does not belong there, and small.
import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Rules and code are text; a package above this has swallowed fixtures or a binary. */
const MAX_UNPACKED = 6 * 1024 * 1024
const ALLOWED =
  /^(bin|dist|rules|schemas|trust)\/|^(package\.json|README\.md|LICENSE|SECURITY\.md|ARCHITECTURE\.md|CHANGELOG\.md)$/
const REQUIRED = [
  'bin/weighmaster.js',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cli/main.js',
  'dist/engine/worker.js',
]

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const output = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' })
const parsed = JSON.parse(output)
const pack = Array.isArray(parsed) ? parsed[0] : Object.values(parsed)[0]
const names = pack.files.map((file) => file.path)
const stray = names.filter((name) => !ALLOWED.test(name) || /\.test\.(js|d\.ts)$/.test(name))
const missing = REQUIRED.filter((name) => !names.includes(name))
if (stray.length > 0 || missing.length > 0 || pack.unpackedSize > MAX_UNPACKED) {
  console.error(`package: stray ${stray.join(', ') || 'none'}; missing ${missing.join(', ') || 'none'}`)
  console.error(`package: ${pack.unpackedSize} bytes unpacked, at most ${MAX_UNPACKED}`)
  process.exit(1)
}
console.log(
  `package: ${names.length} files, ${Math.round(pack.unpackedSize / 1024)} KiB unpacked, ${Math.round(pack.size / 1024)} KiB packed`,
)

const { messages, pkg } = await publint({ pkgDir: '.', strict: true })
for (const message of messages) console.error(`publint: ${formatMessage(message, pkg)}`)

const attw = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')),
  'dist',
  'index.js',
)
const types = spawnSync(
  process.execPath,
  [attw, '--pack', '.', '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'],
  {
    encoding: 'utf8',
  },
)
if (types.status !== 0) console.error(types.stdout, types.stderr)
if (messages.length > 0 || types.status !== 0) process.exit(1)
console.log('package: publint and attw have nothing to say')
