import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../model/fact.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from '../../sign/testing/instance.ts'
import { testCertificate, testKey } from '../../sign/testing/material.ts'
import { tufRepository } from '../../sign/testing/tuf.ts'
import { safetensors, type TestProject, testProject } from '../testing/project.ts'

// The forms that the issue lists and the Sigstore conformance suite drives: every combination of flags, and its code.
const WEIGHTS = Buffer.from(safetensors(100))
const FILE = 'model/weights.safetensors'
const WHO = ['--certificate-identity', IDENTITY, '--certificate-oidc-issuer', ISSUER]
const KEY = testKey('P-256')
const OTHER = testKey('P-256')

let instance: TestInstance
let byKey: JsonObject
let message: JsonObject
let authority: string
let strange: string
let leaf: { readonly pem: string; readonly key: string }
let project: TestProject

beforeAll(async () => {
  instance = await testInstance()
  const subject = [{ name: 'w', digest: { sha256: hash('sha256', WEIGHTS, 'hex') } }]
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: 'x:y', predicate: {} }
  byKey = await instance.byKey(JSON.stringify(statement), KEY.key, 'ours')
  message = await instance.message(WEIGHTS)
  const ca = await testCertificate('ca', undefined, { isAuthority: true })
  const { pem, key } = await testCertificate('release', ca)
  authority = ca.pem
  strange = (await testCertificate('other', undefined, { isAuthority: true })).pem
  leaf = { pem, key: String(key.export({ type: 'pkcs8', format: 'pem' })) }
})
afterAll(() => instance[Symbol.asyncDispose]())

beforeEach(() => {
  project = testProject({ XDG_DATA_HOME: 'data' })
  const files = {
    'root.json': JSON.stringify(instance.root),
    'by-key.json': JSON.stringify(byKey),
    'message.json': JSON.stringify(message),
    'key.pem': KEY.pem,
    'key.pub': KEY.publicPem,
    'other.pub': OTHER.publicPem,
    'ca.pem': authority,
    'strange.pem': strange,
    'leaf.pem': leaf.pem,
    'leaf.key': leaf.key,
  }
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  project.write(FILE, WEIGHTS)
  return () => project[Symbol.dispose]()
})

/** The exit code, and the reason where it does not verify. */
async function answer(...args: string[]): Promise<string> {
  const { code, stdout } = await project.run(...args)
  const reason = /\[([a-z-]+)\]/.exec(stdout)?.[1]
  return code === 1 ? `1 ${reason}` : String(code)
}

const DIGEST = `sha256:${hash('sha256', WEIGHTS, 'hex')}`
const ROOT = ['--trusted-root', 'root.json']

describe('verify-bundle answers', () => {
  test.each<[string, string, string[]]>([
    ['0', 'a logged key, a file', ['--bundle', 'by-key.json', '--key', 'key.pub', ...ROOT, FILE]],
    ['0', 'a logged key, a digest', ['--bundle', 'by-key.json', '--key', 'key.pub', ...ROOT, DIGEST]],
    [
      '0',
      'a digest in capitals',
      ['--bundle', 'by-key.json', '--key', 'key.pub', ...ROOT, `sha256:${DIGEST.slice(7).toUpperCase()}`],
    ],
    ['0', 'an identity, a file', ['--bundle', 'message.json', ...WHO, ...ROOT, FILE]],
    ['0', 'an identity, a digest', ['--bundle', 'message.json', ...WHO, ...ROOT, DIGEST]],
    ['0', 'flags after the file', [FILE, ...WHO, ...ROOT, '--bundle', 'message.json']],
    ['1 log', 'a key that another log saw', ['--bundle', 'by-key.json', '--key', 'key.pub', FILE]],
    ['1 signature', 'another key', ['--bundle', 'by-key.json', '--key', 'other.pub', ...ROOT, FILE]],
    ['1 wrong-method', 'an identity for a key', ['--bundle', 'by-key.json', ...WHO, ...ROOT, FILE]],
    [
      '1 wrong-method',
      'a key for an identity',
      ['--bundle', 'message.json', '--key', 'key.pub', ...ROOT, FILE],
    ],
    ['1 subject', 'another file', ['--bundle', 'by-key.json', '--key', 'key.pub', ...ROOT, 'key.pem']],
    ['1 malformed', 'a bundle that is none', ['--bundle', 'key.pub', ...WHO, ...ROOT, FILE]],
    ['4', 'a digest that is too short', ['--bundle', 'message.json', ...WHO, ...ROOT, DIGEST.slice(0, -1)]],
    ['4', 'a key that is none', ['--bundle', 'by-key.json', '--key', FILE, ...ROOT, FILE]],
    ['4', 'a key that is not there', ['--bundle', 'by-key.json', '--key', 'nowhere', ...ROOT, FILE]],
    ['4', 'two files', ['--bundle', 'message.json', ...WHO, ...ROOT, FILE, FILE]],
    ['4', 'no file', ['--bundle', 'message.json', ...WHO, ...ROOT]],
    ['4', 'an unknown flag', ['--bundle', 'message.json', ...WHO, ...ROOT, '--staging', FILE]],
  ])('%s for %s', async (expected, _, args) => {
    expect(await answer('verify-bundle', ...args)).toBe(expected)
  })
})

