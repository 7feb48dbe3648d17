import { createHash, hash } from 'node:crypto'
import { datasetInfo, type ListFileEntry, listFiles, modelInfo, spaceInfo } from '@huggingface/hub'
import { PackageURL } from 'packageurl-js'
import { pathTrouble } from '../codec/path-trouble.ts'
import type { Edge, Resolution, SourceFile, TextFile } from '../model/lock.ts'
import type { HubReference } from '../model/reference.ts'
import { edgesOf, hasEdges } from './edges.ts'
import { boundFetch, type Fetch, inParallel, urlOf, whole } from './fetch.ts'
import { LFS_POINTER, lfsPointer } from './git-lfs.ts'
import type { Source, SourceSettings, Wanted } from './source.ts'
import { bounded, isTextFile, textsOf } from './texts.ts'
import { SourceError, type SourceReason } from './trouble.ts'

const COMMIT = /^[0-9a-f]{40}$/
const HEX64 = /^[0-9a-f]{64}$/
/** Of a thousand files each. */
const PAGES = 1000
/** Configuration files are some KiB; more is not read for what it refers to. */
const EDGE_BYTES = 1024 * 1024
const FIELDS = ['author', 'createdAt', 'sha', 'disabled', 'tags'] as const

/** The Hugging Face hub, or a mirror that speaks its protocol. */
export const hub: Source<HubReference> = {
  async resolve(reference, wanted, settings) {
    const fetch = hubFetch(settings, reference)
    const info = await asked(settings, () => repositoryInfo(reference, fetch, settings.hub))
    const listed = await asked(settings, () => list(reference, info, wanted, fetch, settings.hub))
    const get = (entry: ListFileEntry) =>
      fileOf(entry, fileUrl(settings.hub, reference.type, info.id, info.pin, entry.path), fetch, settings)
    const found = await inParallel(listed, settings.width, get)
    const { id, pin } = info
    return {
      ...info,
      endpoint: settings.hub,
      ...purlOf(reference, id, pin, settings.hub),
      files: found.map(({ file }) => file),
      edges: found.flatMap(({ edges }) => edges),
      texts: bounded(found.flatMap(({ texts }) => texts ?? [])),
    }
  },

  async identify(reference, settings) {
    const fetch = hubFetch(settings, reference)
    return {
      ...(await asked(settings, () => repositoryInfo(reference, fetch, settings.hub))),
      endpoint: settings.hub,
    }
  },

  async standing(reference, { resolved }, settings) {
    const fetch = hubFetch(settings, reference)
    const [pin, author, revision] = await Promise.all([
      there(() =>
        asked(settings, () => repositoryInfo({ ...reference, revision: resolved.pin }, fetch, settings.hub)),
      ),
      resolved.author === undefined ? undefined : authorThere(resolved.author, settings),
      revisionKind(reference, fetch, settings.hub),
    ])
    return {
      pin: pin ? 'there' : 'gone',
      revision,
      ...(author === undefined ? {} : { author: author ? 'there' : 'gone' }),
    }
  },

  async locate(reference, { resolved }, settings) {
    // The lock says which hub it was locked from; the token is only for the hub of this run.
    const fetch = hubFetch(settings, reference)
    return ({ path }) => ({
      url: fileUrl(settings.hub, reference.type, resolved.id, resolved.pin, path),
      fetch,
    })
  },
}

function fileUrl(
  endpoint: string,
  type: HubReference['type'],
  id: string,
  pin: string,
  path: string,
): string {
  return urlOf(endpoint, ...(type === 'model' ? [] : [`${type}s`]), id, 'resolve', pin, path)
}

const ANSWERS: Readonly<Record<string, readonly [SourceReason, string]>> = {
  RepoNotFound: [
    'repository-gone',
    'there is no such repository, or it is private: check the name, or set HF_TOKEN',
  ],
  RevisionNotFound: ['revision-gone', 'it has no such revision'],
  EntryNotFound: ['file-gone', 'a file is not there'],
  GatedRepo: ['gated', 'it is gated: accept its terms on its page and set HF_TOKEN'],
}

/** Our `fetch`, which also turns the hub's refusals into one line each: its client drops the headers that say why. */
export function hubFetch(settings: SourceSettings, reference: HubReference): Fetch {
  const { hub: endpoint, hubToken: token, signal, backoffMs } = settings
  const bound = boundFetch({ endpoint, token, signal, backoffMs })
  const name = `${reference.type} ${reference.name}`
  return async (input, init) => {
    const response = await bound(input, init)
    if (response.ok) return response
    await response.body?.cancel()
    const known = ANSWERS[response.headers.get('x-error-code') ?? '']
    if (known) throw new SourceError(known[0], `${name}: ${known[1]}`)
    if (/disabled/i.test(response.headers.get('x-error-message') ?? '')) {
      throw new SourceError('disabled', `${name}: the hub has disabled it`)
    }
    if (response.status === 401 || response.status === 403) {
      const way = token === undefined ? 'set HF_TOKEN' : 'the token may not read it'
      throw new SourceError(
        'denied',
        `${name}: there is no such repository, or it is private or gated: ${way}`,
      )
    }
    if (response.status === 404) throw new SourceError('repository-gone', `${name}: not found on ${endpoint}`)
    throw new SourceError('unreachable', `${name}: ${endpoint} answers ${response.status}`)
  }
}

