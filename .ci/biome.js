// Runs the formatter and linter from its platform package, which the runtime workspace locks by integrity. Its usual
// launcher package names platforms that not every registry carries, and then no lock file satisfies `npm ci`.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const name = `@biomejs/cli-${process.platform}-${process.arch}`
let binary
try {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
  binary = path.join(path.dirname(manifest), 'biome')
} catch {
  console.error(
    `${name} is not locked here; run the same version of Biome (see .ci/runtime/package.json) by hand`,
  )
  process.exit(1)
}
const { status } = spawnSync(binary, process.argv.slice(2), { stdio: 'inherit' })
process.exit(status ?? 1)
