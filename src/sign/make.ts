import { createPrivateKey, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import type { Json, JsonObject } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Measure } from '../model/signature.ts'
import { UsageError } from '../model/trouble.ts'
import { readCertificates } from './chain.ts'
import { OMS, refuseNames, rootOf } from './oms.ts'
import { fingerprintOf, hashOf, hintOf, preAuthEncoding } from './signature.ts'
import { IN_TOTO, STATEMENT_V1 } from './statement.ts'
import { NotVerified } from './trouble.ts'

/** What signs: a key, with the chain that vouches for it where there is one (the signing certificate first). */
export interface SigningKey {
  readonly key: KeyObject
  readonly chain: readonly Buffer[]
}

/** From PEM texts. Throws `UsageError` that says what is wrong with them. */
export function readSigningKey(pem: string, file: string, password?: string, chainPem?: string): SigningKey {
  let key: KeyObject
  try {
    key = createPrivateKey({
      key: pem,
      format: 'pem',
      ...(password === undefined ? {} : { passphrase: password }),
    })
  } catch {
    throw new UsageError(
      `${file}: no private key in PEM that can be opened (an encrypted one needs its password)`,
    )
  }
  if (key.asymmetricKeyType !== 'ec')
    throw new UsageError(`${file}: keys must be on P-256, P-384 or P-521: the reference tool reads no others`)
  try {
    hashOf(key)
    const chain = chainPem === undefined ? [] : readCertificates(chainPem, 'the certificate')
    const [leaf] = chain
    if (leaf && fingerprintOf(new X509Certificate(leaf).publicKey) !== fingerprintOf(createPublicKey(key)))
      throw new UsageError(`${file}: the key is not the one that the certificate is for`)
    return { key, chain }
  } catch (error) {
    throw error instanceof NotVerified ? new UsageError(`${file}: ${error.message}`) : error
  }
}

/** A file to sign: one digest, or one for each shard. */
export interface FileToSign {
  readonly path: string
  readonly size: number
  readonly digests: readonly string[]
}

/** An OMS 1.0 statement over files, names in code-point order, as the specification has it. */
export function omsStatement(
  name: string,
  files: readonly FileToSign[],
  measure: Measure,
  ignored: readonly string[],
): JsonObject {
  refuseNames(files.map(({ path }) => path))
  const resources = files
    .flatMap((file) => resourcesOf(file, measure))
    .toSorted((a, b) => byCodePoint(a.name, b.name))
  if (resources.length === 0) throw new UsageError(`${name}: there is nothing to sign`)
  const { algorithm, shardSize } = measure
  return {
    _type: STATEMENT_V1,
    subject: [{ name, digest: { sha256: rootOf(resources.map(({ digest }) => digest)) } }],
    predicateType: OMS,
    predicate: {
      serialization: {
        method: shardSize === undefined ? 'files' : 'shards',
        hash_type: algorithm,
        allow_symlinks: false,
        ...(shardSize === undefined ? {} : { shard_size: shardSize }),
        ignore_paths: ignored.toSorted(byCodePoint),
      },
      resources,
    },
  }
}

function resourcesOf({ path, size, digests }: FileToSign, { algorithm, shardSize }: Measure) {
  if (shardSize === undefined) return digests.map((digest) => ({ name: path, algorithm, digest }))
  return digests.map((digest, i) => {
    const end = Math.min(size, (i + 1) * shardSize)
    return { name: `${path}:${i * shardSize}:${end}`, algorithm, digest }
  })
}

/** A statement as it is signed: the payload of a DSSE envelope. */
export function payloadOf(statement: Json): Buffer {
  return Buffer.from(JSON.stringify(statement))
}

/** A Sigstore bundle v0.3 around a DSSE envelope, signed by a key of ours: what OMS tools read. No log is told. */
export function signStatement(statement: JsonObject, { key, chain }: SigningKey): JsonObject {
  const payload = payloadOf(statement)
  const signature = sign(hashOf(key) ?? null, preAuthEncoding({ payloadType: IN_TOTO, payload }), key)
  const material: JsonObject =
    chain.length > 0
      ? { x509CertificateChain: { certificates: chain.map((der) => ({ rawBytes: der.toString('base64') })) } }
      : { publicKey: { hint: hintOf(createPublicKey(key)) } }
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { ...material, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO,
      signatures: [{ sig: signature.toString('base64'), keyid: '' }],
    },
  }
}

export interface KeylessServices {
  /** OIDC token that says who signs. */
  readonly identityToken: string
  readonly fulcioURL?: string
  readonly rekorURL?: string
  readonly tsaServerURL?: string
}

/** The same by a short-lived certificate for an identity, logged: the `sigstore` package does it all. Needs the network. */
export async function signStatementKeyless(
  statement: JsonObject,
  services: KeylessServices,
): Promise<JsonObject> {
  const { attest } = await import('sigstore')
  // A border: the library's own JSON form of a bundle.
  return (await attest(payloadOf(statement), IN_TOTO, services)) as unknown as JsonObject
}
