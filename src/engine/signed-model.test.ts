import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { byCodePoint } from '../model/order.ts'
import type { Measure, Signer } from '../model/signature.ts'
import { readSigningKey } from '../sign/make.ts'
import { testCertificate, testKey } from '../sign/testing/material.ts'
import { signModel } from './sign-model.ts'
import { type Verification, verifyModel } from './signed-model.ts'

const VECTORS = path.join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors', 'oms')
const SHARED = existsSync(VECTORS) ? VECTORS : undefined
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const { signal } = new AbortController()

function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-sign-'))
  folders.push(folder)
  return folder
}

/** `verified`, or the reason and what is different. */
function said(found: Verification): string {
  const list = found.differences
    .filter(({ how }) => how !== 'ignored')
    .map(({ path: file, how }) => ` ${how} ${file}`)
  return (found.state === 'verified' ? 'verified' : found.trouble.trouble) + list.join('')
}

if (!SHARED) console.warn('the vectors of the OMS reference are not here: their tests are skipped')

describe.skipIf(!SHARED)('the vectors of the OMS reference', () => {
  const shared = SHARED ?? ''
  const keys = path.join(shared, 'keys', 'certificate')
  const SIGNERS: Readonly<Record<string, Signer>> = {
    sigstore: {
      method: 'sigstore',
      identity: 'stefanb@us.ibm.com',
      issuer: 'https://sigstore.verify.ibm.com/oauth2',
    },
    certificate: { method: 'certificate', chain: path.join(keys, 'ca-cert.pem') },
    'elliptic-key': { method: 'key', key: path.join(keys, 'signing-key-pub.pem') },
  }
  const all = SHARED ? readdirSync(SHARED).filter((name) => /^v\d/.test(name)) : []
  const current = all.filter((name) => !name.startsWith('v0.2.0'))
  const signerOf = (name: string) => SIGNERS[name.slice(name.indexOf('-') + 1)] as Signer
  const verify = (folder: string, signer: Signer, more: object = {}) =>
    verifyModel(folder, { signer, ignore: ['ignore-me'], signal, ...more })

  function copy(name: string): string {
    const folder = path.join(temporary(), name)
    cpSync(path.join(shared, name), folder, { recursive: true })
    // The vectors are kept read-only; a writable copy is made by writing each anew.
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(path.join(folder, file))
      rmSync(path.join(folder, file), { force: true })
      writeFileSync(path.join(folder, file), bytes)
    }
    return folder
  }

  test.each(current)('%s verifies', async (name) => {
    expect(said(await verify(path.join(shared, name), signerOf(name)))).toBe('verified')
  })

  test('a model of one file verifies by its own path too', async () => {
    const file = path.join(shared, 'v1.0.0-elliptic-key', 'signme-1')
    expect(said(await verify(file, signerOf('v1.0.0-elliptic-key')))).toBe('verified')
  })

  test('v0.2.0 is unsupported legacy unless it is asked for', async () => {
    const [name = ''] = all.filter((vector) => vector.startsWith('v0.2.0'))
    expect(said(await verify(path.join(shared, name), signerOf(name)))).toBe('legacy')
    expect(said(await verify(path.join(shared, name), signerOf(name), { legacy: true }))).toBe('verified')
  })

  test.each(current)('%s with one flipped byte in a file is told', async (name) => {
    const folder = copy(name)
    const bytes = readFileSync(path.join(folder, 'signme-1'))
    bytes.writeUInt8((bytes[0] ?? 0) ^ 1, 0)
    writeFileSync(path.join(folder, 'signme-1'), bytes)
    expect(said(await verify(folder, signerOf(name)))).toBe('files changed signme-1')
  })

  test.each(current)('%s with an extra file is told', async (name) => {
    const folder = copy(name)
    writeFileSync(path.join(folder, 'zz-extra.py'), '')
    expect(said(await verify(folder, signerOf(name)))).toBe('files extra zz-extra.py')
  })

  test.each(current)('%s without a file is told', async (name) => {
    const folder = copy(name)
    rmSync(path.join(folder, 'signme-1'))
    const single = !existsSync(path.join(folder, 'signme-2'))
    expect(said(await verify(folder, signerOf(name)))).toBe(`files missing ${single ? '.' : 'signme-1'}`)
  })

  test.each(current)('%s with one flipped byte in the signature does not hold', async (name) => {
    const folder = copy(name)
    const file = path.join(folder, 'model.sig')
    const bundle = JSON.parse(readFileSync(file, 'utf8'))
    const signature = Buffer.from(bundle.dsseEnvelope.signatures[0].sig, 'base64')
    signature.writeUInt8((signature.at(-1) ?? 0) ^ 1, signature.length - 1)
    bundle.dsseEnvelope.signatures[0].sig = signature.toString('base64')
    writeFileSync(file, JSON.stringify(bundle))
    // A timestamp authority and a log have seen the signature: they notice first.
    const reason = name === 'v1.1.0-sigstore' ? 'timestamp' : name.endsWith('sigstore') ? 'log' : 'signature'
    expect(said(await verify(folder, signerOf(name)))).toBe(reason)
  })

  test.each(current)('%s with one changed byte in the statement does not hold', async (name) => {
    const folder = copy(name)
    const file = path.join(folder, 'model.sig')
    const bundle = JSON.parse(readFileSync(file, 'utf8'))
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64')
      .toString()
      .replace('"signme-1"', '"signme-3"')
    const changed = payload.replace('"."', '"x"')
    bundle.dsseEnvelope.payload = Buffer.from(changed).toString('base64')
    writeFileSync(file, JSON.stringify(bundle))
    expect(said(await verify(folder, signerOf(name)))).toBe(name.endsWith('sigstore') ? 'log' : 'signature')
  })

  test.each(current.filter((name) => name.endsWith('sigstore')))(
    '%s by another identity or issuer is refused',
    async (name) => {
      const folder = path.join(shared, name)
      const signer = signerOf(name)
      expect(said(await verify(folder, { ...signer, identity: 'stefanb@us.ibm.co' }))).toBe('wrong-identity')
      expect(said(await verify(folder, { ...signer, issuer: 'https://accounts.google.com' }))).toBe(
        'wrong-issuer',
      )
    },
  )

  test.each(current.filter((name) => name.endsWith('key')))('%s by another key is refused', async (name) => {
    const key = path.join(temporary(), 'other.pem')
    writeFileSync(key, testKey('P-384').publicPem)
    expect(said(await verify(path.join(shared, name), { method: 'key', key }))).toBe('wrong-key')
  })

  test.each(current.filter((name) => name.endsWith('certificate')))(
    '%s by another authority is refused',
    async (name) => {
      const chain = path.join(temporary(), 'ca.pem')
      writeFileSync(chain, (await testCertificate('root-ca', undefined, { isAuthority: true })).pem)
      expect(said(await verify(path.join(shared, name), { method: 'certificate', chain }))).toBe('chain')
    },
  )

  test.each(current)('%s by another method is refused', async (name) => {
    const [other] = Object.values(SIGNERS).filter((signer) => signer !== signerOf(name))
    expect(said(await verify(path.join(shared, name), other as Signer))).toBe('wrong-method')
  })
})

