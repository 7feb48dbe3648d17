import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Report } from '../model/report.ts'
import type { Measure, Signer } from '../model/signature.ts'
import { readSigningKey, signStatement } from '../sign/make.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from '../sign/testing/instance.ts'
import { testKey } from '../sign/testing/material.ts'
import type { ScanOptions } from './options.ts'
import { scan } from './scan.ts'
import { signModel } from './sign-model.ts'
import type { SignatureOptions } from './signature-run.ts'
import { verificationSummary } from './summary.ts'

const { signal } = new AbortController()
const KEY = testKey('P-384')
let instance: TestInstance
let top: string

beforeAll(async () => {
  instance = await testInstance()
})
afterAll(() => instance[Symbol.asyncDispose]())
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'weighmaster-signed-'))
  mkdirSync(path.join(top, 'model'))
  write('key.pem', KEY.publicPem)
  write('root.json', JSON.stringify(instance.root))
  write('model/weights.json', '{"a":1}')
  write('model/config.json', '{}')
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

function write(file: string, content: string | Uint8Array): void {
  writeFileSync(path.join(top, file), content)
}

async function signFolder(measure: Measure = { algorithm: 'sha256' }, key = KEY): Promise<void> {
  const folder = path.join(top, 'model')
  const signature = path.join(folder, 'model.sig')
  const signing = { key: readSigningKey(key.pem, 'key') }
  const bundle = await signModel(folder, { with: signing, measure, ignore: [], signature, signal })
  write('model/model.sig', JSON.stringify(bundle))
}

const BY_KEY: Signer = { method: 'key', key: 'key.pem' }
const BY_NAME: Signer = { method: 'sigstore', identity: IDENTITY, issuer: ISSUER }

/** A scan of the folder, with signers wanted by a rule. */
function run(signer?: Signer, more: SignatureOptions = {}, options: ScanOptions = {}): Promise<Report> {
  const file = path.join(top, 'policy.yaml')
  const rules = signer ? [{ match: `${path.join(top, 'model')}`, ...yamlOf(signer) }] : []
  writeFileSync(file, JSON.stringify({ 'fail-on': 'high', signers: rules }))
  const signatures = { trustedRoot: path.join(top, 'root.json'), ...more }
  return scan([path.join(top, 'model')], { jobs: 0, policy: file, ...options, signatures })
}

function yamlOf({ method, identity, issuer, key, fingerprint }: Signer): object {
  return JSON.parse(JSON.stringify({ method, identity, issuer, key, fingerprint }))
}

const rulesOf = (report: Report) =>
  report.findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('signature/'))
const reasonsOf = (report: Report) =>
  report.facts.filter(({ kind }) => kind === 'signature.invalid').map(({ data }) => data.reason)

