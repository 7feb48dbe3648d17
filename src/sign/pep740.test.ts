import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../model/fact.ts'
import { readBundle } from './bundle.ts'
import { bundlesFromPep740 } from './pep740.ts'
import { readRoot } from './root.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from './testing/instance.ts'
import { type Loose, tampered } from './testing/material.ts'
import { reasonOf } from './trouble.ts'
import { verifySigner } from './verify.ts'

const STATEMENT = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'demo-1.0.tar.gz', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://docs.pypi.org/attestations/publish/v1',
  predicate: null,
})

let instance: TestInstance
let attestation: JsonObject

/** A real bundle under PyPI's names. */
function pypi(bundle: Loose): JsonObject {
  return {
    version: 1,
    verification_material: {
      certificate: bundle.verificationMaterial.certificate.rawBytes,
      transparency_entries: bundle.verificationMaterial.tlogEntries,
    },
    envelope: { statement: bundle.dsseEnvelope.payload, signature: bundle.dsseEnvelope.signatures[0].sig },
  }
}

beforeAll(async () => {
  instance = await testInstance()
  attestation = pypi(await instance.statement(STATEMENT))
})
afterAll(() => instance[Symbol.asyncDispose]())

function said(bytes: Buffer): string[] {
  const trust = { root: readRoot(Buffer.from(JSON.stringify(instance.root)), 'r'), now: new Date() }
  try {
    return bundlesFromPep740(bytes).map(
      (bundle) =>
        verifySigner(readBundle(bundle), [{ method: 'sigstore', identity: IDENTITY, issuer: ISSUER }], trust)
          .state,
    )
  } catch (error) {
    return [reasonOf(error).trouble]
  }
}

describe('an attestation of PyPI', () => {
  test('verifies alone and in a provenance object', () => {
    expect(said(Buffer.from(JSON.stringify(attestation)))).toEqual(['verified'])
    const provenance = {
      version: 1,
      attestation_bundles: [{ publisher: { kind: 'GitHub' }, attestations: [attestation, attestation] }],
    }
    expect(said(Buffer.from(JSON.stringify(provenance)))).toEqual(['verified', 'verified'])
  })

  test.each<[string, (json: Loose) => void, string]>([
    ['another statement', (a) => (a.envelope.statement = Buffer.from('{}').toString('base64')), 'log'],
    ['another version', (a) => (a.version = 2), 'unsupported'],
    ['no certificate', (a) => delete a.verification_material.certificate, 'malformed'],
    ['no log', (a) => (a.verification_material.transparency_entries = []), 'timestamp'],
    ['no envelope', (a) => delete a.envelope, 'malformed'],
  ])('with %s does not hold', (_, change, reason) => {
    expect(said(tampered(attestation, change))).toEqual([reason])
  })
})
