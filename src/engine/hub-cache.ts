import { randomBytes } from 'node:crypto'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseReference } from '../model/reference.ts'
import type { Placed } from './entries.ts'
import type { Quarantine } from './quarantine.ts'

/**
 * Puts a judged repository into a Hugging Face cache, as its own clients would: `blobs/<etag>`, links to them under
 * `snapshots/<commit>/`, and the commit under `refs/<revision>`. Every name appears by a rename, the reference last.
 */
export async function storeInCache({ entry, target }: Placed, quarantine: Quarantine): Promise<void> {
  const repository = path.dirname(path.dirname(target))
  const blobs = path.join(repository, 'blobs')
  await mkdir(blobs, { recursive: true })
  for (const file of entry.files) {
    // The ETag of the hub: the SHA-256 of an LFS file, Git's own id of any other.
    const blob = path.join(blobs, file.lfs ? file.sha256 : (file.gitBlob ?? file.sha256))
    await rename(await quarantine.place(file.path), blob)
    const link = path.join(target, file.path)
    await mkdir(path.dirname(link), { recursive: true })
    const fresh = `${link}.${randomBytes(6).toString('hex')}.tmp`
    await symlink(path.relative(path.dirname(link), blob), fresh)
    await rename(fresh, link)
  }
  const reference = parseReference(entry.asked.ref)
  const revision = reference.scheme === 'hf' ? (reference.revision ?? 'main') : 'main'
  if (revision !== entry.resolved.pin) {
    const ref = path.join(repository, 'refs', ...revision.split('/'))
    await mkdir(path.dirname(ref), { recursive: true })
    const fresh = `${ref}.${randomBytes(6).toString('hex')}.tmp`
    await writeFile(fresh, entry.resolved.pin)
    await rename(fresh, ref)
  }
  await quarantine.discard()
}