describe('a folder that must be signed', () => {
  test('passes with the signature, whatever it hashes', async () => {
    for (const measure of [
      { algorithm: 'sha256' },
      { algorithm: 'blake3' },
      { algorithm: 'blake2b', shardSize: 4 },
    ] as const) {
      await signFolder(measure)
      const report = await run(BY_KEY)
      expect([report.verdict.outcome, ...rulesOf(report)]).toEqual(['pass', 'signature/verified'])
    }
  })

  test('fails unsigned, and says so loudly where that is allowed', async () => {
    const report = await run(BY_KEY)
    expect([report.verdict.outcome, ...rulesOf(report)]).toEqual(['fail', 'signature/unsigned'])
    const allowed = await run(BY_KEY, { allowUnsigned: true })
    expect([allowed.verdict.outcome, ...rulesOf(allowed)]).toEqual(['pass', 'signature/unsigned-allowed'])
  })

  test('fails with an invalid signature even where unsigned is allowed', async () => {
    await signFolder()
    write('model/config.json', '{"x":1}')
    const report = await run(BY_KEY, { allowUnsigned: true })
    expect(report.verdict.outcome).toBe('fail')
    expect(rulesOf(report).toSorted()).toEqual(['signature/file-changed', 'signature/invalid'])
  })

  test('fails by another key, by another method, and with a signature that cannot be read', async () => {
    await signFolder({ algorithm: 'sha256' }, testKey('P-384'))
    expect(reasonsOf(await run(BY_KEY))).toEqual(['wrong-key'])
    expect(rulesOf(await run(BY_KEY))).toEqual(['signature/wrong-signer'])
    expect(reasonsOf(await run(BY_NAME))).toEqual(['wrong-method'])
    write('model/model.sig', '{"mediaType":')
    expect(reasonsOf(await run(BY_KEY))).toEqual(['malformed'])
    expect((await run(BY_KEY)).verdict.outcome).toBe('fail')
  })

  test('is not satisfied by a signature over a part of it', async () => {
    mkdirSync(path.join(top, 'model', 'part'))
    write('model/part/x.json', '{}')
    const folder = path.join(top, 'model', 'part')
    const signature = path.join(folder, 'model.sig')
    const signing = { key: readSigningKey(KEY.pem, 'key') }
    const bundle = await signModel(folder, {
      with: signing,
      measure: { algorithm: 'sha256' },
      ignore: [],
      signature,
      signal,
    })
    writeFileSync(signature, JSON.stringify(bundle))
    const report = await run(BY_KEY)
    expect(report.verdict.outcome).toBe('fail')
    expect(rulesOf(report)).toContain('signature/unsigned')
  })

  test('fails with a key that is no key before anything is scanned', async () => {
    write('key.pem', 'no key')
    await expect(run(BY_KEY)).rejects.toThrow(/key\.pem is no public key/)
  })

  test('has every difference as a finding of its own, at the file', async () => {
    await signFolder()
    write('model/extra.py', '')
    write('model/.gitignore', '*.tmp')
    rmSync(path.join(top, 'model', 'config.json'))
    const report = await run(BY_KEY)
    const at = report.findings.map(({ rule, path: place }) => `${rule} ${path.basename(place)}`)
    expect(at).toContain('signature/file-extra extra.py')
    expect(at).toContain('signature/file-missing config.json')
    expect(at).toContain('signature/file-ignored .gitignore')
  })

  test('fails where a link stands for a signed file', async () => {
    await signFolder()
    rmSync(path.join(top, 'model', 'config.json'))
    write('model/.git', '{}')
    symlinkSync('.git', path.join(top, 'model', 'config.json'))
    expect(rulesOf(await run(BY_KEY))).toContain('signature/file-link')
  })
})

describe('what lies there and is signed, without a policy', () => {
  test('by a key is told to be unchecked', async () => {
    await signFolder()
    const report = await run()
    expect([report.verdict.outcome, ...rulesOf(report)]).toEqual(['pass', 'signature/unchecked'])
  })

  test('by an identity is told who it was', async () => {
    await signFolder()
    const bundle = JSON.parse(readFileSync(path.join(top, 'model', 'model.sig'), 'utf8'))
    const keyless = await instance.statement(Buffer.from(bundle.dsseEnvelope.payload, 'base64'))
    write('model/model.sig', JSON.stringify(keyless))
    const report = await run()
    expect([report.verdict.outcome, ...rulesOf(report)]).toEqual(['pass', 'signature/signed-by-anybody'])
    expect((await run(BY_NAME)).verdict.outcome).toBe('pass')
    expect(reasonsOf(await run({ ...BY_NAME, issuer: 'https://other.example' }))).toEqual(['wrong-issuer'])
  })

  test('with another Sigstore instance is not trusted, and does not fail', async () => {
    write('model/weights.json.sigstore.json', JSON.stringify(await instance.message(Buffer.from('{"a":1}'))))
    await using other = await testInstance()
    write('root.json', JSON.stringify(other.root))
    const report = await run()
    expect([report.verdict.outcome, ...rulesOf(report)]).toEqual(['pass', 'signature/untrusted'])
  })
})

