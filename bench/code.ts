// `node bench/code.ts FOLDER [COUNT]`: how fast source is inspected, by files and by megabytes, over the first COUNT (500)
// source files of a folder in code-point order. Nothing here fails a build.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { memorySource } from '../src/bytes/memory.ts'
import { Meter } from '../src/bytes/meter.ts'
import { namePromises } from '../src/inspect/detect.ts'
import { INSPECTORS } from '../src/inspect/registry.ts'
import { DEFAULT_LIMITS } from '../src/model/limits.ts'

const [, , folder = '.', count = '500'] = process.argv
const inspectors = INSPECTORS.filter((i) => i.detect.byName)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => inspectors.some((i) => namePromises(i.detect, file) !== undefined))
  .filter((file) => statSync(path.join(folder, file)).isFile())
  .toSorted()
  .slice(0, Number(count))

const { signal } = new AbortController()
let [bytes, facts, longest, slowest] = [0, 0, 0, '']
const begun = performance.now()
for (const file of files) {
  const content = readFileSync(path.join(folder, file))
  const name = path.basename(file)
  const inspector = inspectors.find((i) => namePromises(i.detect, name) !== undefined)
  if (!inspector?.inspect) continue
  const artifact = { id: '0', locator: { root: file, members: [] }, name, formats: [], digests: [] }
  const context = {
    meter: new Meter(DEFAULT_LIMITS, content.length),
    signal,
    depth: 0,
    region: false,
    rows: Infinity,
  }
  const from = performance.now()
  for await (const e of inspector.inspect({ artifact, bytes: memorySource(content) }, context)) {
    if (e.type === 'fact') facts++
  }
  const spent = performance.now() - from
  if (spent > longest) [longest, slowest] = [spent, file]
  bytes += content.length
}
const seconds = (performance.now() - begun) / 1000
const megabytes = bytes / 1e6
console.log(
  `${files.length} files, ${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s: ` +
    `${(files.length / seconds).toFixed(0)} files/s, ${(megabytes / seconds).toFixed(2)} MB/s, ${facts} facts; ` +
    `slowest ${slowest} (${longest.toFixed(0)} ms), ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
)
