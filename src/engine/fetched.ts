import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TEMPORARY_PREFIX } from '../bytes/temporary.ts'
import { selects } from '../lock/place.ts'
import { treeDigest } from '../lock/tree.ts'
import type { LockEntry } from '../model/lock.ts'
import { parseReference } from '../model/reference.ts'
import { download } from '../source/download.ts'
import { inParallel } from '../source/fetch.ts'
import { locate, resolve } from '../source/resolve.ts'
import type { SourceSettings } from '../source/source.ts'
import { SourceError } from '../source/trouble.ts'
import type { RootTask } from './node.ts'
import type { ScanOptions } from './options.ts'

/** A reference whose files are here for as long as they are looked at. */
export interface Fetched extends AsyncDisposable {
  /** The reference with its pin: what reports call it. */
  readonly display: string
  readonly tasks: readonly RootTask[]
}

/** Fetches everything that a reference stands for now into a private folder, hashed while it arrives. */
export async function fetchTarget(
  text: string,
  settings: SourceSettings,
  options: Pick<ScanOptions, 'include' | 'exclude'>,
): Promise<Fetched> {
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
  const display = `${text.replace(/@[^/@]*$/, '')}@${resolved.pin}`
  const folder = await mkdtemp(path.join(tmpdir(), TEMPORARY_PREFIX))
  const dispose = () => rm(folder, { recursive: true, force: true })
  try {
    const where = await locate(reference, entry, settings)
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
