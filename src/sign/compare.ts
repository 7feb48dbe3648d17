import { byCodePoint } from '../model/order.ts'
import { measureKey } from '../model/signature.ts'
import { GIT_PATHS, type OmsManifest, type SignedFile } from './oms.ts'

/** A file that is there, by its path inside the signed folder. */
export interface SeenFile {
  readonly path: string
  readonly size: number
  /** By `measureKey`; a file that could not be read has none. */
  readonly digests: ReadonlyMap<string, readonly string[]>
  /** It is a link, other than one of a hub cache into its own blobs. */
  readonly link?: boolean
}

/**
 * `changed`: other content. `missing`, `extra`: signed and not there, there and not signed. `ignored`: left out of the
 * signature on purpose. `uncovered`: empty, in a signature over shards, which has no shard of it. `link`: a link where
 * none may be. `unread`: nothing is known of its content.
 */
export type Difference = 'changed' | 'missing' | 'extra' | 'ignored' | 'uncovered' | 'link' | 'unread'

export interface OmsDifference {
  readonly path: string
  readonly how: Difference
}

export interface CompareOptions {
  /** Path of the signature itself inside the folder. */
  readonly signature?: string
  /** What the user says to leave out, beside what the statement lists. */
  readonly ignore?: readonly string[]
  /** Which files are meant to be here: another one is not missed. */
  readonly selects?: (path: string) => boolean
}

/** Holds what is there against what was signed, byte-exact in names. Pure; in the order of the paths. */
export function compareOms(
  manifest: OmsManifest,
  seen: readonly SeenFile[],
  { signature, ignore = [], selects = () => true }: CompareOptions,
): OmsDifference[] {
  const skipped = [...GIT_PATHS, ...manifest.ignored, ...ignore]
  const isIgnored = (path: string) => skipped.some((skip) => path === skip || path.startsWith(`${skip}/`))
  const files = seen.filter(({ path }) => path !== signature)
  const key = measureKey(manifest.measure)
  const signed = new Map(named(manifest, files, isIgnored).map((file) => [file.name, file]))
  const there = new Set(files.map(({ path }) => path))
  const out: OmsDifference[] = []
  for (const name of signed.keys())
    if (!there.has(name) && selects(name)) out.push({ path: name, how: 'missing' })
  for (const file of files) {
    const how = judge(file, signed.get(file.path), key, manifest, isIgnored(file.path))
    if (how) out.push({ path: file.path, how })
  }
  return out.sort((a, b) => byCodePoint(a.path, b.path))
}

function judge(
  file: SeenFile,
  signed: SignedFile | undefined,
  key: string,
  manifest: OmsManifest,
  ignored: boolean,
): Difference | undefined {
  if (!signed) {
    if (ignored) return 'ignored'
    return manifest.measure.shardSize !== undefined && file.size === 0 ? 'uncovered' : 'extra'
  }
  if (file.link && !manifest.allowSymlinks) return 'link'
  const digests = file.digests.get(key)
  if (!digests) return 'unread'
  return matches(file, signed, digests) ? undefined : 'changed'
}

function matches(file: SeenFile, signed: SignedFile, digests: readonly string[]): boolean {
  if (signed.size !== undefined && signed.size !== file.size) return false
  return digests.length === signed.digests.length && digests.every((d, i) => d === signed.digests[i])
}

/** A model of one file is signed as `.`: it is the file with that content, or else the only one there is. */
function named(
  { files, measure }: OmsManifest,
  seen: readonly SeenFile[],
  isIgnored: (path: string) => boolean,
): readonly SignedFile[] {
  const [only] = files
  if (only?.name !== '.') return files
  const candidates = seen.filter(({ path }) => !isIgnored(path))
  const match =
    candidates.find((file) => matches(file, only, file.digests.get(measureKey(measure)) ?? [])) ??
    candidates[0]
  return match ? [{ ...only, name: match.path }] : files
}
