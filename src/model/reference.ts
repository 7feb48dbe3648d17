import { PackageURL } from 'packageurl-js'
import { UsageError } from './trouble.ts'

/** What a person asks for, by where it comes from. Every part was checked when it was read; none is a path on disk but `file:`. */
export type Reference =
  | HubReference
  | OllamaReference
  | OciReference
  | NpmReference
  | PypiReference
  | GitReference
  | WebReference
  | FileReference

export type RepositoryType = 'model' | 'dataset' | 'space'

export interface HubReference {
  readonly scheme: 'hf'
  readonly type: RepositoryType
  /** `org/name`, or `name` for the few old repositories without an organisation. */
  readonly name: string
  /** Branch, tag or commit; none is the hub's default branch. */
  readonly revision?: string
}

export interface OllamaReference {
  readonly scheme: 'ollama'
  /** Host and optional port; none is the public registry. */
  readonly host?: string
  readonly namespace: string
  readonly name: string
  readonly tag: string
}

export interface OciReference {
  readonly scheme: 'oci'
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  /** `sha256:` and 64 hex digits. */
  readonly digest?: string
}

export interface NpmReference {
  readonly scheme: 'npm'
  readonly name: string
  /** A version, range or dist-tag. */
  readonly version?: string
}

export interface PypiReference {
  readonly scheme: 'pypi'
  readonly name: string
  readonly version: string
}

export interface GitReference {
  readonly scheme: 'git'
  readonly url: string
  readonly revision?: string
}

export interface WebReference {
  readonly scheme: 'https'
  readonly url: string
  readonly sha256: string
}

export interface FileReference {
  readonly scheme: 'file'
  /** As written, relative to the manifest. */
  readonly path: string
}

export const SCHEMES =
  'hf:org/name@rev, ollama:name:tag, oci:registry/repo@sha256:…, npm:pkg@version, pypi:pkg==version, git+https://…@commit, https://…#sha256=…, file:path, or a purl'

const READERS: readonly (readonly [RegExp, (rest: string, whole: string) => Reference])[] = [
  [/^hf:(?:\/\/)?/, readHub],
  [/^ollama:(?:\/\/)?/, readOllama],
  [/^oci:(?:\/\/)?/, readOci],
  [/^npm:/, readNpm],
  [/^pypi:/, readPypi],
  [/^git\+(?=https?:\/\/)/, readGit],
  [/^(?=https?:\/\/)/, readWeb],
  [/^file:(?:\/\/(?=\/))?/, readFile],
  [/^(?=pkg:)/, readPurl],
]

// Controls and format characters draw what is not there; white space never belongs to a reference.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\s]/u
const LONGEST = 2048

/** Reads a reference of any scheme. Throws `UsageError` that says what is wrong and what it should look like. */
export function parseReference(text: string): Reference {
  if (text.length > LONGEST) throw new UsageError(`a reference of more than ${LONGEST} characters`)
  const isFile = text.startsWith('file:')
  if (isFile ? /[\p{Cc}\p{Cs}]/u.test(text) : UNPRINTABLE.test(text)) {
    throw new UsageError(`'${text}': a reference has no white space or invisible characters`)
  }
  for (const [prefix, read] of READERS) {
    const found = prefix.exec(text)
    if (found) return read(text.slice(found[0].length), text)
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0]
  const what = scheme ? `unknown scheme '${scheme}'` : 'no scheme'
  throw new UsageError(`'${text}': ${what}; write one of ${SCHEMES}`)
}

/** Is it text that means to be a reference, not a path? */
export function looksLikeReference(text: string): boolean {
  return (
    READERS.some(([prefix]) => prefix.test(text)) ||
    /^(?:pkg|s3|gs|kaggle|modelscope|models|docker):/.test(text)
  )
}

function malformed(text: string, wanted: string): never {
  throw new UsageError(`'${text}' is malformed: write ${wanted}`)
}

