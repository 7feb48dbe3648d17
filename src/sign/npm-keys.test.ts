import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import type { JsonObject } from '../model/fact.ts'
import { readBundle } from './bundle.ts'
import { verifyNpmPublish } from './npm-keys.ts'
import { readRoot } from './root.ts'
import { testInstance } from './testing/instance.ts'
import { testKey } from './testing/material.ts'
import { reasonOf } from './trouble.ts'

const STATEMENT = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v0.1',
  subject: [{ name: 'pkg:npm/a@1.0.0', digest: { sha512: 'a'.repeat(128) } }],
  predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
  predicate: { name: 'a', version: '1.0.0', registry: 'https://registry.example.invalid' },
})

test('a publish attestation holds by a key that npm used for attestations at that time, and by no other', async () => {
  await using instance = await testInstance()
  const { key } = testKey('P-256')
  const bundle = readBundle(Buffer.from(JSON.stringify(await instance.byKey(STATEMENT, key, 'SHA256:inert'))))
  const trust = { root: readRoot(Buffer.from(JSON.stringify(instance.root)), 'r'), now: new Date() }
  const rawBytes = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')
  const keysWith = (change: JsonObject, validFor: JsonObject = { start: '2020-01-01T00:00:00Z' }) => ({
    keys: [
      { keyId: 'SHA256:inert', keyUsage: 'npm:attestations', publicKey: { rawBytes, validFor }, ...change },
    ],
  })
  const said = async (keys: Parameters<typeof verifyNpmPublish>[2]) =>
    verifyNpmPublish(bundle, trust, keys).then(
      ({ method }) => method,
      (error: unknown) => reasonOf(error).trouble,
    )
  expect(await said(keysWith({}))).toBe('key')
  expect(await said(keysWith({ keyUsage: 'npm:signatures' }))).toBe('wrong-key')
  expect(await said(keysWith({ keyId: 'SHA256:other' }))).toBe('wrong-key')
  expect(await said(keysWith({}, { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' }))).toBe(
    'expired',
  )
  expect(await said(keysWith({}, {}))).toBe('expired')
  expect(await said(undefined)).toBe('wrong-key')
})
