import { createHash, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { initializeTSA } from '@sigstore/mock'
import type { JsonObject } from '../../model/fact.ts'
import { type Loose, tampered } from './material.ts'

/** A timestamp authority (RFC 3161) of tests. */
export interface TestAuthority {
  /** As it stands in a trusted root. */
  readonly entry: JsonObject
  /** The bundle, with a time for its signature. */
  stamp(bundle: JsonObject): Promise<JsonObject>
}

/**
 * `fixed` is what it takes for now; else each stamp has its own time. Whole seconds: fractions that the mock writes without
 * their leading zeros are no time to the library.
 */
export async function testAuthority(fixed?: Date): Promise<TestAuthority> {
  const clock = new Date()
  const tsa = await initializeTSA(generateKeyPairSync('ec', { namedCurve: 'P-256' }), clock)
  const certificates = [tsa.intCertificate, tsa.rootCertificate].map((der) => ({ rawBytes: base64(der) }))
  return {
    entry: {
      subject: { organization: 'sigstore.mock', commonName: 'tsa' },
      uri: 'https://tsa.example.org',
      certChain: { certificates },
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    stamp: async (bundle) => {
      clock.setTime(Math.floor((fixed?.getTime() ?? Date.now()) / 1000) * 1000)
      const response = await tsa.timestamp({
        artifactHash: hash('sha256', signatureOf(bundle), 'buffer'),
        hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
        nonce: 1,
        policyOID: '1.3.6.1.4.1.57264.2',
        certReq: true,
      })
      return changed(bundle, (b) => {
        const signedTimestamp = base64(response)
        b.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] }
      })
    },
  }
}

/** A transparency log of version 2 (tiles, Ed25519, no time of its own). */
export interface TestLogV2 {
  readonly entry: JsonObject
  /** The bundle, with an entry of this log in the place of its others. */
  log(bundle: JsonObject): JsonObject
}

const ORIGIN = 'log2.example.org'

export function testLogV2(): TestLogV2 {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const point = spki.subarray(-32)
  // The key id of a signed note: name, newline, type of the key (1: Ed25519), key.
  const id = hash('sha256', Buffer.concat([Buffer.from(`${ORIGIN}\n`), Buffer.of(1), point]), 'buffer')
  const keyId = id.toString('base64')
  return {
    entry: {
      baseUrl: `https://${ORIGIN}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: spki.toString('base64'),
        keyDetails: 'PKIX_ED25519',
        validFor: { start: '2020-01-01T00:00:00Z' },
      },
      logId: { keyId },
    },
    log: (bundle) => {
      const body = Buffer.from(JSON.stringify(bodyOf(bundle)))
      // Two leaves, of which ours is the second: the proof is the first one.
      const [other, own] = [leafHash(Buffer.from('inert')), leafHash(body)]
      const root = createHash('sha256').update(Buffer.of(1)).update(other).update(own).digest()
      return changed(bundle, (b) => {
        b.verificationMaterial.tlogEntries = [
          {
            logIndex: '1',
            logId: { keyId },
            kindVersion: { kind: bundle.dsseEnvelope ? 'dsse' : 'hashedrekord', version: '0.0.2' },
            integratedTime: '0',
            inclusionProof: {
              logIndex: '1',
              treeSize: '2',
              rootHash: root.toString('base64'),
              hashes: [other.toString('base64')],
              checkpoint: { envelope: checkpoint(root, id, privateKey) },
            },
            canonicalizedBody: body.toString('base64'),
          },
        ]
      })
    },
  }
}

function checkpoint(root: Buffer, id: Buffer, key: KeyObject): string {
  const note = `${ORIGIN}\n2\n${root.toString('base64')}\n`
  const line = Buffer.concat([id.subarray(0, 4), sign(null, Buffer.from(note), key)]).toString('base64')
  return `${note}\n\u2014 ${ORIGIN} ${line}\n`
}

/** What Rekor v2 writes for a statement or a file, in canonical JSON (keys in order). */
function bodyOf(bundle: JsonObject): JsonObject {
  const { dsseEnvelope, messageSignature, verificationMaterial } = bundle as Loose
  // Bundles of a file are of version 0.2, with a chain of one.
  const { certificate, x509CertificateChain } = verificationMaterial
  const { rawBytes } = certificate ?? x509CertificateChain.certificates[0]
  const verifier = { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes } }
  if (!dsseEnvelope) {
    const { messageDigest, signature } = messageSignature
    const data = { algorithm: messageDigest.algorithm, digest: messageDigest.digest }
    const spec = { hashedRekordV002: { data, signature: { content: signature, verifier } } }
    return { apiVersion: '0.0.2', kind: 'hashedrekord', spec }
  }
  const digest = hash('sha256', Buffer.from(dsseEnvelope.payload, 'base64'), 'base64')
  const payloadHash = { algorithm: 'SHA2_256', digest }
  const signatures = [{ content: dsseEnvelope.signatures[0].sig, verifier }]
  return { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002: { payloadHash, signatures } } }
}

function leafHash(body: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest()
}

function signatureOf(bundle: JsonObject): Buffer {
  const { dsseEnvelope, messageSignature } = bundle as Loose
  return Buffer.from(dsseEnvelope ? dsseEnvelope.signatures[0].sig : messageSignature.signature, 'base64')
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

/** A changed copy. */
export function changed(json: JsonObject, change: (json: Loose) => void): JsonObject {
  return JSON.parse(String(tampered(json, change)))
}