/** Every path in a document with the kind of value at its end. */
function shape(value: unknown, at = ''): string[] {
  if (Array.isArray(value))
    return value.length === 0 ? [`${at}[]`] : value.slice(0, 1).flatMap((v) => shape(v, `${at}[]`))
  if (typeof value !== 'object' || value === null) return [`${at}: ${typeof value}`]
  return Object.entries(value).flatMap(([key, v]) => shape(v, `${at}/${key}`))
}

const PYTHON = process.env.WEIGHMASTER_TEST_PYTHON ?? 'python3'
const hasReference = spawnSync(PYTHON, ['-c', 'import model_signing']).status === 0
if (!hasReference)
  console.warn(
    'the reference tool (Python model_signing) is not here: that it reads our signatures is not shown',
  )

describe('a model that we sign', () => {
  const MEASURES: readonly Measure[] = [
    { algorithm: 'sha256' },
    { algorithm: 'blake2b' },
    { algorithm: 'blake3' },
    { algorithm: 'sha256', shardSize: 1000 },
    { algorithm: 'blake2b', shardSize: 70_000 },
    { algorithm: 'blake3', shardSize: 4096 },
  ]

  async function signed(measure: Measure, curve = 'P-256') {
    const folder = path.join(temporary(), 'model')
    mkdirSync(path.join(folder, 'sub'), { recursive: true })
    writeFileSync(path.join(folder, 'weights.bin'), Buffer.alloc(300_000, 7))
    writeFileSync(path.join(folder, 'sub', 'b.json'), '{}')
    writeFileSync(path.join(folder, '.gitignore'), '*.tmp')
    const { pem, publicPem } = testKey(curve)
    const key = path.join(path.dirname(folder), 'key.pem')
    writeFileSync(key, publicPem)
    const signature = path.join(folder, 'model.sig')
    const bundle = await signModel(folder, {
      with: { key: readSigningKey(pem, 'key') },
      measure,
      ignore: [],
      signature,
      signal,
    })
    writeFileSync(signature, JSON.stringify(bundle))
    return { folder, signer: { method: 'key', key } as const }
  }

  const check = async ({ folder, signer }: { folder: string; signer: Signer }) =>
    said(await verifyModel(folder, { signer, ignore: [], signal }))

  test.each(MEASURES)(
    'by $algorithm $shardSize verifies, and notices a change at the end',
    async (measure) => {
      const model = await signed(measure)
      expect(await check(model)).toBe('verified')
      const file = path.join(model.folder, 'weights.bin')
      const bytes = readFileSync(file)
      bytes.writeUInt8(8, bytes.length - 1)
      writeFileSync(file, bytes)
      expect(await check(model)).toBe('files changed weights.bin')
      writeFileSync(file, bytes.subarray(0, 299_999))
      expect(await check(model)).toBe('files changed weights.bin')
    },
  )

  test.skipIf(!hasReference)('verifies with the reference tool', async () => {
    const { folder, signer } = await signed({ algorithm: 'sha256' }, 'P-384')
    const args = [
      '-m',
      'model_signing',
      'verify',
      'key',
      folder,
      '--signature',
      path.join(folder, 'model.sig'),
    ]
    const run = spawnSync(PYTHON, [...args, '--public-key', signer.key], { encoding: 'utf8' })
    expect(run.stderr + run.stdout).toContain('Verification succeeded')
  })

  test.skipIf(!SHARED)('has the shape of one that the reference tool made', async () => {
    const { folder } = await signed({ algorithm: 'sha256' }, 'P-384')
    const theirs = path.join(SHARED ?? '', 'v1.1.0-elliptic-key', 'model.sig')
    const read = (file: string) => {
      const bundle = JSON.parse(readFileSync(file, 'utf8'))
      const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
      return [shape(bundle).toSorted(byCodePoint), shape(statement).toSorted(byCodePoint)]
    }
    expect(read(path.join(folder, 'model.sig'))).toEqual(read(theirs))
  })

  test.each(['P-256', 'P-384', 'P-521'])('by a key on %s verifies', async (curve) => {
    expect(await check(await signed({ algorithm: 'sha256' }, curve))).toBe('verified')
  })

  test('by a certificate verifies', async () => {
    const { folder } = await signed({ algorithm: 'sha256' })
    const authority = await testCertificate('ca', undefined, { isAuthority: true })
    const leaf = await testCertificate('release', authority)
    const chain = path.join(path.dirname(folder), 'ca.pem')
    writeFileSync(chain, authority.pem)
    const pem = String(leaf.key.export({ type: 'pkcs8', format: 'pem' }))
    const signature = path.join(folder, 'model.sig')
    const signing = { key: readSigningKey(pem, 'key', undefined, leaf.pem) }
    const bundle = await signModel(folder, {
      with: signing,
      measure: { algorithm: 'sha256' },
      ignore: [],
      signature,
      signal,
    })
    writeFileSync(signature, JSON.stringify(bundle))
    expect(await check({ folder, signer: { method: 'certificate', chain } })).toBe('verified')
  })

  test('notices a file that was replaced by a link, even to the same content', async () => {
    const model = await signed({ algorithm: 'sha256' })
    const file = path.join(model.folder, 'weights.bin')
    renameSync(file, path.join(model.folder, '..', 'elsewhere.bin'))
    symlinkSync(path.join('..', 'elsewhere.bin'), file)
    expect(await check(model)).toBe('files link weights.bin')
    rmSync(file)
    renameSync(path.join(model.folder, '..', 'elsewhere.bin'), path.join(model.folder, '.git'))
    symlinkSync('.git', file)
    expect(await check(model)).toBe('files link weights.bin')
  })

  test('refuses to sign a link', async () => {
    const model = await signed({ algorithm: 'sha256' })
    symlinkSync('weights.bin', path.join(model.folder, 'alias.bin'))
    const { pem } = testKey()
    const options = {
      with: { key: readSigningKey(pem, 'k') },
      measure: { algorithm: 'sha256' as const },
      ignore: [],
      signature: 'x',
      signal,
    }
    await expect(signModel(model.folder, options)).rejects.toThrow(/alias\.bin: is a link/)
    await expect(signModel(model.folder, { ...options, ignore: ['alias.bin'] })).resolves.toBeDefined()
  })
})
