import { hash } from 'node:crypto'
import git, { type GitHttpRequest, type HttpClient } from 'isomorphic-git'
import { pathTrouble } from '../codec/path-trouble.ts'
import { boundFetch, type Fetch } from './fetch.ts'
import { memoryFileSystem } from './git-memory.ts'
import { checkPack } from './git-pack.ts'
import type { SourceSettings } from './source.ts'
import { SourceError } from './trouble.ts'

/** The pack of one commit without its LFS objects. */
const PACK_BYTES = 256 * 1024 * 1024
const GIT = '/git'

export const COMMIT = /^[0-9a-f]{40}$/

export interface RemoteRef {
  readonly ref: string
  readonly oid: string
  /** What an annotated tag is a tag of. */
  readonly peeled?: string | undefined
}

export interface GitFile {
  readonly path: string
  readonly oid: string
  readonly bytes: Uint8Array
}

export interface GitTree {
  readonly files: readonly GitFile[]
  /** Where another repository is mounted, and at which of its commits. */
  readonly submodules: readonly { readonly path: string; readonly commit: string }[]
}

/** What a server has, and its default branch. */
export async function listRefs(url: string, settings: SourceSettings): Promise<RemoteRef[]> {
  return asked(url, settings, () =>
    git.listServerRefs({
      http: client(settings, url),
      url,
      protocolVersion: 1,
      symrefs: true,
      peelTags: true,
    }),
  )
}

/**
 * The tree of one commit, fetched at depth 1. Every object on the way is hashed here and must be the one that the
 * commit leads to: the server and the client are believed in nothing. SHA-1 is what Git gives; the lock adds SHA-256.
 */
export async function fetchTree(url: string, commit: string, settings: SourceSettings): Promise<GitTree> {
  const fs = memoryFileSystem(2 * PACK_BYTES, (path, bytes) => {
    if (path.endsWith('.pack')) checkPack(bytes, url)
  })
  const where = { fs, gitdir: GIT }
  await git.init({ ...where, bare: true, dir: GIT, defaultBranch: 'none' })
  await git.addRemote({ ...where, remote: 'origin', url })
  const fetched = { ...where, http: client(settings, url), url, ref: commit, remoteRef: commit, depth: 1 }
  await asked(url, settings, () => git.fetch({ ...fetched, singleBranch: true, tags: false }))
  const cache = {}
  const read = async (oid: string, type: string) => {
    const found = await asked(url, settings, () =>
      git.readObject({ ...where, cache, oid, format: 'content' }),
    )
    const bytes = found.object
    if (found.type !== type || !(bytes instanceof Uint8Array) || objectId(type, bytes) !== oid)
      throw new SourceError('untrusted', `${url}: sends another ${type} than ${oid}`)
    return bytes
  }
  const [, top] =
    /^tree ([0-9a-f]{40})\n/.exec(Buffer.from(await read(commit, 'commit')).toString('latin1')) ?? []
  if (top === undefined) throw new SourceError('untrusted', `${url}: the commit ${commit} has no tree`)
  return walk(url, top, read)
}

export function objectId(type: string, bytes: Uint8Array): string {
  return hash('sha1', Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]), 'hex')
}

async function walk(
  url: string,
  top: string,
  read: (oid: string, type: string) => Promise<Uint8Array>,
): Promise<GitTree> {
  const files: GitFile[] = []
  const submodules: { path: string; commit: string }[] = []
  const visit = async (tree: string, prefix: string): Promise<void> => {
    for (const { mode, name, oid } of entriesOf(await read(tree, 'tree'))) {
      const path = `${prefix}${name}`
      const trouble = pathTrouble(path)
      if (trouble)
        throw new SourceError(
          'untrusted',
          `${url}: names '${path}', which would leave its folder (${trouble}); not locked`,
        )
      if (mode === '40000') await visit(oid, `${path}/`)
      else if (mode === '160000') submodules.push({ path, commit: oid })
      // A link is the file that Git makes of it where there are none: its target as text. Nothing is followed.
      else files.push({ path, oid, bytes: await read(oid, 'blob') })
    }
  }
  await visit(top, '')
  return { files, submodules }
}

/** Entries of a tree object: mode, name, NUL, id. */
function* entriesOf(tree: Uint8Array): Generator<{ mode: string; name: string; oid: string }> {
  const buffer = Buffer.from(tree.buffer, tree.byteOffset, tree.length)
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at)
    const end = buffer.indexOf(0, space)
    if (space < 0 || end < 0 || end + 21 > buffer.length)
      throw new SourceError('untrusted', 'a Git tree that is cut short')
    yield {
      mode: buffer.toString('latin1', at, space),
      name: buffer.toString('utf8', space + 1, end),
      oid: buffer.toString('hex', end + 1, end + 21),
    }
    at = end + 21
  }
}

/** Lets the client send requests through our `fetch` only. */
function client(settings: SourceSettings, repository: string): HttpClient {
  const fetch = boundFetch({ ...settings, endpoint: new URL(repository).origin })
  return { request: (request) => answer(fetch, request) }
}

async function answer(fetch: Fetch, { url, method = 'GET', headers = {}, body }: GitHttpRequest) {
  const parts: Uint8Array[] = []
  for await (const part of body ?? []) parts.push(part)
  const sent = parts.length > 0 ? { body: Buffer.concat(parts) } : {}
  const response = await fetch(url, { method, headers, ...sent })
  return {
    url: response.url,
    method,
    statusCode: response.status,
    statusMessage: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: bounded(response, url),
  }
}

async function* bounded(response: Response, url: string): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > PACK_BYTES)
      throw new SourceError(
        'unsupported',
        `${url}: more than ${PACK_BYTES} bytes; fetch it and lock it as file:`,
      )
    yield chunk
  }
}

/** Runs the client and puts its errors into our words. */
async function asked<T>(url: string, { signal }: SourceSettings, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof SourceError) throw error
    const { data, code } = error as { data?: { statusCode?: number }; code?: unknown }
    const status = data?.statusCode
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    if (status === 404) throw new SourceError('repository-gone', `${url}: there is no such Git repository`)
    if (status === 401 || status === 403)
      throw new SourceError('denied', `${url}: it is private, or not there`)
    if (status !== undefined) throw new SourceError('unreachable', `${url}: answers ${status}`)
    // A server that has not got what was wanted sends an empty pack, or words of its own.
    if (code === 'NotFoundError' || /not our ref|unadvertised object/i.test(String(message)))
      throw new SourceError(
        'revision-gone',
        `${url}: it has no such commit, or gives only a part (${message})`,
      )
    throw new SourceError('untrusted', `${url} gives an answer that is none of Git's (${message})`)
  }
}
