import { hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Bundle, bundleFromJSON } from '@sigstore/bundle'
import { type RFC3161Timestamp, X509Certificate } from '@sigstore/core'
import { type SignedEntity, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify'
import type { SignatureRecord, SignatureTrouble } from '../model/signature.ts'
import type { Envelope, Message, SignatureBundle } from './bundle.ts'
import type { Root } from './root.ts'
import { fingerprintOf, preAuthEncoding, verifyDigest, verifyEnvelope } from './signature.ts'
import { NotVerified } from './trouble.ts'

/** What holds for a signature by a short-lived certificate or by a key whose use was logged. */
export type Signed = Omit<SignatureRecord, 'bundleDigest' | 'predicateType' | 'rootDigest'>

/** Clocks differ; a log's entry from further ahead is a lie. */
const SKEW_SECONDS = 300

export interface SigstoreOptions {
  readonly root: Root
  readonly now: Date
  /** A key that is trusted already: then the bundle must be one of a key, and the log is asked only for what it says. */
  readonly key?: KeyObject
  /** Entries of transparency logs that must hold; where the root names no log at all, none are. */
  readonly entries?: number
}

/**
 * Certificate chain, timestamps, signed certificate timestamps, inclusion in the log and the signature itself, by the
 * Sigstore library; the signature is ours to check, since its hash depends on the key and large files are not held. Who
 * signed is not judged here, nor what a statement says. Throws `NotVerified`; whatever the library throws becomes one.
 */
export function verifySigstore(bundle: SignatureBundle, options: SigstoreOptions): Signed {
  const { root, now, key } = options
  if ((bundle.material.kind === 'key') !== (key !== undefined))
    throw new NotVerified(
      'wrong-method',
      key ? 'the bundle is not one of a key' : 'the bundle has a key and no certificate',
    )
  const { parsed, entity } = opened(bundle)
  refuseFuture(parsed, now)
  const entries = options.entries ?? 1
  const thresholds = {
    tlogThreshold: root.hasLog ? entries : 0,
    ctlogThreshold: root.hasCtLog ? 1 : 0,
    timestampThreshold: key ? 0 : 1,
  }
  const finder = () => ({ publicKey: key as KeyObject, validFor: () => true })
  const material = key ? { ...root.material, publicKey: finder } : root.material
  try {
    const signer = new Verifier(material, thresholds).verify({
      ...entity,
      signature: contentOf(bundle.content),
    })
    return {
      method: key ? 'key' : 'sigstore',
      fingerprint: fingerprintOf(signer.key),
      ...(key ? {} : identityOf(parsed, signer.identity)),
      ...timeOf(entity),
      ...logOf(parsed),
      trustedRootDigest: root.digest,
    }
  } catch (error) {
    throw asNotVerified(error)
  }
}

function opened(bundle: SignatureBundle): { parsed: Bundle; entity: SignedEntity } {
  try {
    const parsed = bundleFromJSON(bundle.json)
    return { parsed, entity: toSignedEntity(parsed) }
  } catch (error) {
    throw new NotVerified('malformed', `no bundle that can be read (${messageOf(error)})`)
  }
}

/** The library's view of what is signed, with the hash of the key's kind and without the bytes themselves. */
function contentOf(content: Envelope | Message): SignedEntity['signature'] {
  const same = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b)
  const own = {
    signature: content.signature,
    compareSignature: (signature: Buffer) => same(signature, content.signature),
  }
  if (content.kind === 'message') {
    return {
      ...own,
      compareDigest: (digest) => same(digest, content.digest),
      compareSignedDigest: (digest) => same(digest, content.digest),
      verifySignature: (key) => verifyDigest(content, key),
    }
  }
  return {
    ...own,
    compareDigest: (digest) => same(digest, hash('sha256', content.payload, 'buffer')),
    compareSignedDigest: (digest) => same(digest, hash(bySize(digest), preAuthEncoding(content), 'buffer')),
    verifySignature: (key) => verifyEnvelope(content, key),
  }
}

/** Rekor v2 records the digest that was signed, in the hash of the key. */
function bySize({ length }: Buffer): string {
  return length === 64 ? 'sha512' : length === 48 ? 'sha384' : 'sha256'
}