const HUB_FORM = 'hf:org/name@revision, hf:datasets/org/name@revision or hf:spaces/org/name@revision'
// The hub's own rule: letters, digits, `-_.`; no `--` or `..`; neither end is `-` or `.`; 96 characters in all.
const HUB_NAME = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/
const REVISION = /^(?![/.-])(?!.*(?:\.\.|\/\/|@\{|[~^:?*[\\]))[\x21-\x7e\u00a1-\uffff]{1,250}(?<![/.])$/

function readHub(rest: string, whole: string): Reference {
  const cut = rest.indexOf('@')
  const [place, revision] = cut < 0 ? [rest, undefined] : [rest.slice(0, cut), rest.slice(cut + 1)]
  return hub(place.split('/'), revision, whole)
}

function hub(parts: readonly string[], revision: string | undefined, whole: string): HubReference {
  const [first = '', ...rest] = parts
  const type = first === 'datasets' ? 'dataset' : first === 'spaces' ? 'space' : 'model'
  const named = type !== 'model' || first === 'models' ? rest : parts
  const name = named.join('/')
  if (
    named.length < 1 ||
    named.length > 2 ||
    !named.every((part) => HUB_NAME.test(part)) ||
    name.length > 96
  ) {
    malformed(whole, HUB_FORM)
  }
  return { scheme: 'hf', type, name, ...revisionOf(revision, whole, HUB_FORM) }
}

function revisionOf(revision: string | undefined, whole: string, form: string): { revision?: string } {
  if (revision === undefined) return {}
  return REVISION.test(revision) ? { revision } : malformed(whole, form)
}

const OLLAMA_FORM = 'ollama:name:tag or ollama:[host/]namespace/name:tag'
const HOST =
  /^(?:localhost|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+|\[[0-9a-f:]+\]|localhost)(?::\d{1,5})?$/i
const SLUG = /^[A-Za-z0-9][\w.-]{0,79}$/

function readOllama(rest: string, whole: string): Reference {
  const parts = rest.split('/')
  const [last = ''] = parts.splice(-1)
  const [name = '', tag = 'latest', ...more] = last.split(':')
  const namespace = parts.pop() ?? 'library'
  const host = parts.pop()
  const ok = [name, tag, namespace].every((part) => SLUG.test(part) && !part.includes('..'))
  if (!ok || more.length > 0 || parts.length > 0 || (host !== undefined && !HOST.test(host))) {
    malformed(whole, OLLAMA_FORM)
  }
  return { scheme: 'ollama', ...(host === undefined ? {} : { host }), namespace, name, tag }
}

const OCI_FORM = 'oci:registry/repository@sha256:<64 hex digits> or oci:registry/repository:tag'
// distribution-spec 1.1, "Pulling manifests": names and tags.
const OCI_REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const OCI_TAG = /^[\w][\w.-]{0,127}$/
const OCI_DIGEST = /^sha256:[0-9a-f]{64}$/

function readOci(rest: string, whole: string): Reference {
  const [, registry = '', repository = '', tag, digest] =
    /^([^/@]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(rest) ?? []
  const ok =
    HOST.test(registry) &&
    OCI_REPOSITORY.test(repository) &&
    repository.length <= 255 &&
    (tag === undefined || OCI_TAG.test(tag)) &&
    (digest === undefined || OCI_DIGEST.test(digest)) &&
    (tag !== undefined || digest !== undefined)
  if (!ok) malformed(whole, OCI_FORM)
  return {
    scheme: 'oci',
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  }
}

const NPM_FORM = 'npm:package@version or npm:@scope/package@version'
const NPM_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/
const NPM_VERSION = /^[\w.^~<>=|*+-]{1,100}$/

function readNpm(rest: string, whole: string): Reference {
  const cut = rest.indexOf('@', 1)
  const [name, version] = cut < 0 ? [rest, undefined] : [rest.slice(0, cut), rest.slice(cut + 1)]
  if (!NPM_NAME.test(name) || name.length > 214) malformed(whole, NPM_FORM)
  if (version === undefined) return { scheme: 'npm', name }
  return NPM_VERSION.test(version) ? { scheme: 'npm', name, version } : malformed(whole, NPM_FORM)
}

const PYPI_FORM = 'pypi:package==version'

function readPypi(rest: string, whole: string): Reference {
  const [, name = '', version = ''] =
    /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)==([A-Za-z0-9][\w.!+-]*)$/.exec(rest) ?? []
  // PEP 503: names that differ in case and in runs of `-_.` are one.
  return name
    ? { scheme: 'pypi', name: name.replace(/[-_.]+/g, '-').toLowerCase(), version }
    : malformed(whole, PYPI_FORM)
}

const GIT_FORM = 'git+https://host/path@commit'

function readGit(rest: string, whole: string): Reference {
  const cut = rest.lastIndexOf('@')
  const tail = cut > rest.lastIndexOf('/') || /@[\w./-]+$/.test(rest.replace(/^https?:\/\//, '')) ? cut : -1
  const [text, revision] =
    tail < 'https://'.length ? [rest, undefined] : [rest.slice(0, tail), rest.slice(tail + 1)]
  const url = webUrl(text, whole, GIT_FORM)
  if (url.pathname === '/' || url.search || url.hash) malformed(whole, GIT_FORM)
  return { scheme: 'git', url: url.href, ...revisionOf(revision, whole, GIT_FORM) }
}

const WEB_FORM =
  'https://host/file#sha256=<64 hex digits>: without a digest nothing pins what a web address returns'
const HUB_HOSTS = new Set(['huggingface.co', 'hf.co', 'www.huggingface.co'])

function readWeb(rest: string, whole: string): Reference {
  const url = webUrl(rest, whole, WEB_FORM)
  if (HUB_HOSTS.has(url.host)) return readHubUrl(url, whole)
  const [, sha256] = /^#sha256=([0-9a-f]{64})$/.exec(url.hash) ?? []
  if (sha256 === undefined) return malformed(whole, WEB_FORM)
  url.hash = ''
  if (fileNameOf(url.href) === '') malformed(whole, WEB_FORM)
  return { scheme: 'https', url: url.href, sha256 }
}

/** The page of a repository: `/org/name`, `/org/name/tree/rev`, `/datasets/…`. One file of a repository is an `include`. */
function readHubUrl(url: URL, whole: string): Reference {
  const parts = decodeURIComponent(url.pathname)
    .split('/')
    .filter((part) => part !== '')
  const at = parts.indexOf('tree')
  if (parts.includes('resolve') || parts.includes('blob')) {
    throw new UsageError(
      `'${whole}' is one file of a repository: name the repository, and the file under 'include'`,
    )
  }
  return at < 0 ? hub(parts, undefined, whole) : hub(parts.slice(0, at), parts.slice(at + 1).join('/'), whole)
}

function webUrl(text: string, whole: string, form: string): URL {
  const url = URL.canParse(text) ? new URL(text) : malformed(whole, form)
  const local = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !local) malformed(whole, `${form} (http: only for this machine)`)
  if (url.username || url.password) {
    throw new UsageError(
      'a reference with a password in it: take it out; the manifest is for everyone to read',
    )
  }
  return url
}

/** The file that a web address names. */
export function fileNameOf(url: string): string {
  const segment = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    const name = decodeURIComponent(segment)
    return /^(?!\.{1,2}$)[^\p{Cc}\p{Cf}/\\:*?"<>|]{1,200}$/u.test(name) ? name : ''
  } catch {
    return ''
  }
}

function readFile(rest: string, whole: string): Reference {
  if (rest === '') malformed(whole, 'file:path')
  return { scheme: 'file', path: rest }
}

function readPurl(_: string, whole: string): Reference {
  let purl: PackageURL
  try {
    purl = PackageURL.fromString(whole)
  } catch (error) {
    throw new UsageError(`'${whole}' is no purl: ${error instanceof Error ? error.message : String(error)}`)
  }
  const { type, namespace, name, version, qualifiers } = purl
  const q = (key: string) => qualifiers?.[key] ?? undefined
  const full = namespace ? `${namespace}/${name}` : name
  const at = version ? `@${version}` : ''
  if (type === 'huggingface') return readHub(`${full}${at}`, whole)
  if (type === 'npm') return readNpm(`${full}${at}`, whole)
  if (type === 'pypi' && version) return readPypi(`${name}==${version}`, whole)
  if (type === 'github' || type === 'gitlab') return readGit(`https://${type}.com/${full}${at}`, whole)
  if (type === 'oci' && q('repository_url')) {
    const tag = q('tag') ? `:${q('tag')}` : ''
    return readOci(`${q('repository_url')}${tag}${at}`, whole)
  }
  const sha256 = /(?:^|,)sha256:([0-9a-f]{64})(?:,|$)/.exec(q('checksum') ?? '')?.[1]
  if (type === 'generic' && q('download_url') && sha256)
    return readWeb(`${q('download_url')}#sha256=${sha256}`, whole)
  throw new UsageError(
    `'${whole}': a purl of type ${type} that says too little or is not read here; huggingface, npm, pypi with a version, github and gitlab, oci with repository_url, generic with download_url and checksum are`,
  )
}

/** The one way to write a reference: equal references are equal texts. */
export function referenceText(r: Reference): string {
  const at = (revision: string | undefined) => (revision === undefined ? '' : `@${revision}`)
  switch (r.scheme) {
    case 'hf':
      return `hf:${r.type === 'model' ? '' : `${r.type}s/`}${r.name}${at(r.revision)}`
    case 'ollama': {
      const host = r.host === undefined ? '' : `${r.host}/`
      const namespace = r.namespace === 'library' && host === '' ? '' : `${r.namespace}/`
      return `ollama:${host}${namespace}${r.name}:${r.tag}`
    }
    case 'oci':
      return `oci:${r.registry}/${r.repository}${r.tag === undefined ? '' : `:${r.tag}`}${at(r.digest)}`
    case 'npm':
      return `npm:${r.name}${at(r.version)}`
    case 'pypi':
      return `pypi:${r.name}==${r.version}`
    case 'git':
      return `git+${r.url}${at(r.revision)}`
    case 'https':
      return `${r.url}#sha256=${r.sha256}`
    case 'file':
      return `file:${r.path}`
  }
}

/** What it is called without its revision, as path segments: the end of its default place. */
export function referenceName(r: Reference): string {
  switch (r.scheme) {
    case 'hf':
    case 'npm':
    case 'pypi':
      return r.name
    case 'ollama':
      return r.namespace === 'library' ? r.name : `${r.namespace}/${r.name}`
    case 'oci':
      return r.repository.split('/').at(-1) ?? r.repository
    case 'git':
      return new URL(r.url).pathname
        .replace(/\.git$/, '')
        .split('/')
        .filter((s) => s !== '')
        .slice(-2)
        .join('/')
    case 'https':
      return fileNameOf(r.url)
    case 'file':
      return (
        r.path
          .split(/[/\\]/)
          .filter((s) => s !== '' && s !== '.' && s !== '..')
          .at(-1) ?? 'files'
      )
  }
}
