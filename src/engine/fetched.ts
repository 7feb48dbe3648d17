import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TEMPORARY_PREFIX } from '../bytes/temporary.ts'
import { selects } from '../lock/place.ts'
import { treeDigest } from '../lock/tree.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import type { LockEntry, SourceFile } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { download } from '../source/download.ts'
import { inParallel } from '../source/fetch.ts'
import { locate, resolve } from '../source/resolve.ts'
import type { Locate, SourceSettings } from '../source/source.ts'
import { SourceError } from '../source/trouble.ts'
import type { RootTask } from './node.ts'
import type { ScanOptions } from './options.ts'
import type { RemoteFiles } from './remote-files.ts'

/** A reference whose files are here for as long as they are looked at. */
export interface Fetched extends AsyncDisposable {
  /** The reference with its pin: what reports call it. */
  readonly display: string
  readonly tasks: readonly RootTask[]
}

interface Listed {
  readonly display: string
  readonly files: readonly SourceFile[]
  readonly where: Locate
}

/** What a reference stands for now, by its pin. */
async function listTarget(
  text: string,
  settings: SourceSettings,
  options: Pick<ScanOptions, 'include' | 'exclude'>,
): Promise<Listed> {
  const reference = parseReference(text)
  const [include, exclude] = [options.include ?? [], options.exclude ?? []]
  const {
    files,
    edges,
    purl: _,
    texts: __,
    ...resolved
  } = await resolve(reference, (file) => selects({ include, exclude }, file), settings)
  const asked = { kind: 'models', ref: text, include, exclude, owners: [], path: text } as const
  const entry: LockEntry = { asked, resolved, files, edges, treeDigest: treeDigest(files), capabilities: [] }
  return listEntry(entry, settings)
}

/** The same for an entry that is resolved. */
async function listEntry(entry: LockEntry, settings: SourceSettings): Promise<Listed> {
  const { asked, resolved, files } = entry
  const display = `${asked.ref.replace(/@[^/@]*$/, '')}@${resolved.pin}`
  return { display, files, where: await locate(parseReference(asked.ref), entry, settings) }
}

/** Fetches everything that a reference stands for now into a private folder, hashed while it arrives. */
export async function fetchTarget(
  text: string,
  settings: SourceSettings,
  options: Pick<ScanOptions, 'include' | 'exclude'>,
): Promise<Fetched> {
  return fetchListed(await listTarget(text, settings, options), settings)
}

/** The same for an entry that is resolved, by its pin. */
export async function fetchEntry(entry: LockEntry, settings: SourceSettings): Promise<Fetched> {
  return fetchListed(await listEntry(entry, settings), settings)
}

async function fetchListed({ display, files, where }: Listed, settings: SourceSettings): Promise<Fetched> {
  const folder = await mkdtemp(path.join(tmpdir(), TEMPORARY_PREFIX))
  const dispose = () => rm(folder, { recursive: true, force: true })
  try {
    const tasks = await inParallel(files, settings.width, async (file): Promise<RootTask> => {
      const target = path.join(folder, file.path)
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
      const how = await download(where(file), file, target, settings, () => undefined)
      if (how)
        throw new SourceError(
          'untrusted',
          `${display}: the source sent ${how} for ${file.path} than it lists`,
        )
      return { path: target, display: `${display}/${file.path}`, size: file.size, sha256: file.sha256 }
    })
    return { display, tasks, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Handed over by a source, kept until they are inspected; what is beyond is fetched again by ranges. */
const KEPT = 64 * 1024 * 1024

/** The files that a reference stands for now, to be read where they are. */
export async function remoteTarget(
  text: string,
  settings: SourceSettings,
  options: Pick<ScanOptions, 'include' | 'exclude' | 'limits'>,
  remote: RemoteFiles,
): Promise<Fetched> {
  const kept = new Map<string, Uint8Array>()
  let room = KEPT
  const onFetched = (path: string, bytes: Uint8Array) => {
    if (bytes.length > room) return
    room -= bytes.length
    kept.set(path, bytes)
  }
  const { display, files, where } = await listTarget(text, { ...settings, onFetched }, options)
  const most = options.limits?.remoteBytes ?? DEFAULT_LIMITS.remoteBytes
  const tasks = files.map((file): RootTask => {
    const bytes = kept.get(file.path)
    const { size, sha256: claimed } = file
    const number = bytes ? remote.addHeld(bytes) : remote.add({ ...where(file), size, most })
    return { path: file.path, display: `${display}/${file.path}`, size, claimed, remote: number }
  })
  return { display, tasks, [Symbol.asyncDispose]: async () => kept.clear() }
}
