import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { openFile } from '../bytes/file.ts'
import type { Edge, SourceFile, TextFile } from '../model/lock.ts'
import type { FileReference } from '../model/reference.ts'
import { edgesOf, hasEdges } from './edges.ts'
import { inParallel } from './fetch.ts'
import { type RootFile, walkTarget } from './local.ts'
import type { Source } from './source.ts'
import { bounded, isTextFile, textsOf } from './texts.ts'
import { SourceError } from './trouble.ts'

/** Files and folders of this machine: hashed where they are, never copied. */
export const folder: Source<FileReference> = {
  async resolve(reference, wanted, settings) {
    const target = path.resolve(settings.folder, reference.path)
    const { files, met, isFolder } = await walkTarget(target, {})
    const odd = met.find(({ uninspected }) => uninspected)
    if (odd)
      throw new SourceError(
        'unsupported',
        `file:${reference.path}: ${odd.display} is no regular file inside it; only those can be locked`,
      )
    const named = files.map((file) => ({
      ...file,
      inner: isFolder ? slashes(path.relative(target, file.path)) : path.basename(target),
    }))
    const kept = named.filter(({ inner }) => wanted(inner))
    const found = await inParallel(kept, 2, async (file) => ({
      ...(await hashed(file, file.inner)),
      ...(await told(file, file.inner)),
    }))
    return {
      endpoint: 'file:',
      id: reference.path,
      pin: 'local',
      files: found.map(({ edges: _, texts: __, ...file }) => file),
      edges: found.flatMap((file) => file.edges),
      texts: bounded(found.flatMap((file) => file.texts)),
    }
  },

  async identify(reference) {
    return { endpoint: 'file:', id: reference.path, pin: 'local' }
  },

  async standing() {
    return { pin: 'there', revision: 'fixed' }
  },

  async locate(reference) {
    throw new SourceError('unsupported', `file:${reference.path} is on this machine; nothing is fetched`)
  },
}

const slashes = (p: string) => p.replaceAll(path.sep, '/')

async function hashed(file: RootFile, inner: string): Promise<SourceFile> {
  await using source = await openFile(file.path)
  const hash = createHash('sha256')
  for await (const chunk of source.stream()) hash.update(chunk)
  return { path: inner, size: source.size, sha256: hash.digest('hex'), origin: 'computed' }
}

/** What a small file says: other repositories, or instructions. */
async function told(file: RootFile, inner: string): Promise<{ edges: Edge[]; texts: TextFile[] }> {
  const { size } = await stat(file.path)
  const isConfiguration = size <= 1024 * 1024 && hasEdges(inner)
  if (!isConfiguration && !isTextFile(inner, size)) return { edges: [], texts: [] }
  await using source = await openFile(file.path)
  const bytes = Buffer.from(await source.read(0, source.size))
  return {
    edges: isConfiguration ? edgesOf(inner, bytes.toString('utf8')) : [],
    texts: textsOf(inner, bytes),
  }
}
