import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import type { Edge, SourceFile } from '../model/lock.ts'
import { type GitReference, parseReference, referenceName, referenceText } from '../model/reference.ts'
import { UsageError } from '../model/trouble.ts'
import { edgesOf, hasEdges } from './edges.ts'
import { boundFetch, type Fetch, urlOf } from './fetch.ts'
import { LfsServer, lfsPointer } from './git-lfs.ts'
import { COMMIT, fetchTree, type GitFile, type GitTree, listRefs, type RemoteRef } from './git-repository.ts'
import type { Source, SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/**
 * A commit of a Git repository behind smart HTTP, its LFS files by the digest that their pointers give. What the pack
 * holds is hashed up to the commit id; submodules are edges, not files.
 */
export const git: Source<GitReference> = {
  async resolve(reference, wanted, settings) {
    const { pin } = await commitOf(reference, settings)
    const tree = await treeOf(reference.url, pin, settings)
    const files = tree.files.filter(({ path }) => wanted(path))
    for (const { path, bytes } of files) if (!lfsPointer(bytes)) settings.onFetched?.(path, bytes)
    return {
      ...identityOf(reference, pin),
      purl: purlOf(reference, pin),
      files: files.map(sourceFile),
      edges: [...files.flatMap(edgesIn), ...submodules(tree)],
    }
  },

  async identify(reference, settings) {
    return identityOf(reference, (await commitOf(reference, settings)).pin)
  },

  async standing(reference, { resolved }, settings) {
    const { refs, kind } = await commitOf(reference, settings)
    const isThere = refs.some(({ oid, peeled }) => (peeled ?? oid) === resolved.pin)
    if (isThere) return { pin: 'there', revision: kind }
    try {
      await treeOf(reference.url, resolved.pin, settings)
      return { pin: 'there', revision: kind }
    } catch (error) {
      if (error instanceof SourceError && error.reason === 'revision-gone')
        return { pin: 'gone', revision: kind }
      throw error
    }
  },

  async locate({ url }, { resolved, files }, settings) {
    const all = new Map((await treeOf(url, resolved.pin, settings)).files.map((file) => [file.path, file]))
    const lfs = new LfsServer(
      url,
      files.filter((file) => file.lfs),
      boundFetch({ ...settings, endpoint: new URL(url).origin }),
    )
    return ({ path, sha256, lfs: isLfs }) => ({
      url: urlOf(url, path),
      fetch: isLfs ? lfs.fetchOf(sha256) : held(all.get(path), path),
    })
  },
}

/** A listing and what is located by it come from one fetch. */
const trees = new WeakMap<SourceSettings, Map<string, Promise<GitTree>>>()

function treeOf(url: string, commit: string, settings: SourceSettings): Promise<GitTree> {
  const known = trees.get(settings) ?? new Map<string, Promise<GitTree>>()
  trees.set(settings, known)
  const key = `${url} ${commit}`
  const tree = known.get(key) ?? fetchTree(url, commit, settings)
  known.set(key, tree)
  return tree
}

/** What a revision is now: itself for a commit, else a tag before a branch, as Git has it (gitrevisions). */
async function commitOf({ url, revision }: GitReference, settings: SourceSettings) {
  const refs = await listRefs(url, settings)
  if (revision !== undefined && COMMIT.test(revision)) return { pin: revision, refs, kind: 'fixed' as const }
  const names =
    revision === undefined ? ['HEAD'] : [revision, `refs/tags/${revision}`, `refs/heads/${revision}`]
  const found = names.flatMap((name) => refs.find(({ ref }) => ref === name) ?? [])[0]
  if (!found)
    throw new SourceError('revision-gone', `${url}: it has no tag or branch '${revision ?? 'HEAD'}'`)
  return {
    pin: peeled(found, refs),
    refs,
    kind: found.ref.startsWith('refs/tags/') ? 'fixed' : 'moving',
  } as const
}

function peeled({ ref, oid, peeled: target }: RemoteRef, refs: readonly RemoteRef[]): string {
  return target ?? refs.find((other) => other.ref === `${ref}^{}`)?.oid ?? oid
}

function identityOf({ url }: GitReference, pin: string) {
  const { origin, pathname } = new URL(url)
  return { endpoint: origin, id: pathname.slice(1), pin }
}

function purlOf(reference: GitReference, pin: string): string {
  const [name = 'repository', ...namespace] = referenceName(reference).split('/').reverse()
  const vcs = { vcs_url: referenceText({ ...reference, revision: pin }) }
  return new PackageURL('generic', namespace.join('/') || undefined, name, pin, vcs, undefined).toString()
}

function sourceFile({ path, oid, bytes }: GitFile): SourceFile {
  const pointer = lfsPointer(bytes)
  if (pointer) return { path, ...pointer, origin: 'claimed', gitBlob: oid, lfs: true }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { path, size: bytes.length, sha256, origin: 'computed', gitBlob: oid }
}

function edgesIn({ path, bytes }: GitFile): Edge[] {
  return hasEdges(path) ? edgesOf(path, Buffer.from(bytes).toString('utf8')) : []
}

/** `.gitmodules` says where a mounted repository is from (gitmodules(5)); a relative address is left as it is. */
function submodules({ files, submodules: mounted }: GitTree): Edge[] {
  const text = Buffer.from(files.find(({ path }) => path === '.gitmodules')?.bytes ?? '').toString('utf8')
  const sections = text.split(/^\s*\[submodule\b/m).map((section) => {
    const value = (key: string) => new RegExp(`^\\s*${key}\\s*=\\s*(\\S+)\\s*$`, 'm').exec(section)?.[1]
    return [value('path'), value('url')] as const
  })
  return mounted.map(({ path, commit }) => {
    const url = sections.find(([at]) => at === path)?.[1] ?? path
    return {
      role: 'submodule',
      target: asReference(`git+${url}@${commit}`) ?? `${url}@${commit}`,
      from: '.gitmodules',
    }
  })
}

function asReference(text: string): string | undefined {
  try {
    return referenceText(parseReference(text))
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

/** Bytes that came with the pack, for whoever asks for them as for any file. */
function held(file: GitFile | undefined, path: string): Fetch {
  return async (_, init) => {
    if (!file) throw new SourceError('file-gone', `${path} is not in the locked commit`)
    const { bytes } = file
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(new Headers(init?.headers).get('range') ?? '') ?? []
    if (from === undefined) return new Response(Buffer.from(bytes))
    const end = to ? Math.min(Number(to) + 1, bytes.length) : bytes.length
    const headers = { 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` }
    return new Response(Buffer.from(bytes.subarray(Number(from), end)), { status: 206, headers })
  }
}
