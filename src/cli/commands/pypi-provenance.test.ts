import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pypiServer } from '../../../fixtures/servers/registries.ts'
import { IDENTITY, ISSUER, type TestInstance, testInstance } from '../../sign/testing/instance.ts'
import { pep740 } from '../../sign/testing/material.ts'
import { testProject } from '../testing/project.ts'

const SDIST = Buffer.from('inert')
let instance: TestInstance

beforeAll(async () => {
  instance = await testInstance()
})
afterAll(() => instance[Symbol.asyncDispose]())

/** Locks a release whose index publishes a provenance about bytes; what the lock and the run then say. */
async function locked(about: Buffer | undefined, form: 'json' | 'html') {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'demo-1.0.tar.gz', digest: { sha256: hash('sha256', about ?? '', 'hex') } }],
    predicateType: 'https://docs.pypi.org/attestations/publish/v1',
    predicate: null,
  }
  const attestation = pep740(await instance.statement(JSON.stringify(statement)))
  const bundles = [{ publisher: { kind: 'GitHub' }, attestations: [attestation] }]
  const provenance = about ? { provenance: { version: 1, attestation_bundles: bundles } } : {}
  const index = await pypiServer(
    { demo: [{ filename: 'demo-1.0.tar.gz', bytes: SDIST, ...provenance }] },
    form,
  )
  await using _ = index
  using project = testProject({ PIP_INDEX_URL: index.endpoint, XDG_DATA_HOME: 'data' })
  const signer = { method: 'sigstore', identity: IDENTITY, issuer: ISSUER }
  project.write('weighmaster.yaml', JSON.stringify({ plugins: [{ ref: 'pypi:demo==1.0', signer }] }))
  project.write('root.json', JSON.stringify(instance.root))
  const { code, stdout } = await project.run('lock', '--trusted-root', 'root.json', '-f', 'json')
  const rules: string[] = JSON.parse(stdout).findings.map(({ rule }: { rule: string }) => rule)
  const read = () => JSON.parse(readFileSync(path.join(project.folder, 'weighmaster.lock'), 'utf8'))
  return { code, rules, signatures: code === 0 ? read().entries[0].signatures : [] }
}

describe.each(['json', 'html'] as const)('the provenance that an index publishes (%s)', (form) => {
  test('is verified when its release is locked, and recorded', async () => {
    const { code, rules, signatures } = await locked(SDIST, form)
    expect({ code, rules }).toMatchObject({ code: 0, rules: expect.arrayContaining(['signature/verified']) })
    expect(signatures).toMatchObject([
      { identity: IDENTITY, from: 'service', predicateType: 'https://docs.pypi.org/attestations/publish/v1' },
    ])
  })

  test('about another file is none about this one, and none at all is unsigned', async () => {
    for (const about of [Buffer.from('other'), undefined]) {
      const { code, rules } = await locked(about, form)
      expect(code).toBe(1)
      expect(rules).toContain('signature/unsigned')
    }
  })
})
