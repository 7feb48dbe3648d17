import { expect, test } from 'vitest'
import type { Signer } from '../model/signature.ts'
import { readBundle } from './bundle.ts'
import { omsStatement } from './make.ts'
import { readOms } from './oms.ts'
import { readRoot } from './root.ts'
import { readStatement } from './statement.ts'
import { IDENTITY, ISSUER, testInstance } from './testing/instance.ts'
import { bundleBytes, testKey } from './testing/material.ts'
import { NotVerified, reasonOf } from './trouble.ts'
import { envelopeOf, verifySigner } from './verify.ts'

/** Reproducible: a failure is found again. */
function* random(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    yield x / 2 ** 32
  }
}

const ROUNDS = 400

test('whatever is done to a bundle, it is refused with a reason, and nothing is thrown that is none', async () => {
  await using instance = await testInstance()
  const { key, publicPem } = testKey('P-384')
  const statement = omsStatement(
    'm',
    [{ path: 'a', size: 1, digests: ['a'.repeat(64)] }],
    { algorithm: 'sha256' },
    [],
  )
  const trust = { root: readRoot(Buffer.from(JSON.stringify(instance.root)), 'r'), now: new Date() }
  const { createPublicKey } = await import('node:crypto')
  const signers: (Signer & { publicKey?: ReturnType<typeof createPublicKey> })[] = [
    { method: 'sigstore', identity: IDENTITY, issuer: ISSUER },
    { method: 'key', publicKey: createPublicKey(publicPem) },
  ]
  const verify = (bytes: Buffer) => {
    const bundle = readBundle(bytes)
    const outcome = verifySigner(bundle, signers, trust)
    const manifest = readOms(readStatement(envelopeOf(bundle)))
    return { outcome, rootDigest: manifest.rootDigest }
  }
  const originals = [
    Buffer.from(JSON.stringify(await instance.statement(JSON.stringify(statement)))),
    bundleBytes(statement, key),
  ]
  const next = random(20_261_122)
  const number = (below: number) => Math.floor((next.next().value ?? 0) * below)
  const reasons = new Set<string>()
  for (const original of originals) {
    const wanted = verify(original)
    expect(wanted.outcome.state).toBe('verified')
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutated(original, number)
      try {
        // A mutation may hit white space or what is not signed (a key id): then it must still say the same.
        expect(verify(bytes).rootDigest).toBe(wanted.rootDigest)
      } catch (error) {
        const reason = reasonOf(error)
        expect(reason).toBeInstanceOf(NotVerified)
        reasons.add(reason.trouble)
      }
    }
  }
  expect(reasons.size).toBeGreaterThan(4)
})

function mutated(original: Buffer, number: (below: number) => number): Buffer {
  const kind = number(5)
  if (kind === 0) return original.subarray(0, number(original.length))
  if (kind === 1) {
    const bytes = Buffer.from(original)
    for (let i = 0; i <= number(4); i++) bytes.writeUInt8(number(256), number(bytes.length))
    return bytes
  }
  if (kind === 2) {
    const [from, to] = [number(original.length), number(original.length)]
    return Buffer.concat([original.subarray(0, from), original.subarray(to)])
  }
  const text = original.toString()
  const values = [...text.matchAll(/"[^"]*"|\{[^{}]*\}|\[[^[\]]*\]/g)]
  const [found = ''] = values[number(values.length)] ?? []
  const instead =
    ['null', '1', '""', '{}', '[]', 'true', '"AAAA"', '[[]]', '-1e999', '"\\ud800"'][number(10)] ?? 'null'
  return Buffer.from(kind === 3 ? text.replace(found, () => instead) : text.replaceAll(found, () => instead))
}

test.each<[string, string]>([
  ['deep', `{"mediaType":${'['.repeat(100_000)}`],
  [
    'deep in a payload',
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: {} },
      dsseEnvelope: {
        payloadType: 'application/vnd.in-toto+json',
        payload: Buffer.from('['.repeat(100_000)).toString('base64'),
        signatures: [{ sig: 'AAAA' }],
      },
    }),
  ],
  ['empty', ''],
  ['a list', '[]'],
  ['a number', '1'],
  ['no UTF-8', '\ufffd'],
  ['a prototype', '{"__proto__":{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}}'],
  ['a key twice', '{"mediaType":"a","mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'],
])('%s JSON is an answer', (_, text) => {
  let reason = 'verified'
  try {
    readStatement(envelopeOf(readBundle(Buffer.from(text))))
  } catch (error) {
    reason = reasonOf(error).trouble
  }
  expect(['malformed', 'unsupported']).toContain(reason)
})
