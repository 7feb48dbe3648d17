import { availableParallelism } from 'node:os'
import { ROWS } from '../codec/rows/batch.ts'
import type { Severity } from '../model/finding.ts'
import type { Limits } from '../model/limits.ts'
import type { SourceSettings } from '../source/source.ts'
import type { Progress } from './events.ts'
import type { InspectOptions } from './node.ts'
import type { RemoteFiles } from './remote-files.ts'
import type { SignatureOptions } from './signature-run.ts'

export interface ScanOptions {
  /** A preset (`strict`, `balanced`, `permissive`) or a policy file. Default `balanced`. */
  readonly policy?: string
  /** Overrides the policy's `fail-on`. */
  readonly failOn?: Severity
  /** Folders of further rules. */
  readonly rules?: readonly string[]
  /** Worker threads; 0 stays in this thread. Default: the number of cores. */
  readonly jobs?: number
  readonly limits?: Partial<Limits>
  /** Globs on paths inside a target, e.g. `**\/*.pt`; a glob without a slash is tried on the file name too. */
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  /** Compute digests and verify checksums. Default true. */
  readonly digest?: boolean
  /** SHA-256 of opaque members (tensor data) too. Default false. */
  readonly memberDigests?: boolean
  /** Rows of each table that are read as text; `Infinity` is all of them. Default 100,000, spread over the table. */
  readonly rows?: number
  /** Where references (`hf:org/name@rev`, …) are fetched from; without, targets are paths only and nothing is fetched. */
  readonly sources?: SourceSettings
  readonly signatures?: SignatureOptions
  /** Fetch references whole into a temporary folder; without, they are read by ranges where they are. */
  readonly full?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: Progress
}

export interface PoolOptions extends InspectOptions {
  /** Worker threads; 0 inspects in this thread, without a heap cap and without a way to stop a runaway parser. */
  readonly jobs: number
  readonly signal: AbortSignal
  readonly progress: Progress
  /** The files of tasks that are read where they are. */
  readonly remote?: RemoteFiles
}

/** The options with their defaults filled in, for the part that inspects. */
export function poolOptions(options: ScanOptions, limits: Limits): PoolOptions {
  return {
    limits,
    digest: options.digest ?? true,
    memberDigests: options.memberDigests ?? false,
    rows: options.rows ?? ROWS,
    jobs: options.jobs ?? availableParallelism(),
    signal: options.signal ?? new AbortController().signal,
    progress: options.onProgress ?? (() => undefined),
  }
}
