// `npm run bench:lock`: what pinning costs, against a hub on loopback in a process of its own. Ratios travel between
// machines, seconds do not; nothing here fails a build. Writes about 4 GiB below the system's temporary folder: with
// TMPDIR=/dev/shm the disk is left out. On two cores the hub, the sockets and the writes take their share of what the floor
// has for hashing alone; the plain download, which hashes and judges nothing, shows how much that is.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BIN, run } from './measure.ts'

const GIB = 1024 ** 3
const SHARD = Number(process.env.WEIGHMASTER_BENCH_SHARD ?? GIB / 2)
const PLAIN = path.join(import.meta.dirname, 'plain.ts')
const FLOOR = path.join(import.meta.dirname, 'floor.ts')
const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-lock-'))
const server = spawn(process.execPath, [path.join(import.meta.dirname, 'lock-server.ts'), String(SHARD)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const rows: [string, string, string][] = []

try {
  const endpoint = await new Promise<string>((resolve) => {
    server.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
  })
  process.env.HF_ENDPOINT = endpoint
  process.env.HF_TOKEN = ''
  process.chdir(folder)

  writeFileSync('weighmaster.yaml', 'models: ["hf:bench/many"]\n')
  const many = await command('lock')
  rows.push([
    'lock of 10,000 small LFS files',
    seconds(many.seconds),
    `≤ 10 s (peak ${Math.round(many.peakMiB)} MiB)`,
  ])

  writeFileSync('weighmaster.yaml', 'models: ["hf:bench/large"]\n')
  await command('lock')
  const plain = await run(PLAIN, [endpoint, 'bench/large', folder])
  const pulled = await command('pull')
  const shards = [0, 1, 2, 3].map((n) => path.join('artifacts/models/bench/large', `model-${n}.safetensors`))
  const floor = await run(FLOOR, shards)
  const verified = await command('verify')
  const against = (s: number) =>
    `${(s / floor.seconds).toFixed(2)} × floor (${seconds(s)} / ${seconds(floor.seconds)})`
  const what = `${(4 * SHARD) / GIB} GiB in four files`
  rows.push([`plain download of ${what}`, against(plain.seconds), `(peak ${Math.round(plain.peakMiB)} MiB)`])
  rows.push([
    `pull of ${what}`,
    against(pulled.seconds),
    `≤ 1.5, ≤ 200 MiB (peak ${Math.round(pulled.peakMiB)} MiB)`,
  ])
  rows.push([
    `verify of ${what}`,
    against(verified.seconds),
    `≤ 1.25 (peak ${Math.round(verified.peakMiB)} MiB)`,
  ])
} finally {
  server.kill()
  process.chdir(tmpdir())
  rmSync(folder, { recursive: true, force: true })
}

for (const [what, measured, target] of rows)
  console.log(`${what.padEnd(36)}  ${measured.padEnd(36)}  ${target}`)

async function command(name: string) {
  const ran = await run(BIN, [name, '--quiet'])
  if (ran.status !== 0) throw new Error(`weighmaster ${name} ends with ${ran.status}: ${ran.output}`)
  return ran
}

function seconds(s: number): string {
  return `${s.toFixed(2)} s`
}
