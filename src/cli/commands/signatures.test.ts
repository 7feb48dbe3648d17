import { hash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HubServer, hubServer, repository } from '../../../fixtures/servers/hub.ts'
import {
  npmServer,
  ociServer,
  type RegistryServer,
  type ServedPackage,
} from '../../../fixtures/servers/registries.ts'
import { TARBALL } from '../../../fixtures/servers/served-project.ts'
import type { JsonObject } from '../../model/fact.ts'
import { byCodePoint } from '../../model/order.ts'
import { omsStatement } from '../../sign/make.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from '../../sign/testing/instance.ts'
import { type TestProject, testProject } from '../testing/project.ts'

const FILES = { 'config.json': '{"hidden_size": 8}', 'notes.txt': 'benign\n' }
const TGZ = gzipSync(TARBALL)
const pkg: ServedPackage = { name: '@acme/server', latest: '1.0.0', versions: {} }
const LAYERS = [['application/vnd.oci.image.layer.v1.tar', Buffer.from('inert layer')]] as const
const store = { 'acme/model': { tags: new Map([['v1', LAYERS]]), attached: new Map<string, Uint8Array[]>() } }

let instance: TestInstance
let [hub, npm, oci] = [] as unknown as [HubServer, RegistryServer, RegistryServer]
let project: TestProject
let model: JsonObject
let provenance: JsonObject

beforeAll(async () => {
  instance = await testInstance()
  hub = await hubServer([])
  npm = await npmServer([pkg])
  oci = await ociServer(store)
  const files = Object.entries(FILES).map(([name, text]) => ({
    path: name,
    size: text.length,
    digests: [hash('sha256', text, 'hex')],
  }))
  model = await instance.statement(JSON.stringify(omsStatement('m', files, { algorithm: 'sha256' }, [])))
  provenance = await instance.statement(JSON.stringify(statement({ sha512: hash('sha512', TGZ, 'hex') })))
})
afterAll(async () => {
  for (const server of [hub, npm, oci, instance]) await server[Symbol.asyncDispose]()
})

function statement(digest: Record<string, string>): JsonObject {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'pkg:npm/%40acme/server@1.0.0', digest }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: { runDetails: { builder: { id: 'https://example.org/builder' } } },
  }
}

beforeEach(() => {
  hub.repositories.splice(
    0,
    Infinity,
    repository('acme/tiny', { ...FILES, 'model.sig': JSON.stringify(model) }),
  )
  pkg.versions['1.0.0'] = { tarball: TGZ, attestations: [provenance] }
  store['acme/model'].attached.clear()
  project = testProject({
    HF_ENDPOINT: hub.endpoint,
    npm_config_registry: npm.endpoint,
    XDG_DATA_HOME: '/nonexistent',
  })
  project.write('root.json', JSON.stringify(instance.root))
  ask({ method: 'sigstore', identity: IDENTITY, issuer: ISSUER })
  return () => project[Symbol.dispose]()
})

/** The manifest, with what it asks of signers. */
function ask(signer: object | undefined, plugins = ['npm:@acme/server@1.0.0']): void {
  const entry = (ref: string) => ({ ref, ...(signer ? { signer } : {}) })
  const manifest = { models: [entry('hf:acme/tiny@main')], plugins: plugins.map(entry) }
  project.write('weighmaster.yaml', JSON.stringify(manifest))
}

async function run(command: string, ...args: string[]) {
  const { code, stdout, stderr } = await project.run(
    command,
    '-f',
    'json',
    '--trusted-root',
    'root.json',
    ...args,
  )
  const found: { rule: string; message: string }[] = stdout.trim() === '' ? [] : JSON.parse(stdout).findings
  const rules = [...new Set(found.map(({ rule }) => rule))]
    .filter((rule) => rule.startsWith('signature/'))
    .toSorted(byCodePoint)
  return { code, rules, stderr }
}

const lock = () => JSON.parse(readFileSync(path.join(project.folder, 'weighmaster.lock'), 'utf8'))
const here = (...parts: string[]) => path.join(project.folder, 'artifacts', ...parts)

