import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A finished process: wall-clock seconds, peak resident memory in MiB (Linux; NaN elsewhere), exit code, output. */
export interface Run {
  readonly seconds: number
  readonly peakMiB: number
  readonly status: number
  readonly output: string
}

export const BIN = path.join(import.meta.dirname, '..', 'bin', 'weighmaster.js')
const PEAK = path.join(import.meta.dirname, 'peak.ts')

/** Runs this Node on a script as a process of its own; the peak is what the process itself saw at its end. */
export async function run(script: string, args: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-run-'))
  const file = path.join(folder, 'peak')
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', PEAK, script, ...args], {
    env: { ...process.env, WEIGHMASTER_BENCH_PEAK: file, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? -1))
  })
  const seconds = (performance.now() - started) / 1000
  const peakMiB = Number(readFileSync(file, 'utf8')) / 1024
  rmSync(folder, { recursive: true })
  return { seconds, peakMiB, status, output }
}

/** The median of several runs by time; the peak is the largest of all. */
export async function median(times: number, measure: () => Promise<Run>): Promise<Run> {
  const runs: Run[] = []
  for (let i = 0; i < times; i++) runs.push(await measure())
  const sorted = runs.toSorted((a, b) => a.seconds - b.seconds)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('nothing was run')
  return { ...middle, peakMiB: Math.max(...runs.map((r) => r.peakMiB)) }
}
