import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import type { Json, JsonObject } from '../model/fact.ts'
import { UsageError } from '../model/trouble.ts'
import { listIn, objectIn, readDocument } from './document.ts'
import { NotVerified } from './trouble.ts'

/** What Sigstore signatures are held against: authorities of certificates and times, and the logs' keys. */
export interface Root {
  readonly material: TrustMaterial
  readonly json: JsonObject
  /** `sha256:` of the file. */
  readonly digest: string
  /** Where it comes from: a path, or `shipped`. */
  readonly origin: string
  /** An instance that names no log at all (GitHub's own) proves the time by its timestamp authority alone. */
  readonly hasLog: boolean
  readonly hasCtLog: boolean
}

/** Trust as data, beside the rules: the public-good instance as its TUF repository had it (trust/README.md). */
const SHIPPED = path.join(import.meta.dirname, '..', '..', 'trust')

/** Real ones have some ten KiB. */
const ROOT_BYTES = 8 * 1024 * 1024

/** The root of `--trusted-root`, else the one that `trust update` stored, else the shipped one. Throws `UsageError`. */
export async function loadRoot(file: string | undefined, stored: string | undefined): Promise<Root> {
  if (file !== undefined) return readRoot(await bytesOf(file), file)
  if (stored !== undefined) {
    const bytes = await readFile(stored).catch(() => undefined)
    if (bytes) return readRoot(bytes, stored)
  }
  return shippedRoot()
}

export async function shippedRoot(): Promise<Root> {
  return readRoot(await bytesOf(path.join(SHIPPED, 'public-good.json')), 'shipped')
}

/** The keys that npm signs its own publish attestations with, by key id. */
export async function shippedNpmKeys(): Promise<JsonObject> {
  const file = path.join(SHIPPED, 'npm-keys.json')
  return readDocument(await bytesOf(file), file)
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(`${file}: cannot be read (${String(code)})`)
  }
}

/**
 * A trusted root (Sigstore TrustedRoot, JSON). Refused where a log, key or authority does not say from when on it counts:
 * the library would take "since 1970" for it. Throws `UsageError`.
 */
export function readRoot(bytes: Uint8Array, origin: string): Root {
  const refuse = (why: string): never => {
    throw new UsageError(`${origin}: no trusted root that is fit for use: ${why}`)
  }
  if (bytes.length > ROOT_BYTES) return refuse(`larger than ${ROOT_BYTES} bytes`)
  try {
    const json = readDocument(bytes, 'it')
    if (
      !/^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/.test(
        String(json.mediaType),
      )
    )
      return refuse('its mediaType is not that of a trusted root')
    const tlogs = listIn(json.tlogs, 'tlogs')
    const ctlogs = listIn(json.ctlogs, 'ctlogs')
    const authorities = listIn(json.certificateAuthorities, 'certificateAuthorities')
    if (authorities.length === 0) return refuse('it names no certificate authority')
    for (const log of [...tlogs, ...ctlogs])
      checkBounds(objectIn(objectIn(log, 'a log').publicKey, 'its key'))
    for (const each of [...authorities, ...listIn(json.timestampAuthorities, 'timestampAuthorities')])
      checkBounds(objectIn(each, 'an authority'))
    return {
      json,
      origin,
      digest: `sha256:${hash('sha256', bytes, 'hex')}`,
      material: toTrustMaterial(TrustedRoot.fromJSON(json)),
      hasLog: tlogs.length > 0,
      hasCtLog: ctlogs.length > 0,
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function checkBounds(holder: JsonObject): void {
  const { start, end } = objectIn(holder.validFor, 'validFor')
  const isTime = (value: Json | undefined) => typeof value === 'string' && !Number.isNaN(Date.parse(value))
  if (!isTime(start))
    throw new NotVerified('trusted-root', 'an entry does not say from when on it counts (validFor.start)')
  if (end !== undefined && end !== null && !isTime(end))
    throw new NotVerified('trusted-root', 'an entry ends at no time that can be read (validFor.end)')
}
