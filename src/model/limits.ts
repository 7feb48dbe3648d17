/**
 * Every bound of a scan, by the name it has on the command line (`--limit NAME=VALUE`). Each stops resource
 * exhaustion by hostile input and lies far above what honest files need; reaching one is a `parse.limit` fact and
 * coverage `partial`, never a silent stop.
 */
export interface Limits {
  readonly depth: number
  readonly entries: number
  readonly expandedBytes: number
  readonly expansionRatio: number
  readonly memoryBytes: number
  readonly spoolMemoryBytes: number
  readonly facts: number
  readonly jsonBytes: number
  readonly jsonDepth: number
  readonly memoEntries: number
  readonly remoteBytes: number
  readonly seconds: number
}

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

export const DEFAULT_LIMITS: Limits = {
  /** Containers in containers. 42.zip nests 6; honest deliveries (tar.gz of wheels of npz) stay under 6. */
  depth: 16,
  /** Members per archive. Image data sets reach 1–2 million files. */
  entries: 4_000_000,
  /** Decompressed bytes per root file, over the larger of this and `expansionRatio` times its size. */
  expandedBytes: 64 * GIB,
  /** Output to input of one compressed stream, once it has given 64 MiB. Honest sparse tensors reach about 1000 by deflate. */
  expansionRatio: 1100,
  /** Buffers one worker may hold at a time (a worker's heap cap does not bound them). */
  memoryBytes: 192 * MIB,
  /** A spooled stream stays in memory up to this size, above it goes to a temporary file. */
  spoolMemoryBytes: 16 * MIB,
  /** Distinct facts per artifact. Folding keeps honest files at hundreds. */
  facts: 100_000,
  /** One JSON document held in memory; the safetensors reference reader accepts headers up to 100 MB. */
  jsonBytes: 128 * MIB,
  /** Nesting of JSON; serde and Python stop near 128 and 1000. */
  jsonDepth: 512,
  /** Values in the memo of one pickle, five bytes each; the C unpickler takes 8 or 16. */
  memoEntries: 256_000_000,
  /** Fetched of one file that is read by ranges. Headers and pickles are below 10 MB; what needs more is for `--full`. */
  remoteBytes: 64 * MIB,
  /** Wall-clock deadline of one root file. 100 GB at a slow disk's 50 MB/s is 2,000 s. */
  seconds: 7200,
}

export function isLimitName(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name)
}
