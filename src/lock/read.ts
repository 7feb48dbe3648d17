import { readFile } from 'node:fs/promises'
import { readJson } from '../codec/json.ts'
import { pathTrouble } from '../codec/path-trouble.ts'
import { DEFAULT_LIMITS } from '../model/limits.ts'
import {
  type Asked,
  type Edge,
  type Identity,
  KINDS,
  LOCK_VERSION,
  type Lock,
  type LockEntry,
  type SourceFile,
} from '../model/lock.ts'
import { byCodePoint } from '../model/order.ts'
import { parseReference, type Reference } from '../model/reference.ts'
import { FormatError, UsageError } from '../model/trouble.ts'
import { overlapping } from './place.ts'
import { readSignature, readSigner } from './read-signature.ts'
import { treeDigest } from './tree.ts'
import { Value } from './value.ts'

/** The lock beside the manifest; undefined where there is none. Throws `UsageError` for one that is not fit for use. */
export async function loadLock(file: string): Promise<Lock | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return undefined
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
  return readLock(bytes, file)
}

// One of Git's three markers of a merge that nobody finished.
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/m

/**
 * A lock from its bytes. It is data from others: every field is checked, no path leaves its folder, no two entries write
 * the same place, and the digest over the files must be theirs.
 */
export function readLock(bytes: Uint8Array, file: string): Lock {
  const document = parse(bytes, file)
  const [duplicate] = document.duplicates
  if (duplicate !== undefined)
    throw new UsageError(`${file}: the key ${duplicate} stands there twice; restore the file`)
  const root = new Value(document.value, file, '')
  // Said before anything else is read: a newer version may look different everywhere.
  const version = root.key('lockVersion').number()
  if (version !== LOCK_VERSION) {
    root
      .key('lockVersion')
      .fail(
        `is ${version}; this weighmaster reads ${LOCK_VERSION}: ${version > LOCK_VERSION ? 'use a newer one' : 'lock again'}`,
      )
  }
  root.only(['entries', 'lockVersion'])
  const entries = root.key('entries').list().map(readEntry)
  const written = entries.filter(({ asked }) => !asked.ref.startsWith('file:'))
  const pair = overlapping(written.map(({ asked }) => asked.path))
  if (pair) throw new UsageError(`${file}: two entries would write ${pair[1]}; lock again`)
  return { entries }
}

function parse(bytes: Uint8Array, file: string) {
  try {
    return readJson(bytes, DEFAULT_LIMITS)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const marker = CONFLICT.exec(Buffer.from(bytes).toString('utf8'))
    if (marker) {
      const line = Buffer.from(bytes).toString('utf8').slice(0, marker.index).split('\n').length
      throw new UsageError(
        `${file}:${line}: conflict markers of an unfinished merge; take one side, then weighmaster lock`,
      )
    }
    throw new UsageError(
      `${file}: no lock that can be read (${error.message} at byte ${error.offset ?? 0}); restore it or lock again`,
    )
  }
}

const HEX64 = /^[0-9a-f]{64}$/
const HEX40 = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const SRI = /^(?:sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})(?: sha(?:256|384|512)-[A-Za-z0-9+/]+={0,2})*$/

const ENTRY_KEYS = [
  'asked',
  'capabilities',
  'edges',
  'files',
  'prompts',
  'purl',
  'resolved',
  'signatures',
  'surface',
  'treeDigest',
]

function readEntry(value: Value): LockEntry {
  value.only(ENTRY_KEYS)
  const files = value.key('files').entries().map(readFileLine)
  files.sort((a, b) => byCodePoint(a.path, b.path))
  const inside = overlapping(files.map((f) => f.path))
  if (inside) value.key('files').fail(`'${inside[1]}' cannot lie inside the file '${inside[0]}'`)
  const digest = value.key('treeDigest')
  if (digest.string() !== treeDigest(files))
    digest.fail('is not the digest of these files: the lock was edited or merged badly; lock again')
  const purl = value.optional('purl')?.string()
  const asked = readAsked(value.key('asked'))
  return {
    asked,
    resolved: readIdentity(value.key('resolved')),
    ...(purl === undefined ? {} : { purl }),
    treeDigest: digest.string(),
    files,
    edges: value.key('edges').list().map(readEdge),
    capabilities: value.key('capabilities').strings(),
    ...readFilledIn(value),
  }
}

