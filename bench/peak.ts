// Preloaded into a measured process: writes its peak resident memory (KiB) where the bench reads it.
import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.WEIGHMASTER_BENCH_PEAK
if (file && isMainThread) process.on('exit', () => writeFileSync(file, String(peak())))

/** Linux hands `maxRSS` on through exec, so that a child has at least the peak of the bench; `VmHWM` is its own. */
function peak(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
