import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../model/fact.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from '../../sign/testing/instance.ts'
import { testCertificate, testKey } from '../../sign/testing/material.ts'
import { safetensors, type TestProject, testProject } from '../testing/project.ts'

const WEIGHTS = Buffer.from(safetensors(1000))
const IDENTITY_FLAGS = [
  '--certificate-identity',
  IDENTITY,
  '--certificate-oidc-issuer',
  ISSUER,
  '--trusted-root',
  'root.json',
]
const KEY = testKey('P-384')

let instance: TestInstance
let project: TestProject
let message: JsonObject
let statement: JsonObject

beforeAll(async () => {
  instance = await testInstance()
  message = await instance.message(WEIGHTS)
  statement = await instance.statement(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'x', digest: { sha256: hash('sha256', WEIGHTS, 'hex') } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {},
    }),
  )
})
afterAll(() => instance[Symbol.asyncDispose]())

beforeEach(() => {
  project = testProject({ XDG_DATA_HOME: 'data' })
  project.write('root.json', JSON.stringify(instance.root))
  project.write('model/weights.safetensors', WEIGHTS)
  project.write('model/config.json', '{}')
  project.write('message.json', JSON.stringify(message))
  project.write('statement.json', JSON.stringify(statement))
  project.write('key.pem', KEY.pem)
  project.write('key.pub', KEY.publicPem)
  return () => project[Symbol.dispose]()
})

const FILE = 'model/weights.safetensors'

async function code(...args: string[]): Promise<number | null> {
  return (await project.run(...args)).code
}

describe('verify-bundle', () => {
  test.each(['message.json', 'statement.json'])('%s by file and by digest', async (bundle) => {
    expect(await code('verify-bundle', '--bundle', bundle, ...IDENTITY_FLAGS, FILE)).toBe(0)
    const digest = `sha256:${hash('sha256', WEIGHTS, 'hex')}`
    expect(await code('verify-bundle', '--bundle', bundle, ...IDENTITY_FLAGS, digest)).toBe(0)
    expect(
      await code('verify-bundle', '--bundle', bundle, ...IDENTITY_FLAGS, `sha256:${'0'.repeat(64)}`),
    ).toBe(1)
    expect(
      await project.run('verify-bundle', '--bundle', bundle, ...IDENTITY_FLAGS, 'model/config.json'),
    ).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^not verified: model\/config\.json: .*\[subject\]\n$/),
    })
  })

  test('holds the identity and the issuer against whole names', async () => {
    const flags = (identity: string, issuer: string) => [
      '--certificate-identity',
      identity,
      '--certificate-oidc-issuer',
      issuer,
    ]
    const run = (...who: string[]) =>
      project.run('verify-bundle', '--bundle', 'message.json', '--trusted-root', 'root.json', ...who, FILE)
    expect(await run(...flags('example.org', ISSUER))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[wrong-identity]'),
    })
    expect(await run(...flags('.', ISSUER))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[wrong-identity]'),
    })
    expect(await run(...flags(IDENTITY, 'https://x'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[wrong-issuer]'),
    })
  })

  test('of a key refuses a bundle of an identity, and the shipped root one of another instance', async () => {
    expect(
      await project.run('verify-bundle', '--bundle', 'message.json', '--key', 'key.pub', FILE),
    ).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[wrong-method]'),
    })
    const who = IDENTITY_FLAGS.slice(0, 4)
    expect(await project.run('verify-bundle', '--bundle', 'message.json', ...who, FILE)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('[chain]'),
    })
  })

  test.each<[string, string[]]>([
    ['nobody', ['--bundle', 'message.json', FILE]],
    ['an identity without an issuer', ['--bundle', 'message.json', '--certificate-identity', IDENTITY, FILE]],
    [
      'an empty identity',
      ['--bundle', 'message.json', '--certificate-identity', '', '--certificate-oidc-issuer', ISSUER, FILE],
    ],
    ['an identity and a key', ['--bundle', 'message.json', '--key', 'key.pub', ...IDENTITY_FLAGS, FILE]],
    ['no bundle', [...IDENTITY_FLAGS, FILE]],
    ['a bundle that is not there', ['--bundle', 'nowhere.json', ...IDENTITY_FLAGS, FILE]],
    ['a file that is not there', ['--bundle', 'message.json', ...IDENTITY_FLAGS, 'nowhere']],
    [
      'a root that is none',
      ['--bundle', 'message.json', ...IDENTITY_FLAGS.slice(0, 4), '--trusted-root', 'key.pub', FILE],
    ],
    ['an identity without the log', ['--bundle', 'message.json', '--without-log', ...IDENTITY_FLAGS, FILE]],
  ])('told %s is a usage error', async (_, args) => {
    expect(await project.run('verify-bundle', ...args)).toMatchObject({ code: 4, stdout: '' })
  })
})