describe('a bundle beside a file', () => {
  test('holds over its bytes, and not over others', async () => {
    write('model/weights.json.sigstore.json', JSON.stringify(await instance.message(Buffer.from('{"a":1}'))))
    expect(rulesOf(await run())).toEqual(['signature/signed-by-anybody'])
    write('model/weights.json', '{"a":2}')
    const report = await run()
    expect(report.verdict.outcome).toBe('fail')
    expect(reasonsOf(report)).toEqual(['subject'])
  })

  test('is found for a target of one file, which a rule may want signed', async () => {
    write('model/weights.json.sigstore.json', JSON.stringify(await instance.message(Buffer.from('{"a":1}'))))
    const file = path.join(top, 'model', 'weights.json')
    write('policy.yaml', JSON.stringify({ signers: [{ match: '**/*.json', ...yamlOf(BY_NAME) }] }))
    const options = {
      jobs: 0,
      policy: path.join(top, 'policy.yaml'),
      signatures: { trustedRoot: path.join(top, 'root.json') },
    }
    expect(rulesOf(await scan([file], options))).toEqual(['signature/verified'])
    expect(rulesOf(await scan([path.join(top, 'model', 'config.json')], options))).toEqual([
      'signature/unsigned',
    ])
  })

  test('with a statement is about the file with that digest and no other', async () => {
    const sha256 = (text: string) => hash('sha256', text, 'hex')
    const statement = (hex: string) => ({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'weights.json', digest: { sha256: hex } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { runDetails: { builder: { id: 'https://example.org/builder' } } },
    })
    write(
      'model/provenance.sigstore.json',
      JSON.stringify(await instance.statement(JSON.stringify(statement(sha256('{"a":1}'))))),
    )
    const found = (await run()).facts.find(({ kind }) => kind === 'signature.verified')
    expect(found?.data).toMatchObject({
      predicate: 'https://slsa.dev/provenance/v1',
      builder: 'https://example.org/builder',
    })
    write('model/weights.json', '{"a":2}')
    expect(rulesOf(await run())).toEqual(['signature/unmatched'])
    write('model/weights.json.sigstore.json', readFileSync(path.join(top, 'model/provenance.sigstore.json')))
    expect(reasonsOf(await run())).toEqual(['subject'])
  })
})

describe('a PyPI attestation beside a distribution', () => {
  test('is about that file', async () => {
    const bytes = readFileSync(path.join(top, 'model', 'weights.json'))
    const payload = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'weights.json', digest: { sha256: hash('sha256', bytes, 'hex') } }],
      predicateType: 'https://docs.pypi.org/attestations/publish/v1',
      predicate: null,
    }
    const bundle = JSON.parse(JSON.stringify(await instance.statement(JSON.stringify(payload))))
    const attestation = {
      version: 1,
      verification_material: {
        certificate: bundle.verificationMaterial.certificate.rawBytes,
        transparency_entries: bundle.verificationMaterial.tlogEntries,
      },
      envelope: { statement: bundle.dsseEnvelope.payload, signature: bundle.dsseEnvelope.signatures[0].sig },
    }
    write('model/weights.json.publish.attestation', JSON.stringify(attestation))
    expect(rulesOf(await run())).toEqual(['signature/signed-by-anybody'])
    write('model/weights.json', '{"a":3}')
    expect(reasonsOf(await run())).toEqual(['subject'])
  })
})

describe('what a file says of its author', () => {
  test('is a claim, and no finding', async () => {
    const header = Buffer.from(JSON.stringify({ __metadata__: { 'modelspec.author': 'Somebody' } }))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    write('model/w.safetensors', Buffer.concat([length, header]))
    const report = await run()
    const claim = report.facts.find(({ kind }) => kind === 'signature.claim')
    expect(claim?.data).toEqual({ by: 'metadata', what: 'modelspec.author', value: 'Somebody' })
    expect(rulesOf(report)).toEqual([])
  })
})

describe('a verification summary', () => {
  test('of a pass is taken as one, and of a failure fails', async () => {
    const folder = path.join(top, 'model')
    const report = await scan([folder], { jobs: 0 })
    const summary = verificationSummary(report, { verifier: 'https://example.org/weigh' })
    const signing = { key: KEY.key, chain: [] }
    write('model/verdict.sigstore.json', JSON.stringify(signStatement(summary, signing)))
    const taken = await run(BY_KEY)
    expect(rulesOf(taken)).toEqual(['signature/verified'])
    expect(taken.facts.find(({ kind }) => kind === 'signature.verified')?.data.result).toBe('PASSED')
    const failed = { ...report, verdict: { ...report.verdict, outcome: 'incomplete' as const } }
    const bad = verificationSummary(failed, { verifier: 'https://example.org/weigh' })
    write('model/verdict.sigstore.json', JSON.stringify(signStatement(bad, signing)))
    expect(rulesOf(await run(BY_KEY))).toContain('signature/verification-failed')
    write('model/config.json', '{"changed":1}')
    expect(rulesOf(await run(BY_KEY))).toContain('signature/unmatched')
  })
})
