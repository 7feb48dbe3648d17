import { hash } from 'node:crypto'
import type { Json, JsonObject } from '../model/fact.ts'
import { base64Of, listIn, objectIn, readDocument, textIn } from './document.ts'
import { NotVerified } from './trouble.ts'

/** What a bundle says its signature is to be checked with; nothing of it is trusted yet. */
export type Material =
  | { readonly kind: 'certificate'; readonly certificates: readonly Buffer[] }
  | { readonly kind: 'chain'; readonly certificates: readonly Buffer[] }
  | { readonly kind: 'key'; readonly hint?: string; readonly pem?: string }

export interface Envelope {
  readonly kind: 'dsse'
  readonly payloadType: string
  readonly payload: Buffer
  readonly signature: Buffer
}

export interface Message {
  readonly kind: 'message'
  readonly algorithm: 'sha256' | 'sha384' | 'sha512'
  readonly digest: Buffer
  readonly signature: Buffer
}

/** A Sigstore bundle, taken apart and checked for its form; not verified. */
export interface SignatureBundle {
  readonly json: JsonObject
  /** `sha256:` of the file. */
  readonly digest: string
  readonly mediaType: string
  readonly material: Material
  readonly content: Envelope | Message
  /** Entries of transparency logs, RFC 3161 timestamps. */
  readonly entries: number
  readonly timestamps: number
}

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.[123]|\.v0\.3\+json)$/

/** Does it call itself a Sigstore bundle? For files whose name alone proves nothing. */
export function looksLikeBundle(head: Uint8Array): boolean {
  return Buffer.from(head.buffer, head.byteOffset, head.length).includes(
    'application/vnd.dev.sigstore.bundle',
  )
}

/** Throws `NotVerified`: `malformed`, or `unsupported` for a version or algorithm that is not known here. */
export function readBundle(bytes: Uint8Array): SignatureBundle {
  const json = readDocument(bytes, 'the bundle')
  const mediaType = textIn(json.mediaType, 'mediaType')
  if (!MEDIA_TYPE.test(mediaType))
    throw new NotVerified('unsupported', `'${mediaType.slice(0, 100)}' is no kind of bundle that is known`)
  const material = objectIn(json.verificationMaterial, 'verificationMaterial')
  const timestamps = objectIn(material.timestampVerificationData, 'timestampVerificationData')
  return {
    json,
    digest: `sha256:${hash('sha256', bytes, 'hex')}`,
    mediaType,
    material: readMaterial(material),
    content: readContent(json),
    entries: listIn(material.tlogEntries, 'tlogEntries').length,
    timestamps: listIn(timestamps.rfc3161Timestamps, 'rfc3161Timestamps').length,
  }
}

function readMaterial(material: JsonObject): Material {
  const { certificate, x509CertificateChain, publicKey } = material
  const given = [certificate, x509CertificateChain, publicKey].filter((m) => m !== undefined && m !== null)
  if (given.length !== 1)
    throw new NotVerified('malformed', `the bundle has ${given.length} kinds of keys; exactly one is wanted`)
  if (publicKey) return readKey(objectIn(publicKey, 'publicKey'))
  if (certificate) return { kind: 'certificate', certificates: [readCertificate(certificate)] }
  const chain = objectIn(x509CertificateChain, 'x509CertificateChain')
  const certificates = listIn(chain.certificates, 'certificates').map(readCertificate)
  if (certificates.length === 0) throw new NotVerified('malformed', 'the certificate chain is empty')
  if (certificates.length > CHAIN)
    throw new NotVerified('malformed', `a chain of more than ${CHAIN} certificates`)
  return { kind: 'chain', certificates }
}

/** Real chains have three or four; paths are searched for in what is left. */
const CHAIN = 16

function readCertificate(value: Json): Buffer {
  const bytes = base64Of(objectIn(value, 'a certificate').rawBytes, 'a certificate')
  if (!bytes || bytes.length === 0) throw new NotVerified('malformed', 'a certificate is empty')
  return bytes
}

/** v1.0 of the reference tool put the PEM text of the key here; from v1.1 on there is a hint only, as the schema has it. */
function readKey(key: JsonObject): Material {
  const pem = base64Of(key.rawBytes, 'the public key')?.toString('utf8')
  const hint = key.hint === undefined || key.hint === null ? undefined : String(key.hint)
  return { kind: 'key', ...(hint ? { hint } : {}), ...(pem ? { pem } : {}) }
}

function readContent(json: JsonObject): Envelope | Message {
  const { dsseEnvelope, messageSignature } = json
  if ((dsseEnvelope === undefined) === (messageSignature === undefined))
    throw new NotVerified('malformed', 'the bundle holds no signature, or two kinds of one')
  return dsseEnvelope === undefined
    ? readMessage(objectIn(messageSignature, 'messageSignature'))
    : readEnvelope(objectIn(dsseEnvelope, 'dsseEnvelope'))
}

function readEnvelope(envelope: JsonObject): Envelope {
  const payload = base64Of(envelope.payload, 'the payload')
  const signatures = listIn(envelope.signatures, 'signatures')
  if (signatures.length !== 1)
    throw new NotVerified(
      'malformed',
      `the envelope has ${signatures.length} signatures; exactly one is wanted`,
    )
  const signature = base64Of(objectIn(signatures[0], 'the signature').sig, 'the signature')
  if (!payload?.length || !signature?.length)
    throw new NotVerified('malformed', 'the envelope has no payload or no signature')
  return { kind: 'dsse', payloadType: textIn(envelope.payloadType, 'payloadType'), payload, signature }
}

const ALGORITHMS: Readonly<Record<string, { name: Message['algorithm']; length: number }>> = {
  SHA2_256: { name: 'sha256', length: 32 },
  SHA2_384: { name: 'sha384', length: 48 },
  SHA2_512: { name: 'sha512', length: 64 },
}

function readMessage(message: JsonObject): Message {
  const { algorithm, digest } = objectIn(message.messageDigest, 'messageDigest')
  const known = typeof algorithm === 'string' ? ALGORITHMS[algorithm] : undefined
  if (!known)
    throw new NotVerified(
      'unsupported',
      `the digest algorithm ${JSON.stringify(algorithm)} is not known here`,
    )
  const bytes = base64Of(digest, 'the digest')
  const signature = base64Of(message.signature, 'the signature')
  if (bytes?.length !== known.length || !signature?.length)
    throw new NotVerified('malformed', `no ${known.name} digest or no signature`)
  return { kind: 'message', algorithm: known.name, digest: bytes, signature }
}
