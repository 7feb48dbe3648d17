import type { Artifact } from '../model/artifact.ts'

/** Where an artifact is, as a key. */
export function placeOf({ locator }: Artifact): string {
  return JSON.stringify([locator.root, ...locator.members])
}

/** The folder of an artifact, with its slash, in the file system or in the container that it is a member of. */
export function folderOf({ locator }: Artifact): string {
  const own = locator.members.at(-1) ?? locator.root
  return own.slice(0, own.lastIndexOf('/') + 1)
}

/** The key of the place that a path in `folder` leads to, beside the artifact or in the same container. */
export function placeIn({ locator }: Artifact, folder: string, target: string): string {
  const path = folder + target.replace(/^\.\//, '')
  return JSON.stringify(
    locator.members.length === 0 ? [path] : [locator.root, ...locator.members.slice(0, -1), path],
  )
}
