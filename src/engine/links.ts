import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'

/** A link, unless it is one of a hub cache into its own blobs: that is how the cache stores regular files. */
export async function isForeignLink(file: string): Promise<boolean> {
  const info = await lstat(file).catch(() => undefined)
  if (!info?.isSymbolicLink()) return false
  const real = await realpath(file).catch(() => '')
  const [, repository] =
    /^(.*[\\/](?:models|datasets|spaces)--[^\\/]+)[\\/]snapshots[\\/]/.exec(path.resolve(file)) ?? []
  return (
    repository === undefined || !real.startsWith(path.join(await realpath(repository), 'blobs') + path.sep)
  )
}
