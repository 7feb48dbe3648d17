import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { canonicalize } from '@tufjs/canonical-json'
import type { Loose } from './material.ts'

/** A TUF repository on loopback with one key for every role, and one target; its root metadata is written into `folder`. */
export async function tufRepository(
  folder: string,
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
