// `npm run bench:sign`: what verifying costs. Ratios travel between machines, seconds do not; nothing here fails a build.
// Needs a build. Writes about 2 GiB below the system's temporary folder.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readBundle } from '../src/sign/bundle.ts'
import { readRoot } from '../src/sign/root.ts'
import { IDENTITY, ISSUER, testInstance } from '../src/sign/testing/instance.ts'
import { testKey } from '../src/sign/testing/material.ts'
import { verifySigner } from '../src/sign/verify.ts'
import { BIN, median, run } from './measure.ts'

const GIB = 1024 ** 3
const SHARD = Number(process.env.WEIGHMASTER_BENCH_SHARD ?? GIB / 2)
const FLOOR = path.join(import.meta.dirname, 'floor.ts')
const SIGNERS = [{ method: 'sigstore', identity: IDENTITY, issuer: ISSUER }] as const
const top = mkdtempSync(path.join(tmpdir(), 'weighmaster-bench-sign-'))
const rows: [string, string, string][] = []

try {
  process.chdir(top)
  await oneBundle()
  await signedFolder()
} finally {
  rmSync(top, { recursive: true, force: true })
}
for (const [what, found, budget] of rows) console.log(`${what.padEnd(52)}  ${found.padEnd(34)}  ${budget}`)

/** A keyless bundle: in a process that has verified one before, and as what it adds to a whole command. */
async function oneBundle(): Promise<void> {
  await using instance = await testInstance()
  const bytes = Buffer.from(JSON.stringify(await instance.message(Buffer.from('weights'))))
  const root = readRoot(Buffer.from(JSON.stringify(instance.root)), 'bench')
  const verify = () => verifySigner(readBundle(bytes), SIGNERS, { root, now: new Date() })
  verify()
  const started = performance.now()
  for (let i = 0; i < 20; i++) verify()
  rows.push([
    'one keyless bundle, in a running process',
    `${((performance.now() - started) / 20).toFixed(1)} ms`,
    '≤ 60 ms',
  ])

  mkdirSync('plain')
  mkdirSync('signed')
  for (const folder of ['plain', 'signed']) writeFileSync(path.join(folder, 'w.json'), 'weights')
  writeFileSync('plain/w.json.sigstore.txt', bytes)
  writeFileSync('signed/w.json.sigstore.json', bytes)
  writeFileSync('root.json', JSON.stringify(instance.root))
  const scan = (folder: string) =>
    median(7, () => run(BIN, ['scan', folder, '--quiet', '--trusted-root', 'root.json']))
  const [plain, signed] = [await scan('plain'), await scan('signed')]
  const more = (signed.seconds - plain.seconds) * 1000
  rows.push(['the same, as what it adds to a scan (libraries and all)', `${more.toFixed(0)} ms`, '≤ 60 ms'])
}

/** Four shards, signed by a key, that policy wants signed. */
async function signedFolder(): Promise<void> {
  mkdirSync('model')
  const { pem, publicPem } = testKey('P-384')
  writeFileSync('key.pem', pem)
  writeFileSync('key.pub', publicPem)
  const shards = [1, 2, 3, 4].map((n) => path.join('model', `${n}.safetensors`))
  for (const shard of shards) writeFileSync(shard, safetensors(SHARD))
  const floor = await median(3, () => run(FLOOR, shards))
  const signed = await run(BIN, ['sign', '--key', 'key.pem', 'model'])
  writeFileSync('policy.yaml', 'signers: [{ match: model, method: key, key: key.pub }]\n')
  const scan = await median(3, () => run(BIN, ['scan', 'model', '--quiet', '--policy', 'policy.yaml']))
  if (signed.status !== 0 || scan.status !== 0) throw new Error('the folder does not verify')
  const model = await run(BIN, ['verify-model', '--key', 'key.pub', 'model'])
  const against = (s: number) =>
    `${(s / floor.seconds).toFixed(2)} × floor (${s.toFixed(2)} s / ${floor.seconds.toFixed(2)} s)`
  const what = `${(4 * SHARD) / GIB} GiB signed folder`
  rows.push([
    `${what}: scan with the signature`,
    against(scan.seconds),
    `≤ 1.25 (peak ${Math.round(scan.peakMiB)} MiB)`,
  ])
  rows.push([`${what}: verify-model`, against(model.seconds), `(peak ${Math.round(model.peakMiB)} MiB)`])
}

function safetensors(bytes: number): Buffer {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [bytes], data_offsets: [0, bytes] } }))
  const file = Buffer.alloc(8 + header.length + bytes, 1)
  file.writeBigUInt64LE(BigInt(header.length))
  header.copy(file, 8)
  return file
}