function refuseFuture(bundle: Bundle, now: Date): void {
  const latest = Math.max(
    0,
    ...bundle.verificationMaterial.tlogEntries.map((e) => Number(e.integratedTime ?? 0)),
  )
  if (latest > now.getTime() / 1000 + SKEW_SECONDS)
    throw new NotVerified('timestamp', 'the log entry is from the future')
}

const OIDS = {
  sourceRepository: '1.3.6.1.4.1.57264.1.12',
  sourceCommit: '1.3.6.1.4.1.57264.1.13',
  sourceRef: '1.3.6.1.4.1.57264.1.14',
  workflow: '1.3.6.1.4.1.57264.1.9',
} as const

type Identity = NonNullable<ReturnType<Verifier['verify']>['identity']>

function identityOf(bundle: Bundle, identity: Identity | undefined): Partial<Signed> {
  const { subjectAlternativeName: name, extensions } = identity ?? {}
  const leaf = leafOf(bundle)
  const extension = (oid: string): string | undefined =>
    leaf?.extension(oid)?.valueObj.subs?.[0]?.value.toString('utf8')
  const claims = Object.entries(OIDS).map(([key, oid]) => [key, extension(oid)] as const)
  return {
    ...(name === undefined ? {} : { identity: name }),
    ...(extensions?.issuer === undefined ? {} : { issuer: extensions.issuer }),
    ...Object.fromEntries(claims.filter(([, value]) => value !== undefined)),
  }
}

function leafOf({ verificationMaterial: { content } }: Bundle): X509Certificate | undefined {
  const bytes =
    content.$case === 'certificate'
      ? content.certificate.rawBytes
      : content.$case === 'x509CertificateChain'
        ? content.x509CertificateChain.certificates[0]?.rawBytes
        : undefined
  return bytes && X509Certificate.parse(Buffer.from(bytes))
}

function timeOf({ timestamps }: SignedEntity): Partial<Signed> {
  const authority = timestamps.find((t) => t.$case === 'timestamp-authority')
  if (authority) return { signedAt: signingTime(authority.timestamp), timeSource: 'timestamp-authority' }
  const log = timestamps.find((t) => t.$case === 'transparency-log' && t.tlogEntry.inclusionPromise)
  if (log?.$case !== 'transparency-log') return {}
  const signedAt = new Date(Number(log.tlogEntry.integratedTime) * 1000).toISOString()
  return { signedAt, timeSource: 'transparency-log' }
}

const signingTime = (timestamp: RFC3161Timestamp) => timestamp.signingTime.toISOString()

function logOf({ verificationMaterial: { tlogEntries } }: Bundle): Partial<Signed> {
  const [entry] = tlogEntries
  if (!entry) return {}
  return { logId: Buffer.from(entry.logId.keyId).toString('hex'), logIndex: String(entry.logIndex) }
}

const TROUBLES: Readonly<Record<string, SignatureTrouble>> = {
  SIGNATURE_ERROR: 'signature',
  CERTIFICATE_ERROR: 'chain',
  TIMESTAMP_ERROR: 'timestamp',
  TLOG_ERROR: 'log',
  TLOG_BODY_ERROR: 'log',
  TLOG_INCLUSION_PROOF_ERROR: 'log',
  TLOG_INCLUSION_PROMISE_ERROR: 'log',
  TLOG_MISSING_INCLUSION_ERROR: 'log',
  PUBLIC_KEY_ERROR: 'wrong-key',
}

/** Raw TypeErrors and OpenSSL errors come out of the library for hostile input: any throw means that nothing holds. */
function asNotVerified(error: unknown): NotVerified {
  if (error instanceof NotVerified) return error
  if (!(error instanceof VerificationError)) return new NotVerified('malformed', messageOf(error))
  const expired = /expired|not valid .* date/.test(`${error.message} ${messageOf(error.cause)}`)
  if (error.code === 'CERTIFICATE_ERROR' && expired)
    return new NotVerified('expired', 'the certificate was not valid when the signature was made')
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return new NotVerified(TROUBLES[error.code] ?? 'malformed', `${error.message}${cause}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? '')
}