describe('a project whose entries name their signers', () => {
  test('locks who signed, pulls, and verifies offline', async () => {
    expect(await run('lock')).toMatchObject({ code: 0, rules: ['signature/verified'] })
    const [tiny, server] = lock().entries.map((entry: { signatures: JsonObject[] }) => entry.signatures[0])
    expect(tiny).toMatchObject({
      method: 'sigstore',
      identity: IDENTITY,
      issuer: ISSUER,
      timeSource: 'transparency-log',
    })
    expect(tiny).toMatchObject({
      predicateType: 'https://model_signing/signature/v1.0',
      rootDigest: expect.stringMatching(/^sha256:/),
    })
    expect(server).toMatchObject({ predicateType: 'https://slsa.dev/provenance/v1', from: 'service' })
    expect(await run('pull')).toMatchObject({ code: 0, rules: ['signature/verified'] })
    npm.seen.length = 0
    expect(await run('verify', '--frozen')).toMatchObject({ code: 0, rules: ['signature/verified'] })
    expect(npm.seen).toEqual([])
  })

  test('the lock is read back and written as the same bytes', async () => {
    await run('lock')
    const first = readFileSync(path.join(project.folder, 'weighmaster.lock'), 'utf8')
    await run('lock')
    expect(readFileSync(path.join(project.folder, 'weighmaster.lock'), 'utf8')).toBe(first)
  })

  test('does not lock quietly what is signed by others, or not at all', async () => {
    ask({ method: 'sigstore', identity: 'somebody@example.org', issuer: ISSUER })
    expect(await run('lock')).toMatchObject({ code: 1, rules: ['signature/wrong-signer'] })
    ask({ method: 'sigstore', identity: IDENTITY, issuer: ISSUER })
    hub.repositories.splice(0, Infinity, repository('acme/tiny', FILES))
    pkg.versions['1.0.0'] = { tarball: TGZ }
    expect(await run('lock', '--update')).toMatchObject({ code: 1 })
    expect((await run('lock', '--update')).rules).toContain('signature/unsigned')
    expect(await run('lock', '--update', '--allow-unsigned')).toMatchObject({
      code: 0,
      rules: ['signature/unsigned-allowed'],
    })
  })

  test('an attestation about another tarball is none about this one', async () => {
    pkg.versions['1.0.0'] = {
      tarball: gzipSync(Buffer.concat([TARBALL, Buffer.alloc(512)])),
      attestations: [provenance],
    }
    const { code, rules } = await run('lock')
    expect(code).toBe(1)
    expect(rules).toContain('signature/unsigned')
  })

  test('a signature that is gone from the files fails', async () => {
    ask(undefined)
    expect(await run('lock')).toMatchObject({ code: 0 })
    expect(await run('pull')).toMatchObject({ code: 0 })
    rmSync(here('models', 'acme', 'tiny', 'model.sig'))
    expect(await run('verify')).toMatchObject({ code: 1, rules: ['signature/gone'] })
  })

  test('a signature by somebody else fails, in the files and when it is locked again', async () => {
    ask(undefined, [])
    await run('lock')
    await run('pull')
    const payload = Buffer.from((model.dsseEnvelope as { payload: string }).payload, 'base64')
    await using stranger = await testInstance()
    const forged = JSON.stringify(await stranger.statement(payload))
    writeFileSync(here('models', 'acme', 'tiny', 'model.sig'), forged)
    expect((await run('verify')).rules).toContain('signature/gone')
    // The stranger's own root is trusted for a moment, to show that the signer is compared and not only the trust.
    project.write('root.json', JSON.stringify(stranger.root))
    const changed = forged.length > 0 ? await run('verify') : undefined
    expect(changed?.rules).not.toContain('signature/gone')
    hub.repositories.splice(0, Infinity, repository('acme/tiny', FILES))
    expect(await run('lock', '--update')).toMatchObject({ code: 1, rules: ['signature/gone'] })
  })
})

describe('an OCI artifact', () => {
  const reference = () => `oci:${oci.host}/acme/model:v1`

  async function manifestDigest(): Promise<string> {
    const answer = await fetch(`${oci.endpoint}/v2/acme/model/manifests/v1`)
    return `sha256:${hash('sha256', Buffer.from(await answer.arrayBuffer()), 'hex')}`
  }

  test('is signed by what is attached to its manifest', async () => {
    project.write(
      'weighmaster.yaml',
      JSON.stringify({
        models: [{ ref: reference(), signer: { method: 'sigstore', identity: IDENTITY, issuer: ISSUER } }],
      }),
    )
    expect(await run('lock')).toMatchObject({ code: 1, rules: ['signature/unsigned'] })
    const digest = await manifestDigest()
    const signed = await instance.statement(
      JSON.stringify({
        ...statement({ sha256: digest.slice(7) }),
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
      }),
    )
    store['acme/model'].attached.set(digest, [Buffer.from(JSON.stringify(signed))])
    expect(await run('lock', '--update')).toMatchObject({ code: 0, rules: ['signature/verified'] })
    expect(lock().entries[0].signatures).toMatchObject([{ identity: IDENTITY, from: 'service' }])
  })
})
