import { createHash } from 'node:crypto'
import { blurName } from '../codec/names.ts'
import { pathTrouble } from '../codec/path-trouble.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import type { HashName, Measure } from '../model/signature.ts'
import { listIn, objectIn, textIn } from './document.ts'
import type { Statement } from './statement.ts'
import { NotVerified } from './trouble.ts'

/** OpenSSF Model Signing 1.0: a statement about every file of a folder. */
export const OMS = 'https://model_signing/signature/v1.0'
/** Of v0.2 of the reference tool: digests in the subjects, and a signature over something that is no DSSE. */
export const OMS_LEGACY = 'https://model_signing/Digests/v0.1'
export const OMS_FILE = 'model.sig'
/** Left out of a signature unless asked otherwise, at the top of the folder only; from v1.1 on also listed in it. */
export const GIT_PATHS = ['.git', '.gitattributes', '.github', '.gitignore'] as const

/** One signed file: a digest, or one for each shard in the order of their places. */
export interface SignedFile {
  /** As the statement spells it; `.` is the one file that was signed alone. */
  readonly name: string
  readonly digests: readonly string[]
  /** Where its last shard ends; absent for whole files. */
  readonly size?: number
}

export interface OmsManifest {
  readonly files: readonly SignedFile[]
  readonly measure: Measure
  readonly allowSymlinks: boolean
  readonly ignored: readonly string[]
  /** SHA-256 over the raw digests in the order of the statement, as in its subject. */
  readonly rootDigest: string
}

interface Resource {
  readonly name: string
  readonly algorithm: string
  readonly digest: string
}

/**
 * The manifest of an OMS statement. Specification and reference tool order names differently and spell shards
 * differently; both are read, and order is never a reason. Throws `NotVerified`.
 */
export function readOms({ subjects, predicate, predicateType }: Statement): OmsManifest {
  if (predicateType !== OMS)
    throw new NotVerified(
      'wrong-predicate',
      `it states '${predicateType.slice(0, 100)}', not a model signature`,
    )
  const [subject, second] = subjects
  if (!subject || second)
    throw new NotVerified('no-statement', `${subjects.length} subjects; a model has one`)
  const resources = listIn(predicate.resources, 'resources').map((item) =>
    readResource(objectIn(item, 'a resource')),
  )
  if (resources.length === 0) throw new NotVerified('no-statement', 'the statement names no file')
  const rootDigest = rootOf(resources.map(({ digest }) => digest))
  if (subject.digests.sha256 !== rootDigest)
    throw new NotVerified('root-digest', 'the digest of the subject is not that of the files that it lists')
  const serialization = objectIn(predicate.serialization, 'serialization')
  const measure = measureOf(serialization)
  for (const { algorithm } of resources) checkAlgorithm(algorithm, measure)
  const files =
    measure.shardSize === undefined ? resources.map(wholeFile) : joinShards(resources, measure.shardSize)
  refuseNames(files.map(({ name }) => name))
  return {
    files,
    measure,
    allowSymlinks: serialization.allow_symlinks === true,
    ignored: listIn(serialization.ignore_paths, 'ignore_paths').map(readIgnored),
    rootDigest,
  }
}

/** SHA-256 over the raw bytes of digests, whatever their own algorithm (contracts: `omsRoot`). */
export function rootOf(digests: readonly string[]): string {
  const all = createHash('sha256')
  for (const digest of digests) all.update(Buffer.from(digest, 'hex'))
  return all.digest('hex')
}

const DIGEST_LENGTHS: Readonly<Partial<Record<HashName, number>>> = { sha256: 64, blake2b: 128, blake3: 64 }

function readResource({ name, algorithm, digest }: JsonObject): Resource {
  const hex = textIn(digest, 'a digest')
  if (!/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/.test(hex))
    throw new NotVerified('no-statement', 'a digest that is none')
  return { name: textIn(name, 'a name'), algorithm: textIn(algorithm, 'an algorithm'), digest: hex }
}

