import { constants, createPublicKey, hash, type KeyObject, publicDecrypt, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import { dsse } from '@sigstore/core'
import type { Envelope, Message } from './bundle.ts'
import { NotVerified } from './trouble.ts'

/**
 * The hash that goes with each kind of key (Sigstore's and the OMS algorithm registry); none for Ed25519. The stock
 * verifier names no hash, so that Node takes SHA-256 for every curve.
 */
const CURVES: Readonly<Record<string, { hash: 'sha256' | 'sha384' | 'sha512'; curve: Curve }>> = {
  prime256v1: { hash: 'sha256', curve: 'p256' },
  secp384r1: { hash: 'sha384', curve: 'p384' },
  secp521r1: { hash: 'sha512', curve: 'p521' },
}

type Curve = 'p256' | 'p384' | 'p521'

// Needed only where a digest is all there is; loading it takes longer than a verification.
const require = createRequire(import.meta.url)
const curves = () => require('@noble/curves/nist.js') as typeof import('@noble/curves/nist.js')

/** RSA below it is refused, as Fulcio and the algorithm registry do. */
const RSA_BITS = 2048

/** The hash that this key signs with; undefined where the algorithm hashes by itself. */
export function hashOf(key: KeyObject): 'sha256' | 'sha384' | 'sha512' | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ed25519') return undefined
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS) return 'sha256'
  const curve = type === 'ec' ? CURVES[details?.namedCurve ?? ''] : undefined
  if (curve) return curve.hash
  throw new NotVerified('unsupported', `keys of kind ${type} ${details?.namedCurve ?? ''} are not accepted`)
}

/** What a DSSE signature is over: the pre-authentication encoding, version 1. The older one of v0.2 is not tried. */
export function preAuthEncoding({ payloadType, payload }: Pick<Envelope, 'payloadType' | 'payload'>): Buffer {
  return dsse.preAuthEncoding(payloadType, payload)
}

/** Does the signature of the envelope hold under this key, with the hash of its kind? */
export function verifyEnvelope(envelope: Envelope, key: KeyObject): boolean {
  return verify(hashOf(key) ?? null, preAuthEncoding(envelope), key, envelope.signature)
}

/**
 * Does the signature hold over bytes with this digest? For what is too large to be held: the digest comes from the one
 * pass. Ed25519 signs no digest, so `unsupported` there.
 */
export function verifyDigest({ algorithm, digest, signature }: Message, key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  hashOf(key)
  if (type === 'rsa') return verifyRsaDigest(algorithm, digest, signature, key)
  const curve = CURVES[details?.namedCurve ?? '']?.curve
  if (!curve)
    throw new NotVerified(
      'unsupported',
      `a signature by a key of kind ${type} cannot be held against a digest`,
    )
  // The registry's hash first; cosign signs with SHA-256 on every curve, and says so in the digest's algorithm.
  return curves()[curve].verify(signature, digest, pointOf(key), {
    prehash: false,
    lowS: false,
    format: 'der',
  })
}

/** The point of an EC key, uncompressed: the tail of its SubjectPublicKeyInfo. */
function pointOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

/** DER of `DigestInfo` up to the digest (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<Message['algorithm'], string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

function verifyRsaDigest(
  algorithm: Message['algorithm'],
  digest: Buffer,
  signature: Buffer,
  key: KeyObject,
): boolean {
  try {
    const opened = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
    return opened.equals(Buffer.concat([Buffer.from(DIGEST_INFO[algorithm], 'hex'), digest]))
  } catch {
    // OpenSSL throws where the padding is not that of a signature: then it is none of this key.
    return false
  }
}

/** `sha256:` of the key as SubjectPublicKeyInfo: how keys are named in policies and locks. */
export function fingerprintOf(key: KeyObject): string {
  return `sha256:${hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex')}`
}

/** A public key from PEM (or from a private key or certificate in PEM, of which it takes the public part). */
export function readPublicKey(pem: string, what: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch {
    throw new NotVerified('wrong-key', `${what} is no public key in PEM`)
  }
}

/** What the reference tool writes as `hint`: SHA-256 in hex over the PEM text of the SubjectPublicKeyInfo. */
export function hintOf(key: KeyObject): string {
  return hash('sha256', key.export({ type: 'spki', format: 'pem' }), 'hex')
}