/** What other parts state of an entry, where they have. */
function readFilledIn(value: Value): Pick<LockEntry, 'prompts' | 'signatures' | 'surface'> {
  const prompts = value
    .optional('prompts')
    ?.entries()
    .map(([path, text]) => {
      if (pathTrouble(path)) text.fail('is no path inside the entry')
      return { path, text: text.text() }
    })
  const surface = value
    .optional('surface')
    ?.entries()
    .map(([name, digest]) => [name, digest.matching(HEX64, '64 lower-case hex digits')])
  const signatures = value.optional('signatures')?.list().map(readSignature)
  return {
    ...(prompts ? { prompts } : {}),
    ...(surface ? { surface: Object.fromEntries(surface) } : {}),
    ...(signatures ? { signatures } : {}),
  }
}

function readAsked(value: Value): Asked {
  value.only(['exclude', 'include', 'kind', 'owners', 'path', 'policy', 'ref', 'signer'])
  const ref = value.key('ref').string()
  const reference = checkReference(value, ref)
  const path = value.key('path').string()
  // What is on this machine stays where the manifest says; nothing is ever written there.
  const trouble = reference.scheme === 'file' ? undefined : pathTrouble(path)
  if (trouble) value.key('path').fail(`'${path}' would leave the project (${trouble})`)
  const signer = value.optional('signer')?.list().map(readSigner)
  const policy = value.optional('policy')?.string()
  return {
    kind: value.key('kind').oneOf(KINDS),
    ref,
    include: value.key('include').strings(),
    exclude: value.key('exclude').strings(),
    ...(signer === undefined ? {} : { signer }),
    ...(policy === undefined ? {} : { policy }),
    owners: value.key('owners').strings(),
    path,
  }
}

function checkReference(value: Value, ref: string): Reference {
  try {
    return parseReference(ref)
  } catch (error) {
    if (error instanceof UsageError) return value.key('ref').fail(error.message)
    throw error
  }
}

function readIdentity(value: Value): Identity {
  value.only([
    'author',
    'createdAt',
    'disabled',
    'endpoint',
    'gated',
    'id',
    'licence',
    'pin',
    'private',
    'repositoryId',
  ])
  const text = (key: string) => {
    const found = value.optional(key)?.string()
    return found === undefined ? {} : { [key]: found }
  }
  const flag = (key: string) => {
    const found = value.optional(key)?.boolean()
    return found === undefined ? {} : { [key]: found }
  }
  return {
    endpoint: value.key('endpoint').string(),
    id: value.key('id').string(),
    pin: value.key('pin').string(),
    ...text('repositoryId'),
    ...text('author'),
    ...text('createdAt'),
    ...text('gated'),
    ...flag('disabled'),
    ...flag('private'),
    ...text('licence'),
  }
}

function readFileLine([path, value]: [string, Value]): SourceFile {
  value.only(['gitBlob', 'integrity', 'lfs', 'origin', 'sha256', 'size'])
  const trouble = pathTrouble(path)
  if (trouble) value.fail(`the path would leave its folder or hide where it goes (${trouble})`)
  const gitBlob = value.optional('gitBlob')?.matching(HEX40, 'a Git object id')
  const integrity = value.optional('integrity')?.matching(SRI, 'an SRI string')
  const lfs = value.optional('lfs')?.boolean()
  return {
    path,
    size: value.key('size').size(),
    sha256: value.key('sha256').matching(HEX64, '64 lower-case hex digits'),
    origin: value.key('origin').oneOf(['computed', 'claimed']),
    ...(gitBlob === undefined ? {} : { gitBlob }),
    ...(lfs === undefined ? {} : { lfs }),
    ...(integrity === undefined ? {} : { integrity }),
  }
}

function readEdge(value: Value): Edge {
  value.only(['from', 'role', 'target'])
  return {
    from: value.key('from').string(),
    role: value.key('role').string(),
    target: value.key('target').string(),
  }
}