describe('verify-model answers', () => {
  const sign = (...flags: string[]) => project.run('sign', ...flags, 'model')

  test('by key', async () => {
    await sign('--key', 'key.pem')
    expect(await answer('verify-model', '--key', 'key.pub', 'model')).toBe('0')
    expect(await answer('verify-model', '--key', 'key.pub', ...ROOT, 'model')).toBe('0')
    expect(await answer('verify-model', '--key', 'other.pub', 'model')).toBe('1 wrong-key')
    expect(await answer('verify-model', ...WHO, 'model')).toBe('1 wrong-method')
    expect(await answer('verify-model', '--certificate-chain', 'ca.pem', 'model')).toBe('1 wrong-method')
    project.write(FILE, 'changed')
    expect(await answer('verify-model', '--key', 'key.pub', 'model')).toBe('1 files')
  })

  test('by certificate', async () => {
    await sign('--key', 'leaf.key', '--certificate', 'leaf.pem')
    expect(await answer('verify-model', '--certificate-chain', 'ca.pem', 'model')).toBe('0')
    expect(await answer('verify-model', '--certificate-chain', 'strange.pem', 'model')).toBe('1 chain')
    expect(await answer('verify-model', '--key', 'key.pub', 'model')).toBe('1 wrong-method')
  })

  test('by identity', async () => {
    project.write('token', instance.token())
    const urls = ['--fulcio-url', instance.fulcioURL, '--rekor-url', instance.rekorURL]
    await sign('--identity-token', 'token', ...urls)
    const who = (identity: string, issuer: string) => [
      ...['--certificate-identity', identity, '--certificate-oidc-issuer', issuer],
      ...ROOT,
      'model',
    ]
    expect(await answer('verify-model', ...who(IDENTITY, ISSUER))).toBe('0')
    expect(await answer('verify-model', ...who('.*', ISSUER))).toBe('1 wrong-identity')
    expect(await answer('verify-model', ...who(IDENTITY, `${ISSUER}/`))).toBe('1 wrong-issuer')
    expect(await answer('verify-model', ...WHO, 'model')).toBe('1 chain')
    expect(await answer('verify-model', '--key', 'key.pub', ...ROOT, 'model')).toBe('1 wrong-method')
  })

  test.each<[string, string[]]>([
    ['nobody', ['model']],
    ['a key and an identity', ['--key', 'key.pub', ...WHO, 'model']],
    ['a key and a chain', ['--key', 'key.pub', '--certificate-chain', 'ca.pem', 'model']],
    ['an identity alone', [...WHO.slice(0, 2), 'model']],
    ['an issuer alone', [...WHO.slice(2), 'model']],
    ['an empty issuer', [...WHO.slice(0, 3), '', 'model']],
    ['a chain that is none', ['--certificate-chain', 'key.pub', 'model']],
    ['a key that is not there', ['--key', 'nowhere', 'model']],
    ['a signature that is not there', ['--key', 'key.pub', '--signature', 'nowhere', 'model']],
    ['a folder that is not there', ['--key', 'key.pub', 'nowhere']],
    ['a root that is not there', ['--key', 'key.pub', '--trusted-root', 'nowhere', 'model']],
    ['no folder', ['--key', 'key.pub']],
  ])('4 for %s', async (_, args) => {
    await sign('--key', 'key.pem')
    expect(await answer('verify-model', ...args)).toBe('4')
  })
})

describe('trust update', () => {
  const stored = () => path.join(project.folder, 'data', 'weighmaster', 'trusted_root.json')

  test('fetches the root of a repository, and later runs use it', async () => {
    expect(await answer('verify-bundle', '--bundle', 'message.json', ...WHO, FILE)).toBe('1 chain')
    await using repository = await tufRepository(project.folder, JSON.stringify(instance.root))
    const flags = ['--mirror', repository.mirror, '--root', repository.tufRoot]
    expect(await project.run('trust', 'update', ...flags)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('https://rekor.example.org'),
    })
    expect(existsSync(stored())).toBe(true)
    expect(await answer('verify-bundle', '--bundle', 'message.json', ...WHO, FILE)).toBe('0')
    expect((await project.run('trust', 'show')).stdout).toContain('data/weighmaster/trusted_root.json')
  })

  test('stores nothing where the repository is signed by somebody else, or is told only half', async () => {
    await using repository = await tufRepository(project.folder, JSON.stringify(instance.root))
    const { mirror } = repository
    await using other = await tufRepository(project.folder, JSON.stringify(instance.root))
    expect(await answer('trust', 'update', '--mirror', mirror, '--root', other.tufRoot)).toBe('4')
    expect(await answer('trust', 'update', '--mirror', mirror)).toBe('4')
    expect(existsSync(stored())).toBe(false)
  })
})