/** Runs the hub's client and puts its errors into our words. */
async function asked<T>({ hub: endpoint, signal }: SourceSettings, run: () => Promise<T>): Promise<T> {
  try {
    return await whole(endpoint, signal, run)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof SourceError) throw error
    throw new SourceError(
      'untrusted',
      `${endpoint} gives an answer that is none of the hub's (${error instanceof Error ? error.message : String(error)})`,
    )
  }
}

type Info = Omit<Resolution, 'files' | 'edges' | 'purl' | 'endpoint'>

/** The commit a revision stands for now, and who owns the name. A branch is never used again after this. */
async function repositoryInfo(reference: HubReference, fetch: Fetch, hubUrl: string): Promise<Info> {
  const { name, type, revision } = reference
  const query = { name, hubUrl, fetch, ...(revision === undefined ? {} : { revision }) }
  const found =
    type === 'model'
      ? await modelInfo({ ...query, additionalFields: [...FIELDS] })
      : type === 'dataset'
        ? await datasetInfo({ ...query, additionalFields: [...FIELDS] })
        : await spaceInfo({ ...query, additionalFields: ['author', 'createdAt', 'sha', 'disabled', 'tags'] })
  const { sha, author, createdAt, disabled, tags } = found
  if (typeof sha !== 'string' || !COMMIT.test(sha)) {
    throw new SourceError(
      'untrusted',
      `${type} ${name}: the hub names no commit for ${revision ?? 'its default branch'}`,
    )
  }
  if (revision !== undefined && COMMIT.test(revision) && sha !== revision) {
    throw new SourceError(
      'untrusted',
      `${type} ${name}: the hub answers commit ${sha} for commit ${revision}`,
    )
  }
  const licence = tags?.find((tag) => tag.startsWith('license:'))?.slice('license:'.length)
  const gated = 'gated' in found && found.gated ? String(found.gated) : undefined
  return {
    id: found.name,
    pin: sha,
    ...(found.id ? { repositoryId: String(found.id) } : {}),
    ...(author ? { author } : {}),
    ...(createdAt ? { createdAt: String(createdAt) } : {}),
    ...(gated === undefined ? {} : { gated }),
    ...(disabled ? { disabled } : {}),
    ...(found.private ? { private: true } : {}),
    ...(licence ? { licence } : {}),
  }
}

async function there(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run()
    return true
  } catch (error) {
    if (
      error instanceof SourceError &&
      (error.reason === 'revision-gone' || error.reason === 'repository-gone')
    )
      return false
    throw error
  }
}

/** A namespace without an owner can be registered by anybody: the step before a repository is taken over. */
async function authorThere(author: string, settings: SourceSettings): Promise<boolean | undefined> {
  const fetch = boundFetch({ ...settings, endpoint: settings.hub, token: settings.hubToken })
  for (const kind of ['users', 'organizations']) {
    const response = await fetch(urlOf(settings.hub, 'api', kind, author, 'overview'))
    await response.body?.cancel()
    if (response.ok) return true
    // A mirror that does not answer this at all says nothing about the author.
    if (response.status !== 404) return undefined
  }
  return false
}

/** A tag or commit should stay where it is; a branch moves by nature. The hub's client cannot list references. */
async function revisionKind(
  { type, name, revision }: HubReference,
  fetch: Fetch,
  endpoint: string,
): Promise<'fixed' | 'moving'> {
  if (revision === undefined) return 'moving'
  if (COMMIT.test(revision)) return 'fixed'
  const refs: unknown = await fetch(urlOf(endpoint, 'api', `${type}s`, name, 'refs')).then(
    (response) => response.json(),
    () => undefined,
  )
  const branches =
    typeof refs === 'object' && refs !== null && 'branches' in refs && Array.isArray(refs.branches)
      ? refs.branches
      : []
  const isBranch = branches.some(
    (b: unknown) => typeof b === 'object' && b !== null && 'name' in b && b.name === revision,
  )
  return isBranch || revision.startsWith('refs/') ? 'moving' : 'fixed'
}

async function list(
  reference: HubReference,
  info: Info,
  wanted: Wanted,
  fetch: Fetch,
  hubUrl: string,
): Promise<ListFileEntry[]> {
  const files = new Map<string, ListFileEntry>()
  const repo = { type: reference.type, name: info.id }
  const paged = pages(fetch, `${reference.type} ${info.id}`)
  for await (const entry of listFiles({ repo, recursive: true, revision: info.pin, hubUrl, fetch: paged })) {
    if (entry.type === 'directory') continue
    const trouble = typeof entry.path === 'string' ? pathTrouble(entry.path) : 'no path'
    const name = `${reference.type} ${info.id}`
    if (trouble)
      throw new SourceError(
        'untrusted',
        `${name}: the listing names '${entry.path}', which would leave its folder (${trouble}); not locked`,
      )
    if (files.has(entry.path))
      throw new SourceError('untrusted', `${name}: the listing names '${entry.path}' twice; not locked`)
    if (wanted(entry.path)) files.set(entry.path, entry)
  }
  return [...files.values()]
}

