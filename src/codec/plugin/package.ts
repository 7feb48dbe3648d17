import { normalName } from '../package-names.ts'
import { type Address, addressOf, NOWHERE } from './address.ts'

/** Something that a command or manifest has fetched. */
export interface FetchedPackage {
  readonly form: 'npm' | 'pypi' | 'docker' | 'git' | 'url' | 'cargo' | 'nuget' | 'go' | 'path'
  /** The name as the registry has it, the image without tag, the address of the repository, or the path. */
  readonly name: string
  readonly version: string
  readonly pinned: boolean
  /** The version is a name that is made to move: `latest`, a branch, no tag. */
  readonly moving: boolean
  /** A digest or commit. */
  readonly integrity: string
  readonly address: Address
  /** A reference as the lock writes it, where one can be made. */
  readonly reference: string
}

const EXACT = /^v?\d+\.\d+(?:\.\d+)*(?:[-+.]?[A-Za-z\d][\w.+-]*)?$/
const SEMVER = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/
const COMMIT = /^[\da-f]{40}(?:[\da-f]{24})?$/i

const base = { integrity: '', address: NOWHERE }

/** What npm and its like take for a package: a name with a version, a repository, an address or a path. */
export function npmPackage(spec: string): FetchedPackage {
  const other = elsewhere(spec.replace(/^npm:/, ''))
  if (other) return other
  const [, name = spec, version = ''] = /^(@?[^@]+)(?:@(.*))?$/.exec(spec.replace(/^npm:/, '')) ?? []
  if (/^(?:github|gitlab|bitbucket|gist):/.test(name) || /^[\w.-]+\/[\w.-]+(?:#|$)/.test(name))
    return gitPackage(shorthand(spec))
  const pinned = SEMVER.test(version)
  const reference = version === '' ? `npm:${name}` : `npm:${name}@${version}`
  return { ...base, form: 'npm', name, version, pinned, moving: isTag(version), reference }
}

/** What uv and pipx take: a name with `==` or `@`, extras, a repository, an address or a path. */
export function pypiPackage(spec: string): FetchedPackage {
  const [, named = '', address = ''] = /^([\w.-]+(?:\[[^\]]*\])?)\s*@\s*(\S+:\/\/\S+)$/.exec(spec) ?? []
  const other = elsewhere(address === '' ? spec : address)
  if (other) return named === '' ? other : { ...other, name: other.name }
  const [, written = spec, version = ''] =
    /^([\w.-]+)(?:\[[^\]]*\])?\s*(?:(?:===?|@)\s*([^,;\s]+))?/.exec(spec) ?? []
  const name = normalName(written)
  const pinned = EXACT.test(version)
  const reference = version === '' ? `pypi:${name}` : `pypi:${name}==${version}`
  return { ...base, form: 'pypi', name, version, pinned, moving: isTag(version), reference }
}

/** A container image: only a digest pins it, tags are moved every day. */
export function dockerPackage(image: string): FetchedPackage {
  const [tagged = '', digest = ''] = image.split('@')
  const slash = tagged.lastIndexOf('/')
  const colon = tagged.indexOf(':', slash + 1)
  const name = colon < 0 ? tagged : tagged.slice(0, colon)
  const version = colon < 0 ? '' : tagged.slice(colon + 1)
  const integrity = /^sha256:[\da-f]{64}$/.test(digest) ? digest : ''
  const reference = integrity === '' ? `oci:${tagged}` : `oci:${name}@${integrity}`
  return {
    ...base,
    form: 'docker',
    name,
    version,
    pinned: integrity !== '',
    moving: isTag(version),
    integrity,
    reference,
  }
}

/** A repository: `https://host/x.git@ref`, `…#ref`; pinned by a whole commit. */
export function gitPackage(spec: string): FetchedPackage {
  const plain = spec.replace(/^git\+/, '')
  const [, authority = '', path = ''] = /^([a-z+]+:\/\/[^/]*|git@[^:]+:)?(.*)$/is.exec(plain) ?? []
  const [, name = path, ref = ''] = /^([^#@]*)(?:[#@](?:semver:)?([^&#]*).*)?$/s.exec(path) ?? []
  const address = authority + name
  const at = addressOf(address.replace(/^git@([^:]+):/, 'ssh://git@$1/'))
  return fromGit(address, ref, '', at)
}

/** A repository whose branch and commit are told apart, as marketplaces do. */
export function fromGit(
  name: string,
  ref: string,
  sha: string,
  address: Address = addressOf(name),
): FetchedPackage {
  const commit = COMMIT.test(sha) ? sha : COMMIT.test(ref) ? ref : ''
  const reference = `git+${name}${commit === '' && ref === '' ? '' : `@${commit || ref}`}`
  return {
    form: 'git',
    name,
    version: ref,
    pinned: commit !== '',
    moving:
      commit === '' && (ref === '' || /^(?:main|master|dev|develop|head|latest|trunk|nightly)$/i.test(ref)),
    integrity: commit,
    address,
    reference,
  }
}

/** A file at an address; pinned by a digest. */
export function urlPackage(url: string, integrity = ''): FetchedPackage {
  const found = /[#&]sha(?:256|512)[=-]([\w+/=]{43,})/.exec(url)?.[1] ?? integrity
  return {
    form: 'url',
    name: url,
    version: '',
    pinned: found !== '',
    moving: found === '',
    integrity: found,
    address: addressOf(url),
    reference: url,
  }
}

export function pathPackage(path: string): FetchedPackage {
  return { ...base, form: 'path', name: path, version: '', pinned: true, moving: false, reference: path }
}

/** By name of the registry, as server.json and MCPB spell it. */
export function registryPackage(type: string, name: string, version: string, sha256: string): FetchedPackage {
  if (type === 'oci' || type === 'docker') {
    const tagged =
      /[:@]/.test(name.slice(name.lastIndexOf('/') + 1)) || version === '' ? name : `${name}:${version}`
    return dockerPackage(tagged)
  }
  if (type === 'mcpb') return urlPackage(name, sha256)
  if (type === 'npm') return npmPackage(version === '' ? name : `${name}@${version}`)
  if (type === 'pypi') return pypiPackage(version === '' ? name : `${name}==${version}`)
  const form = type === 'nuget' ? 'nuget' : type === 'cargo' ? 'cargo' : 'go'
  const pinned = EXACT.test(version)
  return {
    ...base,
    form,
    name,
    version,
    pinned,
    moving: !pinned && isTag(version),
    integrity: sha256,
    reference: '',
  }
}

function elsewhere(spec: string): FetchedPackage | undefined {
  if (/^git(?:\+|@|:\/\/)/.test(spec) || /^https?:\/\/\S+\.git(?:[@#]|$)/.test(spec)) return gitPackage(spec)
  if (/^https?:\/\//.test(spec)) return urlPackage(spec)
  if (/^(?:file:|\.{0,2}[/\\]|\.{1,2}$|~[/\\]|[A-Za-z]:[/\\])/.test(spec))
    return pathPackage(spec.replace(/^file:/, ''))
  return undefined
}

function shorthand(spec: string): string {
  const [, host = 'github', rest = spec] = /^(?:(github|gitlab|bitbucket|gist):)?(.*)$/.exec(spec) ?? []
  return `https://${host}.${host === 'bitbucket' ? 'org' : 'com'}/${rest}`
}

function isTag(version: string): boolean {
  return (
    version === '' ||
    /^(?:latest|next|beta|alpha|canary|dev|nightly|edge|main|master|stable|\*|x)$/i.test(version)
  )
}
