// `npm run bench:formats`: a generated repository of 2,000 mixed small files, honest ones of every inspector, against the
// target of the formats issue and against a bare read-and-hash loop over the same files. Keeps the repository where
// WEIGHMASTER_BENCH names a folder. Times are the median of three; nothing here fails a build.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { casesOf, inspectorFolders, materialise } from '../fixtures/assemble/materialise.ts'
import { BIN, median, run } from './measure.ts'

const FILES = 2000
const LARGEST = 128 * 1024
const TIMES = 3
const FIXTURES = path.join(import.meta.dirname, '..', 'fixtures')

const filesOf = (folder: string): string[] =>
  statSync(folder).isFile()
    ? [folder]
    : readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => path.join(folder, name))
        .filter((file) => statSync(file).isFile())
        .sort()

/** What the repository is made of: the benign corpus file by file, and every fixture that passes, whole. */
async function parts(scratch: string): Promise<string[]> {
  const benign = filesOf(path.join(FIXTURES, 'benign')).filter((file) => !file.includes('recipes'))
  const passing: string[] = []
  for (const inspector of inspectorFolders()) {
    for (const name of casesOf(inspector)) {
      const expected = JSON.parse(readFileSync(path.join(FIXTURES, inspector, name, 'expected.json'), 'utf8'))
      if (expected.outcome === 'pass') passing.push(await materialise(`${inspector}/${name}`, scratch))
    }
  }
  return [...benign, ...passing].filter((part) =>
    filesOf(part).every((file) => statSync(file).size <= LARGEST),
  )
}

/** The parts again and again, each in a folder of its own, until there are enough files. */
async function generate(repository: string): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-parts-'))
  const all = await parts(scratch)
  let files = 0
  for (let i = 0; files < FILES; i++) {
    const part = all[i % all.length] ?? ''
    const target = path.join(repository, `part-${String(i).padStart(4, '0')}`)
    mkdirSync(target, { recursive: true })
    cpSync(part, statSync(part).isFile() ? path.join(target, path.basename(part)) : target, {
      recursive: true,
    })
    files += filesOf(part).length
  }
  rmSync(scratch, { recursive: true })
}

const kept = process.env.WEIGHMASTER_BENCH
const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-'))
const repository = path.join(folder, 'formats')
try {
  if (!existsSync(repository)) await generate(repository)
  const files = filesOf(repository)
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  const floor = await median(TIMES, () => run(path.join(import.meta.dirname, 'floor.ts'), files))
  const report = path.join(folder, 'report.json')
  const scan = await median(TIMES, () => run(BIN, ['scan', repository, '-q', '-o', `json=${report}`]))
  const { summary }: { summary: Readonly<Record<string, unknown>> } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(report)
  console.log(`${files.length} files, ${(bytes / 1e6).toFixed(1)} MB: ${JSON.stringify(summary.outcomes)}`)
  console.log(
    `scan ${scan.seconds.toFixed(2)} s (target ≤ 4 s on two cores), peak ${Math.round(scan.peakMiB)} MiB (target ≤ 200 MiB)`,
  )
  console.log(
    `floor ${floor.seconds.toFixed(2)} s (read and hash the same files), ratio ${(scan.seconds / floor.seconds).toFixed(1)}`,
  )
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true })
}
