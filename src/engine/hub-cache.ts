import { randomBytes } from 'node:crypto'
import { rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseReference } from '../model/reference.ts'
import type { Placed } from './entries.ts'
import { makeWay, type Quarantine } from './quarantine.ts'

/**
 * Puts a judged repository into a Hugging Face cache, as its own clients would: `blobs/<etag>`, links to them under
 * `snapshots/<commit>/`, and the commit under `refs/<revision>`. Every name appears by a rename, the reference last.
 */
export async function storeInCache(
  { entry, target }: Placed,
  quarantine: Quarantine,
  base: string,
): Promise<void> {
  const repository = path.dirname(path.dirname(target))
  const blobs = path.join(repository, 'blobs')
  const reference = parseReference(entry.asked.ref)
  const revision = reference.scheme === 'hf' ? (reference.revision ?? 'main') : 'main'
  const ref = path.join(repository, 'refs', ...revision.split('/'))
  // Each of them could be a link that somebody put there.
  await makeWay(path.join(blobs, 'x'), base)
  await makeWay(ref, base)
  for (const file of entry.files) {
    // The ETag of the hub: the SHA-256 of an LFS file, Git's own id of any other.
    const blob = path.join(blobs, file.lfs ? file.sha256 : (file.gitBlob ?? file.sha256))
    await rename(await quarantine.place(file.path), blob)
    const link = path.join(target, file.path)
    await makeWay(link, base)
    const fresh = `${link}.${randomBytes(6).toString('hex')}.tmp`
    await symlink(path.relative(path.dirname(link), blob), fresh)
    await rename(fresh, link)
  }
  if (revision !== entry.resolved.pin) {
    const fresh = `${ref}.${randomBytes(6).toString('hex')}.tmp`
    await writeFile(fresh, entry.resolved.pin)
    await rename(fresh, ref)
  }
  await quarantine.discard()
}
