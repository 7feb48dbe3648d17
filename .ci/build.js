// Builds dist/: compiles src/ and turns the shipped rules into one JSON file that loads in milliseconds. Plain
// JavaScript for Node 20 and later, since npm runs it as `prepare` before the repository's own Node is in place.
import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const root = path.dirname(import.meta.dirname)
const dist = path.join(root, 'dist')

const compiler = typescript()
if (compiler) await build(compiler)
else if (!existsSync(path.join(dist, 'rules.json')))
  fail('typescript is not installed: run npm ci without --omit=dev')

/** The compiler's launcher; none in an installation without development dependencies. */
function typescript() {
  try {
    const manifest = createRequire(path.join(root, 'package.json')).resolve('typescript/package.json')
    return path.join(path.dirname(manifest), 'bin', 'tsc')
  } catch {
    return undefined
  }
}

async function build(tsc) {
  rmSync(dist, { recursive: true, force: true })
  const run = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  })
  if (run.status !== 0) fail(`tsc ended with ${run.status ?? run.signal ?? run.error}`)
  const { bundleRules } = await load('rules/bundle.js')
  const { bundlePolicies } = await load('policy/load.js')
  store('rules.json', bundleRules(path.join(root, 'rules')))
  store('policies.json', await bundlePolicies())
}

function load(name) {
  return import(pathToFileURL(path.join(dist, name)).href)
}

/** Written beside and renamed: another process never reads half of it. */
function store(name, data) {
  const file = path.join(dist, name)
  writeFileSync(`${file}.new`, JSON.stringify(data))
  renameSync(`${file}.new`, file)
}

function fail(message) {
  console.error(`build: ${message}`)
  process.exit(1)
}