function measureOf(serialization: JsonObject): Measure {
  const { method, hash_type: hashType, shard_size: shardSize } = serialization
  const algorithm = hashName(hashType)
  if (method === 'files') return { algorithm }
  if (method !== 'shards')
    throw new NotVerified('unsupported', `serialized by ${show(method)}, which is not known`)
  // The reference tool keeps it in a protobuf Struct, so that 8 is written 8.0; as JSON it is the same number.
  if (typeof shardSize !== 'number' || !Number.isSafeInteger(shardSize) || shardSize < 1)
    throw new NotVerified('shards', `shards of ${show(shardSize)} bytes`)
  return { algorithm, shardSize }
}

function hashName(name: Json | undefined): HashName {
  if (name === 'sha256' || name === 'blake3' || name === 'blake2b') return name
  if (name === 'blake2') return 'blake2b'
  throw new NotVerified('unsupported', `hashed by ${show(name)}, which is not known`)
}

/** `sha256`, or as the reference tool spells it for shards `sha256-sharded-8`. */
function checkAlgorithm(text: string, { algorithm, shardSize }: Measure): void {
  const [, name = text, size] = /^(.+)-sharded-(\d+)$/.exec(text) ?? []
  if (hashName(name) !== algorithm || (size !== undefined && Number(size) !== shardSize))
    throw new NotVerified('unsupported', `a file hashed by ${show(text)} in a statement of ${algorithm}`)
}

function wholeFile({ name, algorithm, digest }: Resource): SignedFile {
  if (digest.length !== DIGEST_LENGTHS[hashName(algorithm)])
    throw new NotVerified('no-statement', `a digest that is none of ${algorithm}`)
  return { name, digests: [digest] }
}

interface Shard {
  readonly start: number
  readonly end: number
  readonly digest: string
}

/** `path:start:end`, split at the last two colons. Each file must be covered from 0 on without gap or overlap. */
function joinShards(resources: readonly Resource[], shardSize: number): SignedFile[] {
  const files = new Map<string, Shard[]>()
  for (const { name, digest } of resources) {
    const [, path, start, end] = /^(.+):(\d{1,15}):(\d{1,15})$/s.exec(name) ?? []
    if (path === undefined) throw new NotVerified('shards', `${show(name)} is no name of a shard`)
    const held = files.get(path) ?? []
    files.set(path, held)
    held.push({ start: Number(start), end: Number(end), digest })
  }
  return [...files].map(([name, shards]) => {
    shards.sort((a, b) => a.start - b.start)
    for (const [i, { start, end }] of shards.entries()) {
      const whole =
        end - start === shardSize || (i === shards.length - 1 && end > start && end - start < shardSize)
      if (start !== i * shardSize || !whole)
        throw new NotVerified('shards', `the shards of ${show(name)} leave a gap or overlap at ${start}`)
    }
    return { name, digests: shards.map(({ digest }) => digest), size: shards.at(-1)?.end ?? 0 }
  })
}

/** Names are compared byte for byte; those that some system could take for another name or place are refused. */
export function refuseNames(names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const issue = name === '.' && names.length === 1 ? undefined : pathTrouble(name)
    if (issue)
      throw new NotVerified('names', `the name ${show(name)} would leave the folder or hide (${issue})`)
    const other = seen.get(blurName(name))
    if (other === name) throw new NotVerified('names', `the name ${show(name)} stands there twice`)
    if (other !== undefined)
      throw new NotVerified('names', `${show(other)} and ${show(name)} are one name to some file systems`)
    seen.set(blurName(name), name)
  }
}

/** An ignore list is where a signer may hide a file: nothing but plain paths below the folder is taken. */
function readIgnored(value: Json): string {
  const text = textIn(value, 'an ignored path').replace(/\/$/, '')
  const issue = /[*?[\]]/.test(text) ? 'a pattern' : pathTrouble(text)
  if (issue) throw new NotVerified('names', `the ignored path ${show(text)} is not plain (${issue})`)
  return text
}

function show(value: Json | undefined): string {
  return String(JSON.stringify(value)).slice(0, 100)
}
