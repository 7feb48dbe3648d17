// Preloaded into a measured process: writes its peak resident memory (KiB) where the bench reads it.
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.WEIGHMASTER_BENCH_PEAK
if (file && isMainThread) {
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)))
}
