// `npm run bench:remote`: what a verdict by ranges costs on the wire, counted by a hub on loopback that serves sparse files.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { BIN, run } from './measure.ts'

const server = spawn(process.execPath, [path.join(import.meta.dirname, 'remote-server.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
const line = async () => String((await lines.next()).value)

const CASES = [
  ['a torch zip of 600 MB, 300 tensors', 'hf:bench/torch', 100e3],
  ['100 GB in 50 safetensors shards', 'hf:bench/safetensors', 100e6],
  ['100 GB in 50 torch zips', 'hf:bench/pickles', 100e6],
] as const

try {
  process.env.HF_ENDPOINT = await line()
  process.env.HF_TOKEN = ''
  for (const [what, reference, most] of CASES) {
    const { seconds, status, peakMiB, output } = await run(BIN, ['scan', reference, '--quiet'])
    server.stdin.write('\n')
    const { bodies, requests } = JSON.parse(await line())
    const verdict = output.split('\n')[0]?.trim()
    console.log(
      `${what.padEnd(36)} ${(bodies / 1e3).toFixed(1).padStart(10)} kB of ≤ ${most / 1e3} kB, ${requests} requests, ` +
        `${seconds.toFixed(1)} s, peak ${Math.round(peakMiB)} MiB, exit ${status}\n    ${verdict}`,
    )
    if (bodies > most || status !== 0) process.exitCode = 1
  }
} finally {
  server.kill()
}
