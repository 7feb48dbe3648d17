// The pickle machine alone on opcode-dense streams of at least 200 MB, beside the floor of a plain loop that only looks at
// each instruction's length. `node bench/pickle.ts` makes the streams and measures each in a process of its own;
// `node bench/pickle.ts FILE` measures one file and prints JSON.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openFile } from '../src/bytes/file.ts'
import { uint32 } from '../src/codec/pickle/integers.ts'
import { LINE, LINES, OPERAND, PAYLOAD, WIDTH } from '../src/codec/pickle/opcodes.ts'
import { scanPickle } from '../src/codec/pickle/scan.ts'
import { writeDense } from './dense.ts'

const MB = 1_000_000

/** Wall clock and processor time in seconds; other programs disturb the second less. */
interface Timed {
  readonly seconds: number
  readonly cpu: number
}

/** What one file showed: the machine and the plain loop over the same bytes. */
export interface PickleFigures {
  readonly bytes: number
  readonly opcodes: number
  readonly machine: Timed
  readonly plain: Timed
  readonly peakMiB: number
}

/** Counts instructions and does nothing else. */
function floor(file: string): number {
  const input = openSync(file, 'r')
  const buffer = new Uint8Array(1024 * 1024)
  let opcodes = 0
  let kept = 0
  for (;;) {
    const read = readSync(input, buffer, kept, buffer.length - kept, null)
    const end = kept + read
    const safe = read === 0 ? end : end - 512
    let at = 0
    while (at < safe) {
      const operand = OPERAND[buffer[at]!]!
      const width = operand & WIDTH
      let next = at + 1 + width
      if (operand & PAYLOAD) next += width === 1 ? buffer[at + 1]! : uint32(buffer, at + 1)
      else if (operand & (LINE | LINES)) next = buffer.indexOf(0x0a, next) + 1
      at = next
      opcodes++
    }
    if (read === 0) break
    buffer.copyWithin(0, at, end)
    kept = end - at
  }
  closeSync(input)
  return opcodes
}

async function timed<T>(work: () => T | Promise<T>): Promise<Timed & { result: T }> {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const used = process.cpuUsage(cpu)
  return { result, seconds: (performance.now() - start) / 1000, cpu: (used.user + used.system) / 1e6 }
}

async function measure(file: string): Promise<PickleFigures> {
  await using source = await openFile(file)
  const { result: scan, ...machine } = await timed(() => scanPickle(source))
  const peakMiB = process.resourceUsage().maxRSS / 1024
  const { result: opcodes, ...plain } = await timed(() => floor(file))
  if (!scan.pickles[0]?.complete) throw new Error('the stream was not read to its end')
  return { bytes: source.size, opcodes, machine, plain, peakMiB }
}

/** For a table: `112 MB/s, 13.1 M opcodes/s (263 MB per processor second), 2.4 × a plain loop`. */
export function inWords({ bytes, opcodes, machine, plain }: PickleFigures): string {
  const rate = (bytes / MB / machine.seconds).toFixed(0)
  const millions = (opcodes / MB / machine.seconds).toFixed(1)
  const ratio = (machine.cpu / plain.cpu).toFixed(1)
  const own = (bytes / MB / machine.cpu).toFixed(0)
  return `${rate} MB/s, ${millions} M opcodes/s (${own} MB per processor second), ${ratio} × a plain loop`
}

function measureAll(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-dense-'))
  try {
    for (const density of ['records', 'dense'] as const) {
      const file = path.join(folder, density)
      writeDense(file, density, 200 * MB)
      const output = execFileSync(process.execPath, [import.meta.filename, file], { encoding: 'utf8' })
      const figures: PickleFigures = JSON.parse(output)
      const { bytes, opcodes, peakMiB } = figures
      const shape = `${(bytes / MB).toFixed(0)} MB, ${(opcodes / MB).toFixed(1)} M opcodes of ${(bytes / opcodes).toFixed(1)} bytes`
      console.log(`${shape}: ${inWords(figures)}, peak ${peakMiB.toFixed(0)} MiB`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const [file] = process.argv.slice(2)
  if (file === undefined) measureAll()
  else console.log(JSON.stringify(await measure(file)))
}
