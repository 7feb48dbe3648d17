import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { canonicalize } from '@tufjs/canonical-json'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadRoot } from './root.ts'
import { type TestInstance, testInstance } from './testing/instance.ts'
import { type Loose, tampered } from './testing/material.ts'
import { fetchRoot } from './tuf.ts'

let folder: string
let instance: TestInstance

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'weighmaster-tuf-'))
  instance = await testInstance()
  return async () => {
    rmSync(folder, { recursive: true, force: true })
    await instance[Symbol.asyncDispose]()
  }
})

/** A TUF repository on loopback with one key for every role, and one target. */
async function repository(
  target: string,
  change: (metadata: Map<string, Loose>, resign: (role: string) => void) => void = () => undefined,
) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const hex = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex')
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } }
  const keyid = createHash('sha256').update(canonicalize(key)).digest('hex')
  const common = { spec_version: '1.0', version: 1, expires: '2100-01-01T00:00:00Z' }
  const role = { keyids: [keyid], threshold: 1 }
  const sha256 = createHash('sha256').update(target).digest('hex')
  const metadata = new Map<string, Loose>()
  const resign = (name: string) => metadata.set(name, signed(metadata.get(name).signed, keyid, privateKey))
  const roles = { root: role, timestamp: role, snapshot: role, targets: role }
  metadata.set('root', {
    signed: { _type: 'root', ...common, consistent_snapshot: true, keys: { [keyid]: key }, roles },
  })
  metadata.set('timestamp', {
    signed: { _type: 'timestamp', ...common, meta: { 'snapshot.json': { version: 1 } } },
  })
  metadata.set('snapshot', {
    signed: { _type: 'snapshot', ...common, meta: { 'targets.json': { version: 1 } } },
  })
  const targets = { 'trusted_root.json': { length: Buffer.byteLength(target), hashes: { sha256 } } }
  metadata.set('targets', { signed: { _type: 'targets', ...common, targets } })
  for (const name of metadata.keys()) resign(name)
  change(metadata, resign)
  const files = new Map<string, string>([[`/targets/${sha256}.trusted_root.json`, target]])
  for (const [name, json] of metadata) {
    files.set(name === 'timestamp' ? '/timestamp.json' : `/1.${name}.json`, JSON.stringify(json))
  }
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? '')
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tufRoot = path.join(folder, 'tuf-root.json')
  writeFileSync(tufRoot, files.get('/1.root.json') ?? '')
  return {
    mirror: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tufRoot,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function signed(body: Loose, keyid: string, key: KeyObject): Loose {
  return {
    signed: body,
    signatures: [{ keyid, sig: sign(null, Buffer.from(canonicalize(body)), key).toString('hex') }],
  }
}

const rootText = () => JSON.stringify(instance.root)

describe('trust update', () => {
  test('fetches the root that the repository signs, and later runs use it', async () => {
    await using repo = await repository(rootText())
    const { text, root } = await fetchRoot(folder, 'stored', repo)
    expect(text).toBe(rootText())
    const stored = path.join(folder, 'stored.json')
    writeFileSync(stored, text)
    expect((await loadRoot(undefined, stored)).digest).toBe(root.digest)
    expect((await loadRoot(undefined, path.join(folder, 'nowhere'))).origin).toBe('shipped')
  })

  test.each<[string, (metadata: Map<string, Loose>, resign: (role: string) => void) => void]>([
    ['targets that are signed by nobody', (m) => (m.get('targets').signatures[0].sig = '00'.repeat(64))],
    [
      'targets changed after signing',
      (m) => (m.get('targets').signed.targets['trusted_root.json'].length = 1),
    ],
    [
      'a timestamp that has expired',
      (m, resign) => {
        m.get('timestamp').signed.expires = '2020-01-01T00:00:00Z'
        resign('timestamp')
      },
    ],
    [
      'a snapshot of another version',
      (m, resign) => {
        m.get('snapshot').signed.version = 7
        resign('snapshot')
      },
    ],
    [
      'a target of another hash',
      (m, resign) => {
        m.get('targets').signed.targets['trusted_root.json'].hashes.sha256 = '0'.repeat(64)
        resign('targets')
      },
    ],
  ])('refuses %s', async (_, change) => {
    await using repo = await repository(rootText(), change)
    await expect(fetchRoot(folder, 'stored', repo)).rejects.toThrow(/cannot be refreshed/)
  })

  test('refuses a signed root without bounds: signatures do not make it fit for use', async () => {
    const text = tampered(instance.root, (r) => delete r.tlogs[0].publicKey.validFor.start).toString()
    await using repo = await repository(text)
    await expect(fetchRoot(folder, 'stored', repo)).rejects.toThrow(/validFor\.start/)
  })

  test('refuses a repository that another key signs', async () => {
    await using repo = await repository(rootText())
    const other = await repository(rootText())
    await using _ = other
    await expect(fetchRoot(folder, 'stored', { ...repo, tufRoot: other.tufRoot })).rejects.toThrow(
      /cannot be refreshed/,
    )
  })
})

test('the shipped files are those that their README names', async () => {
  const trust = path.join(import.meta.dirname, '..', '..', 'trust')
  const readme = readFileSync(path.join(trust, 'README.md'), 'utf8')
  for (const file of ['public-good.json', 'npm-keys.json']) {
    const sha256 = createHash('sha256')
      .update(readFileSync(path.join(trust, file)))
      .digest('hex')
    expect(readme).toContain(sha256)
  }
  const root = await loadRoot(undefined, undefined)
  expect(root).toMatchObject({ origin: 'shipped', hasLog: true, hasCtLog: true })
})
