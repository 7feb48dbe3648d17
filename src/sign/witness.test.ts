import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../model/fact.ts'
import { readBundle } from './bundle.ts'
import { readRoot } from './root.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from './testing/instance.ts'
import type { Loose } from './testing/material.ts'
import { changed, type TestAuthority, type TestLogV2, testAuthority, testLogV2 } from './testing/witness.ts'
import { reasonOf } from './trouble.ts'
import { type Outcome, verifySigner } from './verify.ts'

const STATEMENT = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {},
})

let instance: TestInstance
let authority: TestAuthority
let log: TestLogV2
const bundles = new Map<string, JsonObject>()
let root: JsonObject

beforeAll(async () => {
  instance = await testInstance()
  authority = await testAuthority()
  log = testLogV2()
  bundles.set('a statement', await instance.statement(STATEMENT))
  bundles.set('a file', await instance.message(Buffer.from('weights')))
  root = changed(instance.root, (r) => {
    r.timestampAuthorities = [authority.entry]
    r.tlogs.push(log.entry)
  })
})
afterAll(() => instance[Symbol.asyncDispose]())

const bytesOf = (json: JsonObject) => Buffer.from(JSON.stringify(json))
const made = (kind: string): JsonObject => bundles.get(kind) ?? {}

function verify(bundle: JsonObject, trusted = root): Outcome {
  const trust = { root: readRoot(bytesOf(trusted), 'root.json'), now: new Date() }
  const signer = { method: 'sigstore' as const, identity: IDENTITY, issuer: ISSUER }
  return verifySigner(readBundle(bytesOf(bundle)), [signer], trust)
}

function trouble(...args: Parameters<typeof verify>): string {
  try {
    verify(...args)
    return 'verified'
  } catch (error) {
    return reasonOf(error).trouble
  }
}

/** As Rekor v1 gave it, with nothing that says when but the timestamp. */
function withoutPromise(bundle: JsonObject): JsonObject {
  return changed(bundle, (b) => delete b.verificationMaterial.tlogEntries[0].inclusionPromise)
}

describe.each(['a statement', 'a file'])('%s', (kind) => {
  test('in a log of version 2 holds with the time of an authority', async () => {
    expect(verify(await authority.stamp(log.log(made(kind))))).toMatchObject({
      state: 'verified',
      record: { identity: IDENTITY, logIndex: '1', timeSource: 'timestamp-authority' },
    })
  })

  test('in a log of version 2 alone does not: it says nothing about the time', () => {
    expect(trouble(log.log(made(kind)))).toBe('timestamp')
  })

  test('in a log of version 1 holds with a time in the place of its promise', async () => {
    expect(verify(await authority.stamp(withoutPromise(made(kind))))).toMatchObject({
      record: { timeSource: 'timestamp-authority' },
    })
  })

  test.each<[string, (b: Loose) => void, string]>([
    [
      'a checkpoint of another tree',
      (e) =>
        (e.inclusionProof.checkpoint.envelope = e.inclusionProof.checkpoint.envelope.replace(
          '\n2\n',
          '\n3\n',
        )),
      'log',
    ],
    ['another place in the tree', (e) => (e.inclusionProof.logIndex = '0'), 'log'],
    ['no proof', (e) => delete e.inclusionProof, 'malformed'],
    ['a shorter proof', (e) => (e.inclusionProof.hashes = []), 'log'],
    ['an entry of another kind', (e) => (e.kindVersion.version = '0.0.1'), 'log'],
    [
      'an entry about something else',
      (e) => (e.canonicalizedBody = e.canonicalizedBody.replace(/^.{40}/, 'A'.repeat(40))),
      'log',
    ],
  ])('in a log of version 2 with %s does not hold', async (_, change, reason) => {
    const bundle = await authority.stamp(log.log(made(kind)))
    expect(trouble(changed(bundle, (b) => change(b.verificationMaterial.tlogEntries[0])))).toBe(reason)
  })

  test('with the entry of another signature does not hold', async () => {
    const other =
      kind === 'a file' ? await instance.message(Buffer.from('x')) : await instance.statement('{}')
    const entries = (log.log(other) as Loose).verificationMaterial.tlogEntries
    const bundle = changed(made(kind), (b) => (b.verificationMaterial.tlogEntries = entries))
    expect(trouble(await authority.stamp(bundle))).toBe('log')
  })

  test('by a log that is not trusted, or under another key of it, does not hold', async () => {
    const bundle = await authority.stamp(log.log(made(kind)))
    expect(
      trouble(
        bundle,
        changed(root, (r) => r.tlogs.pop()),
      ),
    ).toBe('log')
    const key = (testLogV2().entry as Loose).publicKey
    expect(
      trouble(
        bundle,
        changed(root, (r) => (r.tlogs[1].publicKey = key)),
      ),
    ).toBe('log')
  })
})

describe('a timestamp', () => {
  const stamped = () => authority.stamp(log.log(made('a file')))

  test('of another signature does not hold', async () => {
    const other = (await authority.stamp(await instance.message(Buffer.from('other')))) as Loose
    const data = other.verificationMaterial.timestampVerificationData
    const bundle = changed(log.log(made('a file')), (b) => {
      b.verificationMaterial.timestampVerificationData = data
    })
    expect(trouble(bundle)).toBe('timestamp')
  })

  test('of an authority that is not trusted, or was not at that time, does not hold', async () => {
    const none = changed(root, (r) => (r.timestampAuthorities = []))
    const { entry } = await testAuthority()
    const strange = changed(root, (r) => (r.timestampAuthorities = [entry]))
    const ended = changed(root, (r) => (r.timestampAuthorities[0].validFor.end = '2021-01-01T00:00:00Z'))
    for (const trusted of [none, strange, ended]) expect(trouble(await stamped(), trusted)).toBe('timestamp')
  })

  test('from after the end of the certificate does not hold', async () => {
    const late = await testAuthority(new Date(Date.now() + 86_400_000))
    const trusted = changed(root, (r) => (r.timestampAuthorities = [late.entry]))
    expect(trouble(await late.stamp(log.log(made('a file'))), trusted)).toBe('expired')
  })

  test.each<[string, (t: Loose) => void]>([
    ['that is none', (t) => (t.signedTimestamp = 'AAAA')],
    ['with a byte changed', (t) => (t.signedTimestamp = flipped(t.signedTimestamp))],
  ])('%s does not hold', async (_, change) => {
    const bundle = changed(await stamped(), (b) => {
      change(b.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0])
    })
    expect(trouble(bundle)).not.toBe('verified')
  })

  test('given twice is one, and refused', async () => {
    const bundle = changed(await stamped(), (b) => {
      const times = b.verificationMaterial.timestampVerificationData.rfc3161Timestamps
      times.push(times[0])
    })
    expect(trouble(bundle)).toBe('timestamp')
  })
})

function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  return bytes.toString('base64')
}