describe('sign', () => {
  test('writes a signature that verify-model takes, and nothing else', async () => {
    expect(await code('sign', '--key', 'key.pem', 'model')).toBe(0)
    expect(await code('verify-model', '--key', 'key.pub', 'model')).toBe(0)
    project.write('model/extra.txt', 'x')
    const found = await project.run('verify-model', '--key', 'key.pub', 'model')
    expect(found).toMatchObject({
      code: 1,
      stdout: 'not verified: model: 1 extra [files]\n  extra      extra.txt\n',
    })
    expect(await code('verify-model', '--key', 'key.pub', '--ignore', 'extra.txt', 'model')).toBe(0)
  })

  test('by shards of another hash, with a signature elsewhere', async () => {
    const flags = ['--hash', 'blake3', '--shard-size', '1000', '--signature', 'sig.json']
    expect(await code('sign', '--key', 'key.pem', ...flags, 'model')).toBe(0)
    expect(await code('verify-model', '--key', 'key.pub', '--signature', 'sig.json', 'model')).toBe(0)
  })

  test('by an encrypted key, with its password from the environment', async () => {
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'inert' } as const
    project.write('locked.pem', String(KEY.key.export(cipher)))
    expect(await project.run('sign', '--key', 'locked.pem', 'model')).toMatchObject({ code: 4 })
    process.env.WEIGHMASTER_KEY_PASSWORD = 'inert'
    expect(await code('sign', '--key', 'locked.pem', 'model')).toBe(0)
    delete process.env.WEIGHMASTER_KEY_PASSWORD
  })

  test('by a certificate, whose authority is trusted', async () => {
    const authority = await testCertificate('ca', undefined, { isAuthority: true })
    const leaf = await testCertificate('release', authority)
    project.write('leaf.key', String(leaf.key.export({ type: 'pkcs8', format: 'pem' })))
    project.write('leaf.pem', leaf.pem)
    project.write('ca.pem', authority.pem)
    expect(await code('sign', '--key', 'leaf.key', '--certificate', 'leaf.pem', 'model')).toBe(0)
    expect(await code('verify-model', '--certificate-chain', 'ca.pem', 'model')).toBe(0)
    expect(await project.run('sign', '--key', 'key.pem', '--certificate', 'leaf.pem', 'model')).toMatchObject(
      {
        code: 4,
        stderr: expect.stringContaining('not the one that the certificate is for'),
      },
    )
  })

  test('keyless, by an identity token', async () => {
    project.write('token', instance.token())
    const urls = ['--fulcio-url', instance.fulcioURL, '--rekor-url', instance.rekorURL]
    expect(await code('sign', '--identity-token', 'token', ...urls, 'model')).toBe(0)
    expect(await code('verify-model', ...IDENTITY_FLAGS, 'model')).toBe(0)
    expect(await code('verify-model', ...IDENTITY_FLAGS.slice(0, 4), 'model')).toBe(1)
  })

  test('told nothing to sign with, or a path that is no plain one, is a usage error', async () => {
    expect(await code('sign', 'model')).toBe(4)
    expect(await code('sign', '--key', 'key.pub', 'model')).toBe(4)
    expect(await code('sign', '--key', 'key.pem', 'nowhere')).toBe(4)
    for (const ignore of ['..', '.', '/x', '*.py', 'a/../b']) {
      expect(await code('sign', '--key', 'key.pem', '--ignore', ignore, 'model')).toBe(4)
      expect(await code('verify-model', '--key', 'key.pub', '--ignore', ignore, 'model')).toBe(4)
    }
  })
})

