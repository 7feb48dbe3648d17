import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { Report } from '../model/report.ts'
import { gather } from './gather.ts'
import { join } from './join.ts'
import { loadJudge } from './judge.ts'
import { poolOptions, type ScanOptions } from './options.ts'
import { inspectAll, warmUp } from './pool.ts'
import { prepareSignatures } from './signatures.ts'

/**
 * Inspects files and folders (`-` is standard input) and judges what they would do when loaded. Nothing is executed,
 * or imported; only references are fetched, or read by ranges where they are. What the bytes are is never an exception: it is a finding, or coverage that makes the verdict
 * `incomplete`. Throws `UsageError` for a missing target, a broken policy or rule file; the signal's reason if aborted.
 */
export async function scan(targets: readonly string[], options: ScanOptions = {}): Promise<Report> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const settings = poolOptions(options, limits)
  warmUp(settings, targets.length)
  const { judge, names, signers } = await loadJudge(options)
  await using gathered = await gather(targets, options)
  const { tasks, remote } = gathered
  const named = gathered.targets.map((display) => ({ display, names: [] }))
  const signatures = await prepareSignatures(tasks, named, { ...options.signatures, signers })
  const inspected = await inspectAll(signatures.tasks, { ...settings, ...(remote ? { remote } : {}) })
  const { inspection } = await signatures.conclude(join(gathered, inspected, names), inspected)
  const report = judge(gathered.targets, inspection)
  if (!remote) return report
  const unfetched = report.coverage.reduce((sum, { unfetched: n = 0 }) => sum + n, 0)
  return { ...report, remote: { fetched: remote.fetched, unfetched } }
}
