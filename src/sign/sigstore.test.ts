import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../model/fact.ts'
import type { Signer } from '../model/signature.ts'
import { readBundle } from './bundle.ts'
import { readRoot } from './root.ts'
import { readPublicKey } from './signature.ts'
import { verifySigstore } from './sigstore.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from './testing/instance.ts'
import { type Loose, tampered, testKey } from './testing/material.ts'
import { reasonOf } from './trouble.ts'
import { verifySigner } from './verify.ts'

const STATEMENT = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {},
})
const SIGNER: Signer = { method: 'sigstore', identity: IDENTITY, issuer: ISSUER }

let instance: TestInstance
let other: TestInstance
let statement: JsonObject
let message: JsonObject

beforeAll(async () => {
  instance = await testInstance()
  other = await testInstance()
  statement = await instance.statement(STATEMENT)
  message = await instance.message(Buffer.from('weights'))
})

afterAll(async () => {
  await instance[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const bytesOf = (json: JsonObject) => Buffer.from(JSON.stringify(json))

function verify(
  bundle: Buffer | JsonObject,
  signer: Signer | undefined = SIGNER,
  root: Buffer | JsonObject = instance.root,
  now = new Date(),
) {
  const bytes = Buffer.isBuffer(bundle) ? bundle : bytesOf(bundle)
  const trust = { root: readRoot(Buffer.isBuffer(root) ? root : bytesOf(root), 'root.json'), now }
  return verifySigner(readBundle(bytes), signer && [signer], trust)
}

function trouble(...args: Parameters<typeof verify>): string {
  try {
    verify(...args)
    return 'verified'
  } catch (error) {
    return reasonOf(error).trouble
  }
}

describe('a keyless signature', () => {
  test('over a statement and over a file holds, and says who, when and where it was logged', () => {
    for (const bundle of [statement, message]) {
      const outcome = verify(bundle)
      expect(outcome).toMatchObject({
        state: 'verified',
        record: { method: 'sigstore', identity: IDENTITY, issuer: ISSUER, timeSource: 'transparency-log' },
      })
    }
  })

  test('of anybody holds where nobody is asked for, and says so', () => {
    expect(verify(statement, undefined)).toMatchObject({ state: 'verified', record: { identity: IDENTITY } })
  })

  test.each<[string, Signer, string]>([
    ['another identity', { ...SIGNER, identity: 'https://example.org/other' }, 'wrong-identity'],
    ['a part of the identity', { ...SIGNER, identity: 'example.org' }, 'wrong-identity'],
    ['a dot for any character', { ...SIGNER, identity: IDENTITY.replace('.', 'x') }, 'wrong-identity'],
    [
      'a pattern for a part',
      { method: 'sigstore', identityPattern: 'example', issuer: ISSUER },
      'wrong-identity',
    ],
    [
      'an alternative that is not anchored',
      { method: 'sigstore', identityPattern: 'x|https://example', issuer: ISSUER },
      'wrong-identity',
    ],
    ['an empty identity', { ...SIGNER, identity: '' }, 'wrong-identity'],
    ['no identity', { method: 'sigstore', issuer: ISSUER }, 'wrong-identity'],
    ['no issuer', { method: 'sigstore', identity: IDENTITY }, 'wrong-identity'],
    ['another issuer', { ...SIGNER, issuer: 'https://evil.example.invalid' }, 'wrong-issuer'],
    ['an issuer that begins alike', { ...SIGNER, issuer: ISSUER.slice(0, -1) }, 'wrong-issuer'],
    [
      'a repository that is not named',
      { ...SIGNER, sourceRepository: 'https://example.org/a' },
      'wrong-source',
    ],
    ['a ref that is not named', { ...SIGNER, workflowRef: 'refs/heads/main' }, 'wrong-source'],
    ['a key', { method: 'key', fingerprint: `sha256:${'a'.repeat(64)}` }, 'wrong-method'],
  ])('is refused for %s', (_, signer, reason) => {
    expect(trouble(statement, signer)).toBe(reason)
  })

  test('is accepted for a pattern of the whole identity', () => {
    expect(
      trouble(statement, { method: 'sigstore', identityPattern: 'https://example\\.org/.*', issuer: ISSUER }),
    ).toBe('verified')
  })

  test('is refused by a key that is trusted: the certificate in it counts for nothing then', () => {
    const key = readPublicKey(testKey('P-256').publicPem, 'key')
    const trust = { root: readRoot(bytesOf(instance.root), 'r'), now: new Date(), key }
    expect(() => verifySigstore(readBundle(bytesOf(statement)), trust)).toThrow(/not one of a key/)
  })
})

const CHANGES: [string, (json: Loose) => void, string][] = [
  [
    'a byte of the payload',
    (b) => (b.dsseEnvelope.payload = Buffer.from(STATEMENT.replace('aaa', 'aab')).toString('base64')),
    'log',
  ],
  [
    'a byte of the signature',
    (b) => (b.dsseEnvelope.signatures[0].sig = flip(b.dsseEnvelope.signatures[0].sig)),
    'log',
  ],
  ['the payload type', (b) => (b.dsseEnvelope.payloadType = 'text/plain'), 'signature'],
  ['no log entry', (b) => (b.verificationMaterial.tlogEntries = []), 'timestamp'],
  [
    'no promise of inclusion: then nothing says when',
    (b) => delete b.verificationMaterial.tlogEntries[0].inclusionPromise,
    'timestamp',
  ],
  ['no proof of inclusion', (b) => delete b.verificationMaterial.tlogEntries[0].inclusionProof, 'malformed'],
  [
    'another time in the log entry',
    (b) => (b.verificationMaterial.tlogEntries[0].integratedTime = '1700000000'),
    'expired',
  ],
  [
    'a time in the future',
    (b) => (b.verificationMaterial.tlogEntries[0].integratedTime = '4000000000'),
    'timestamp',
  ],
  ['another log index', (b) => (b.verificationMaterial.tlogEntries[0].logIndex = '1'), 'log'],
  [
    'another log',
    (b) => (b.verificationMaterial.tlogEntries[0].logId.keyId = Buffer.alloc(32, 1).toString('base64')),
    'log',
  ],
  [
    'the same entry twice',
    (b) => b.verificationMaterial.tlogEntries.push(b.verificationMaterial.tlogEntries[0]),
    'timestamp',
  ],
  ['two signatures', (b) => b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0]), 'malformed'],
  ['no signature', (b) => (b.dsseEnvelope.signatures = []), 'malformed'],
  ['two kinds of keys', (b) => (b.verificationMaterial.publicKey = { hint: 'x' }), 'malformed'],
  ['a message beside the statement', (b) => (b.messageSignature = {}), 'malformed'],
  ['a certificate that is none', (b) => (b.verificationMaterial.certificate.rawBytes = 'AAAA'), 'malformed'],
  [
    'an unknown version',
    (b) => (b.mediaType = 'application/vnd.dev.sigstore.bundle.v9.9+json'),
    'unsupported',
  ],
  ['base64 that is not canonical', (b) => (b.dsseEnvelope.signatures[0].sig += '\n'), 'malformed'],
]

describe('a statement with', () => {
  test.each(CHANGES)('%s does not hold', (_, change, reason) => {
    expect(trouble(tampered(statement, change))).toBe(reason)
  })
})

describe('a file signature', () => {
  test.each<[string, (json: Loose) => void, string]>([
    [
      'another digest',
      (b) => (b.messageSignature.messageDigest.digest = Buffer.alloc(32).toString('base64')),
      'log',
    ],
    ['a digest that is too short', (b) => (b.messageSignature.messageDigest.digest = 'AAAA'), 'malformed'],
    ['an unknown algorithm', (b) => (b.messageSignature.messageDigest.algorithm = 'MD5'), 'unsupported'],
    ['another signature', (b) => (b.messageSignature.signature = flip(b.messageSignature.signature)), 'log'],
  ])('with %s does not hold', (_, change, reason) => {
    expect(trouble(tampered(message, change))).toBe(reason)
  })
})

describe('the trusted root', () => {
  test('of another instance does not vouch for it', () => {
    expect(trouble(statement, SIGNER, other.root)).toBe('chain')
  })

  test('with another log key does not vouch for it', () => {
    const root = tampered(instance.root, (r) => (r.tlogs = JSON.parse(JSON.stringify(other.root.tlogs))))
    expect(trouble(statement, SIGNER, root)).toBe('log')
  })

  test('whose authority had ended does not vouch for it', () => {
    const root = tampered(
      instance.root,
      (r) => (r.certificateAuthorities[0].validFor.end = '2021-01-01T00:00:00Z'),
    )
    expect(trouble(statement, SIGNER, root)).toBe('chain')
  })

  test.each<[string, (json: Loose) => void]>([
    ['a log without a beginning', (r) => delete r.tlogs[0].publicKey.validFor.start],
    ['a certificate log without bounds', (r) => delete r.ctlogs[0].publicKey.validFor],
    ['an authority without bounds', (r) => delete r.certificateAuthorities[0].validFor],
    ['a time that is none', (r) => (r.tlogs[0].publicKey.validFor.start = 'soon')],
    ['no authority', (r) => (r.certificateAuthorities = [])],
    ['another kind of document', (r) => (r.mediaType = 'application/json')],
    ['a key that is none', (r) => (r.tlogs[0].publicKey.rawBytes = 'AAAA')],
  ])('with %s is refused', (_, change) => {
    expect(() => readRoot(tampered(instance.root, change), 'root.json')).toThrow(
      /^root\.json: no trusted root/,
    )
  })
})

test('a certificate that had expired when it was logged does not hold', async () => {
  // The authority issues for ten minutes from its own clock; the log stamps the real time.
  await using late = await testInstance(new Date(Date.now() - 3_600_000))
  const bundle = await late.statement(STATEMENT)
  const root = tampered(late.root, () => undefined)
  const moved = tampered(
    bundle,
    (b) => (b.verificationMaterial.tlogEntries[0].integratedTime = String(Math.floor(Date.now() / 1000))),
  )
  expect(trouble(moved, SIGNER, root)).toBe('expired')
})

function flip(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const last = bytes.length - 1
  bytes.writeUInt8((bytes[last] ?? 0) ^ 1, last)
  return bytes.toString('base64')
}