/** A page names the next one; a server that always names one more would be listened to for ever. */
function pages(fetch: Fetch, name: string): Fetch {
  let asked = 0
  return (input, init) => {
    asked++
    if (asked > PAGES)
      throw new SourceError('untrusted', `${name}: the listing does not end after ${PAGES} pages; not locked`)
    return fetch(input, init)
  }
}

interface Found {
  readonly file: SourceFile
  readonly edges: readonly Edge[]
  readonly texts?: readonly TextFile[]
}

async function fileOf(
  entry: ListFileEntry,
  url: string,
  fetch: Fetch,
  { onFetched }: SourceSettings,
): Promise<Found> {
  const { path, lfs, oid: gitBlob, size } = entry
  if (!lfs) return whole(url, undefined, () => small(entry, url, fetch, onFetched))
  const fits = HEX64.test(lfs.oid) && Number.isSafeInteger(lfs.size) && lfs.size >= 0
  if (!fits) throw new SourceError('untrusted', `${path}: the listing gives no SHA-256 and size`)
  // The blob of an LFS file is its pointer, so the two ids in the listing can be held against each other.
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${lfs.oid}\nsize ${lfs.size}\n`
  if (gitBlob !== undefined && gitBlob !== gitBlobOf(Buffer.from(pointer))) {
    throw new SourceError(
      'untrusted',
      `${path}: the listing contradicts itself: the Git object is no pointer to the SHA-256 it gives`,
    )
  }
  if (size !== lfs.size)
    throw new SourceError('untrusted', `${path}: the listing gives two sizes, ${size} and ${lfs.size}`)
  const git = gitBlob === undefined ? {} : { gitBlob }
  return { file: { path, size, sha256: lfs.oid, origin: 'claimed', ...git, lfs: true }, edges: [] }
}

/** What Git holds itself comes with a SHA-1 only: it is fetched, held against that, and its SHA-256 computed. */
async function small(
  { path, oid, size }: ListFileEntry,
  url: string,
  fetch: Fetch,
  onFetched: SourceSettings['onFetched'],
): Promise<Found> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
  const isConfiguration = size <= EDGE_BYTES && hasEdges(path)
  const mayPoint = size <= LFS_POINTER
  const keep = isConfiguration || mayPoint || isTextFile(path, size) || onFetched !== undefined
  const [sha256, sha1] = [createHash('sha256'), createHash('sha1').update(`blob ${size}\0`)]
  const kept: Uint8Array[] = []
  let got = 0
  for await (const chunk of response.body ?? []) {
    got += chunk.length
    if (got > size) break
    sha256.update(chunk)
    sha1.update(chunk)
    if (keep) kept.push(chunk)
  }
  if (got !== size)
    throw new SourceError(
      'untrusted',
      `${path}: the hub lists ${size} bytes and sends ${got > size ? 'more' : got}`,
    )
  const blob = sha1.digest('hex')
  if (oid !== undefined && oid !== blob) {
    throw new SourceError('untrusted', `${path}: what the hub sends is not the Git object it lists`)
  }
  const bytes = Buffer.concat(kept)
  onFetched?.(path, bytes)
  const edges = isConfiguration ? edgesOf(path, bytes.toString('utf8')) : []
  // A pointer that the hub does not know for one: whoever has Git LFS gets other bytes than these.
  const pointer = mayPoint ? lfsPointer(bytes) : undefined
  if (pointer) edges.push({ role: 'lfs', target: `sha256:${pointer.sha256}`, from: path })
  const file: SourceFile = { path, size, sha256: sha256.digest('hex'), origin: 'computed', gitBlob: blob }
  return { file, edges, texts: textsOf(path, bytes) }
}

/** Git's id of a blob: SHA-1 over `blob <length>`, a NUL and the bytes. */
export function gitBlobOf(bytes: Uint8Array): string {
  return hash('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]), 'hex')
}

/** The type knows models only (purl-spec #534); anything else is a generic one that says where it is from. */
function purlOf(reference: HubReference, id: string, pin: string, endpoint: string): { purl: string } {
  const [name = id, namespace] = id.split('/').reverse()
  if (reference.type === 'model') {
    const elsewhere = endpoint === 'https://huggingface.co' ? undefined : { repository_url: endpoint }
    return { purl: new PackageURL('huggingface', namespace, name, pin, elsewhere, undefined).toString() }
  }
  const vcs = `git+${urlOf(endpoint, `${reference.type}s`, id)}@${pin}`
  return { purl: new PackageURL('generic', namespace, name, pin, { vcs_url: vcs }, undefined).toString() }
}