describe('attest', () => {
  const attestation = () => JSON.parse(readFileSync(path.join(project.folder, 'verdict.json'), 'utf8'))
  const payload = () => JSON.parse(Buffer.from(attestation().dsseEnvelope.payload, 'base64').toString())

  test('signs the verdict over exactly these files, and the scan takes it back', async () => {
    expect(await code('attest', '--key', 'key.pem', '--bundle', 'verdict.json', 'model')).toBe(0)
    const said = payload()
    expect(said).toMatchObject({
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: { verificationResult: 'PASSED', verifier: { id: 'urn:weighmaster' } },
    })
    const digest = `sha256:${said.subject[0].digest.sha256}`
    expect(
      await code('verify-bundle', '--bundle', 'verdict.json', '--key', 'key.pub', '--without-log', digest),
    ).toBe(0)
    expect(await code('verify-bundle', '--bundle', 'verdict.json', '--key', 'key.pub', digest)).toBe(1)
  })

  test('of a failure says FAILED, and exits as the scan', async () => {
    project.write('model/bad.pkl', "cos\nsystem\n(S'echo inert'\ntR.")
    expect(await code('attest', '--key', 'key.pem', '--bundle', 'verdict.json', 'model')).toBe(1)
    expect(payload().predicate).toMatchObject({ verificationResult: 'FAILED' })
  })

  test('of one file is about its SHA-256', async () => {
    expect(await code('attest', '--key', 'key.pem', '--bundle', 'verdict.json', FILE)).toBe(0)
    expect(payload().subject[0].digest.sha256).toBe(hash('sha256', WEIGHTS, 'hex'))
    expect(
      await code('verify-bundle', '--bundle', 'verdict.json', '--key', 'key.pub', '--without-log', FILE),
    ).toBe(0)
  })

  test('does not write into what it attests', async () => {
    expect(await code('attest', '--key', 'key.pem', '--bundle', 'model/verdict.json', 'model')).toBe(4)
  })
})

describe('the policy of a scan', () => {
  test('wants a signature, and --allow-unsigned is told', async () => {
    project.write(
      'policy.yaml',
      JSON.stringify({ signers: [{ match: 'model', method: 'key', key: 'key.pub' }] }),
    )
    expect(await project.run('scan', 'model', '--policy', 'policy.yaml')).toMatchObject({ code: 1 })
    const allowed = await project.run('scan', 'model', '--policy', 'policy.yaml', '--allow-unsigned')
    expect(allowed).toMatchObject({ code: 0, stdout: expect.stringContaining('--allow-unsigned was given') })
    await project.run('sign', '--key', 'key.pem', 'model')
    expect(await project.run('scan', 'model', '--policy', 'policy.yaml')).toMatchObject({ code: 0 })
  })

  test('names files relative to itself', async () => {
    mkdirSync(path.join(project.folder, 'rules'))
    writeFileSync(
      path.join(project.folder, 'rules', 'policy.yaml'),
      JSON.stringify({ signers: [{ match: '**', method: 'key', key: '../key.pub' }] }),
    )
    await project.run('sign', '--key', 'key.pem', 'model')
    expect(await project.run('scan', 'model', '--policy', 'rules/policy.yaml')).toMatchObject({ code: 0 })
  })
})
