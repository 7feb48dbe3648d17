import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { selects } from '../lock/place.ts'
import { artifactId } from '../model/artifact.ts'
import type { LockEntry } from '../model/lock.ts'
import type { Reference } from '../model/reference.ts'
import type { SignatureRecord } from '../model/signature.ts'
import type { SeenFile } from '../sign/compare.ts'
import { loadRoot } from '../sign/root.ts'
import { attestationsFor } from '../source/attestations.ts'
import { readBody } from '../source/fetch.ts'
import { locate } from '../source/resolve.ts'
import type { SourceSettings } from '../source/source.ts'
import { namesBundle } from './bundle-names.ts'
import { type FoundBundle, openBundle } from './bundles.ts'
import { runTime } from './clock.ts'
import { Conclusion } from './conclude.ts'
import type { Stated } from './entries.ts'
import type { RootTask } from './node.ts'
import type { SignatureOptions } from './signature-run.ts'
import { type SignerDemand, SignerRules } from './signer-rules.ts'

/** Signatures that lie among the files of an entry; larger ones are verified when the files are here. */
const SIGNATURE_BYTES = 16 * 1024 * 1024

/** Who an entry says must have signed it, as a rule about its reference. */
export function demandOf({ asked }: Pick<LockEntry, 'asked'>, folder: string): SignerDemand {
  return { folder, rules: asked.signer ? [{ match: asked.ref, anyOf: asked.signer }] : [] }
}

/**
 * Verifies the signatures of an entry while it is locked: those among its files against the digests that the source lists,
 * and those that its service publishes. Says what it found to `stated`, and returns what the lock records.
 */
export async function entrySignatures(
  entry: LockEntry,
  reference: Reference,
  settings: SourceSettings,
  options: SignatureOptions,
  stated: Stated,
): Promise<SignatureRecord[]> {
  const { ref } = entry.asked
  const tasks = entry.files.map(
    (file): RootTask => ({ path: '', display: `${ref}/${file.path}`, size: file.size, parent: idOf(ref) }),
  )
  const rules = await SignerRules.from([...(options.signers ?? []), demandOf(entry, settings.folder)])
  const bundles = await fetchBundles(entry, reference, tasks, settings)
  const published = (await attestationsFor(reference, entry, settings)).map((bytes, i) =>
    openBundle(
      { path: '', display: `${ref}/@attestation-${i + 1}`, size: bytes.length, parent: idOf(ref) },
      bytes,
    ),
  )
  if (bundles.length + published.length === 0 && rules.isEmpty) return []
  const around = {
    tasks,
    targets: [
      {
        display: ref,
        names: [],
        selects: (file: string) => selects(entry.asked, file),
        ...rootOf(entry),
      },
    ],
    rules,
    trust: { root: await loadRoot(options.trustedRoot, options.storedRoot), now: runTime() },
    bundles: [...bundles, ...published],
    allowUnsigned: options.allowUnsigned ?? false,
  }
  const records = await new Conclusion(around, listedFiles(entry), stated).all()
  const fromService = new Set(published.map(({ bundle }) => bundle?.digest))
  return [...records.values()]
    .flat()
    .map((record) =>
      fromService.has(record.bundleDigest) ? { ...record, from: 'service' as const } : record,
    )
}

/** An OCI artifact is pinned by the digest of its manifest, which is one of its files and names all others. */
function rootOf({ asked, files, resolved }: LockEntry): { root?: string } {
  const manifest = files.find(({ sha256 }) => resolved.pin === `sha256:${sha256}`)
  return manifest ? { root: `${asked.ref}/${manifest.path}` } : {}
}

async function fetchBundles(
  entry: LockEntry,
  reference: Reference,
  tasks: readonly RootTask[],
  settings: SourceSettings,
): Promise<FoundBundle[]> {
  const wanted = entry.files.filter(({ path: file, size }) => namesBundle(file) && size <= SIGNATURE_BYTES)
  if (wanted.length === 0) return []
  const where = reference.scheme === 'file' ? undefined : await locate(reference, entry, settings)
  const found: FoundBundle[] = []
  for (const file of wanted) {
    const task = tasks.find(({ display }) => display === `${entry.asked.ref}/${file.path}`)
    const bytes = where
      ? await fetched(where(file))
      : await readFile(path.resolve(settings.folder, entry.asked.path, file.path))
    const isBundle = file.path.endsWith('model.sig') || Buffer.from(bytes).includes('vnd.dev.sigstore.bundle')
    if (task && isBundle) found.push(openBundle(task, bytes))
  }
  return found
}

async function fetched({
  url,
  fetch,
  headers,
}: ReturnType<Awaited<ReturnType<typeof locate>>>): Promise<Uint8Array> {
  const response = await fetch(url, headers ? { headers } : {})
  return readBody(response, SIGNATURE_BYTES)
}

/** What the source lists, as if it had been seen: the lock holds the bytes against it later. */
function listedFiles({ asked, files }: LockEntry): Map<string, SeenFile> {
  const seen = files.map(({ path: file, size, sha256, integrity }): SeenFile => {
    const sha512 = /(?:^| )sha512-([A-Za-z0-9+/]+={0,2})/.exec(integrity ?? '')?.[1]
    const digests = new Map([['sha256', [sha256]]])
    if (sha512 !== undefined) digests.set('sha512', [Buffer.from(sha512, 'base64').toString('hex')])
    return { path: `${asked.ref}/${file}`, size, digests }
  })
  return new Map(seen.map((file) => [file.path, file]))
}

const idOf = (display: string) => artifactId({ root: display, members: [] })

/** What makes two signatures ones of the same signer; keys of Sigstore certificates are new every time. */
export function signerKey(record: SignatureRecord): string {
  const { method, identity, issuer, sourceRepository, predicateType, fingerprint } = record
  return JSON.stringify([
    method,
    identity,
    issuer,
    sourceRepository,
    predicateType,
    method === 'sigstore' ? '' : fingerprint,
  ])
}

const COMPARED = ['method', 'identity', 'issuer', 'sourceRepository', 'fingerprint'] as const

/** States what became of the signers that the lock records: gone, or somebody else. */
export function stateSigners(
  { asked }: Pick<LockEntry, 'asked'>,
  was: readonly SignatureRecord[],
  is: readonly SignatureRecord[],
  display: string,
  stated: Stated,
): void {
  const now = new Set(is.map(signerKey))
  for (const record of was) {
    if (now.has(signerKey(record))) continue
    const other = is.find(({ predicateType }) => predicateType === record.predicateType)
    const name = record.identity ?? record.fingerprint
    if (!other) {
      stated.state(stated.thing(display), { kind: 'signature.gone', data: { entry: asked.ref, was: name } })
      continue
    }
    for (const field of COMPARED) {
      const ephemeral = field === 'fingerprint' && record.method === 'sigstore' && other.method === 'sigstore'
      if (ephemeral || record[field] === other[field]) continue
      const data = { entry: asked.ref, field, was: record[field] ?? '', is: other[field] ?? '' }
      stated.state(stated.thing(display), { kind: 'signature.signer-changed', data })
    }
  }
}
