// `npm run bench`: what a scan costs beside a floor measured in the same run. Ratios travel between machines, seconds
// do not; nothing here fails a build. Files go to a folder under the system's temporary one, about 4.5 GiB, and are
// removed at the end unless WEIGHMASTER_BENCH_FOLDER names one to keep.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { writeDense } from './dense.ts'
import { BIN, median, type Run, run } from './measure.ts'
import { inWords, type PickleFigures } from './pickle.ts'

const kept = process.env.WEIGHMASTER_BENCH_FOLDER
const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-'))
const FLOOR = path.join(import.meta.dirname, 'floor.ts')
const TIMES = 3

interface Row {
  readonly what: string
  readonly measured: string
  readonly target: string
  readonly peak?: number | undefined
}

const rows: Row[] = []
const scan = (...args: string[]) => run(BIN, ['scan', '--quiet', '-f', 'json', ...args])
const seconds = (r: Run) => `${r.seconds.toFixed(2)} s`

function expectPass(r: Run, what: string): void {
  const { verdict } = JSON.parse(r.output)
  if (verdict.outcome !== 'pass')
    throw new Error(`${what} came out ${verdict.outcome}: ${verdict.reasons[0]}`)
}

async function againstFloor(what: string, files: readonly string[], target: string): Promise<void> {
  const floor = await median(TIMES, () => run(FLOOR, files))
  const ours = await median(TIMES, () => scan(...files))
  expectPass(ours, what)
  const ratio = (ours.seconds / floor.seconds).toFixed(2)
  rows.push({
    what,
    measured: `${ratio} × floor (${seconds(ours)} / ${seconds(floor)})`,
    target,
    peak: ours.peakMiB,
  })
}

/** The pickle machine alone, beside a plain loop over the same instructions. */
async function opcodeDense(density: 'records' | 'dense', target: string): Promise<void> {
  const file = path.join(folder, `${density}.pkl`)
  if (!existsSync(file)) writeDense(file, density, 200_000_000)
  const measured = await median(TIMES, () => run(path.join(import.meta.dirname, 'pickle.ts'), [file]))
  const figures: PickleFigures = JSON.parse(measured.output)
  const each = (figures.bytes / figures.opcodes).toFixed(1)
  const millions = (figures.opcodes / 1e6).toFixed(0)
  rows.push({
    what: `${millions} M opcodes of ${each} bytes, machine alone`,
    measured: inWords(figures),
    target,
    peak: figures.peakMiB,
  })
}

try {
  console.error(`node ${process.version}, ${availableParallelism()} cores; writing files to be scanned …`)
  await run(path.join(import.meta.dirname, 'make.ts'), [folder])
  const model = path.join(folder, 'model.pt')
  const shards = readdirSync(path.join(folder, 'shards')).map((f) => path.join(folder, 'shards', f))

  await againstFloor('2 GiB torch zip', [model], '≤ 1.25, ≤ 200 MiB')
  const structure = await median(TIMES, () => scan('--no-digest', model))
  rows.push({
    what: '2 GiB torch zip, --no-digest',
    measured: seconds(structure),
    target: '≤ 0.5 s',
    peak: structure.peakMiB,
  })
  await againstFloor('eight 256 MiB safetensors', shards, '≤ 1.25')

  await opcodeDense('records', '≥ 100 MB/s on one core')
  await opcodeDense('dense', '')
  const dense = await median(TIMES, () => scan(path.join(folder, 'records.pkl')))
  expectPass(dense, 'opcode-dense pickle')
  rows.push({
    what: 'the first of them, whole scan',
    measured: seconds(dense),
    target: 'pass, ≤ 200 MiB',
    peak: dense.peakMiB,
  })

  const dates = await median(TIMES, () => scan(path.join(folder, 'datetimes.pkl')))
  expectPass(dates, 'datetimes')
  rows.push({
    what: 'one million datetimes',
    measured: seconds(dates),
    target: 'pass, ≤ 200 MiB',
    peak: dates.peakMiB,
  })

  const small = await median(TIMES, () => scan(path.join(folder, 'small')))
  expectPass(small, 'small pickles')
  rows.push({ what: '5,000 small pickles', measured: seconds(small), target: '≤ 3 s', peak: small.peakMiB })
  const version = await median(7, () => run(BIN, ['--version']))
  rows.push({
    what: 'start-up (--version)',
    measured: seconds(version),
    target: '≤ 0.15 s',
    peak: version.peakMiB,
  })
  const empty = await median(7, () => scan(path.join(folder, 'empty')))
  rows.push({ what: 'an empty folder', measured: seconds(empty), target: '≤ 0.25 s', peak: empty.peakMiB })

  const sum = await sha256sum(model)
  if (sum !== undefined)
    rows.push({ what: 'sha256sum of the 2 GiB, for comparison', measured: `${sum.toFixed(2)} s`, target: '' })
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true })
}

async function sha256sum(file: string): Promise<number | undefined> {
  const started = performance.now()
  try {
    execFileSync('sha256sum', [file])
  } catch {
    return undefined
  }
  return (performance.now() - started) / 1000
}

const size = (row: Row) => (row.peak === undefined ? '' : `${Math.round(row.peak)} MiB`)
const widths = [0, 1, 2].map((i) =>
  Math.max(...rows.map((r) => [r.what, r.measured, size(r)][i]?.length ?? 0)),
)
for (const row of [{ what: 'what', measured: 'measured', target: 'target', peak: undefined }, ...rows]) {
  const cells = [row.what, row.measured, row.what === 'what' ? 'peak' : size(row)]
  console.log(`${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}  ${row.target}`)
}
