// Builds dist/: compiles src/ and turns the shipped rules into one JSON file that loads in milliseconds. Plain
// JavaScript for Node 20 and later, since npm runs it as `prepare` before the repository's own Node is in place.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
  await join()
  cpSync(path.join(root, 'src', 'report', 'assets'), path.join(dist, 'assets'), { recursive: true })
}

/**
 * Joins the modules into a few files, which start in half the time of some two hundred; what start-up does not need stays
 * apart. Every file stays one folder deep, so that paths relative to it hold.
 */
async function join() {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: {
      'engine/api': path.join(dist, 'index.js'),
      'cli/main': path.join(dist, 'cli', 'main.js'),
      'engine/worker': path.join(dist, 'engine', 'worker.js'),
      'engine/hash-worker': path.join(dist, 'engine', 'hash-worker.js'),
      'engine/feed-worker': path.join(dist, 'engine', 'feed-worker.js'),
      'engine/landing-worker': path.join(dist, 'source', 'landing-worker.js'),
    },
    external: /^[a-z@]/i,
    platform: 'node',
  })
  const { output } = await bundle.generate({
    entryFileNames: '[name].js',
    chunkFileNames: 'engine/[name]-[hash].js',
  })
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js')) rmSync(path.join(dist, name))
  }
  for (const file of output)
    if (file.type === 'chunk') writeFileSync(path.join(dist, file.fileName), file.code)
  writeFileSync(path.join(dist, 'index.js'), "export * from './engine/api.js'\n")
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
