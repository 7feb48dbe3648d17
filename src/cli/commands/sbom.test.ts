import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { beforeEach, describe, expect, it } from 'vitest'
import { at, flip, hub, project, ready } from '../../../fixtures/servers/served-project.ts'
import { RAW } from '../../report/testing/raw.ts'
import { HOSTILE_NAME } from '../../report/testing/sample-reports.ts'
import { HOSTILE_PICKLE, safetensors } from '../testing/project.ts'

// biome-ignore lint/suspicious/noExplicitAny: a parsed document, read as its readers would
type Parsed = any
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot7)
const file = (name: string) => readFileSync(path.join(project.folder, name), 'utf8')
const EPOCH = '1700000000'
const dated = async (...args: string[]) => {
  process.env.SOURCE_DATE_EPOCH = EPOCH
  try {
    return await project.run('sbom', ...args)
  } finally {
    delete process.env.SOURCE_DATE_EPOCH
  }
}
const component = (doc: Parsed, name: string): Parsed => doc.components.find((c: Parsed) => c.name === name)

describe('sbom of targets', () => {
  beforeEach(() => {
    project.write('models/w.safetensors', safetensors(12))
    project.write('models/config.json', '{"architectures": ["TinyModel"], "model_type": "tiny"}')
  })

  it('is written to standard output, valid and the same each time', async () => {
    const one = await dated('models')
    expect(one).toMatchObject({ code: 0, stderr: '' })
    expect(await validator.validate(one.stdout)).toBeNull()
    const doc = JSON.parse(one.stdout)
    expect(doc.metadata.timestamp).toBe('2023-11-14T22:13:20Z')
    expect(component(doc, 'models').modelCard).toMatchObject({
      modelParameters: { architectureFamily: 'tiny', modelArchitecture: 'TinyModel' },
    })
    expect((await dated('models', '--jobs', '1')).stdout).toBe(one.stdout)
  }, 60_000)

  it('exits 0 whatever the verdict, and has findings only when asked', async () => {
    project.write('models/evil.pkl', HOSTILE_PICKLE)
    const plain = await dated('models')
    expect(plain.code).toBe(0)
    expect(JSON.parse(plain.stdout).vulnerabilities).toBeUndefined()
    const found = JSON.parse((await dated('models', '--with-findings')).stdout).vulnerabilities
    expect(found.map((v: Parsed) => v.id)).toContain('weighmaster:pickle/sink-called')
    expect(found[0].affects).toEqual([{ ref: 'file:models/evil.pkl' }])
  })

  it('tells what was not inspected, in the bill and beside it', async () => {
    project.write('models/w.safetensors', safetensors(12).subarray(0, 60))
    const ran = await dated('models')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toMatch(
      /^weighmaster: the bill is incomplete: 1 file .*models\/w\.safetensors \(truncated.*\)\n$/,
    )
    const { compositions } = JSON.parse(ran.stdout)
    expect(compositions.find((c: Parsed) => c.aggregate === 'incomplete').assemblies).toContain(
      'file:models/w.safetensors',
    )
    expect((await dated('models', '-q')).stderr).toBe('')
  })

  it('shows hostile names safely in every format', async () => {
    const name = HOSTILE_NAME.replaceAll('/', '')
    project.write(`models/${name}`, HOSTILE_PICKLE)
    for (const args of [['-f', 'cyclonedx'], ['-f', 'spdx'], ['--score'], ['--score', '-f', 'json']]) {
      const { stdout, code } = await dated('models', '--author', name, ...args)
      expect(code).toBe(0)
      expect(stdout.replaceAll('\n', '')).not.toMatch(RAW)
    }
  })

  it('writes nothing for what is not there or cannot be read', async () => {
    expect(await dated('nowhere', '-o', 'bom.json')).toMatchObject({ code: 4, stdout: '' })
    mkdirSync(path.join(project.folder, 'locked'))
    chmodSync(path.join(project.folder, 'locked'), 0)
    const closed = await dated('locked', '-o', 'bom.json')
    chmodSync(path.join(project.folder, 'locked'), 0o700)
    // Root reads everything: then the folder is only empty.
    expect(closed.code).toBe(process.getuid?.() === 0 ? 3 : 4)
    expect(existsSync(path.join(project.folder, 'bom.json'))).toBe(false)
    expect(readdirSync(project.folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('finds an output that cannot be written before anything is read', async () => {
    const ran = await dated('nowhere', '-o', 'no/such/folder.json')
    expect(ran.code).toBe(4)
    expect(ran.stderr).toBe('weighmaster: -o no/such/folder.json: its folder does not exist; make it first\n')
  })

  it.each([
    [['--score', '-f', 'spdx'], /--score is written as text or json/],
    [['-f', 'text'], /-f text is for --score/],
    [['-f', 'spdx', '--spec-version', '1.6'], /--spec-version is of CycloneDX/],
    [['--score', '--with-findings'], /leave one out/],
    [['a.lock', 'b'], /a lock is the only target|no such file/],
  ])('refuses %s', async (args, message) => {
    const ran = await dated('models', ...args)
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(message)
  })
})

describe('sbom of a lock', () => {
  beforeEach(ready, 60_000)

  it('has what the sources say beside what was measured', async () => {
    expect(await dated('-o', 'bom.json')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await validator.validate(file('bom.json'))).toBeNull()
    const doc = JSON.parse(file('bom.json'))
    const tiny = component(doc, 'tiny')
    expect(tiny).toMatchObject({ group: 'acme', version: expect.stringMatching(/^[0-9a-f]{40}$/) })
    expect(tiny.pedigree.ancestors).toMatchObject([{ group: 'other', name: 'base' }])
    expect(tiny.evidence.identity[0].methods[0].technique).toBe('hash-comparison')
    expect(component(doc, 'rows').type).toBe('data')
    expect(component(doc, 'zod').type).toBe('library')
    const { citations } = doc
    expect(citations.map((c: Parsed) => c.attributedTo)).toContain(`service:${hub.endpoint}`)
    expect((await dated(path.join('weighmaster.lock'))).stdout).toBe(file('bom.json'))
  }, 60_000)

  it('says which hashes nobody computed, and which files are not those that are locked', async () => {
    rmSync(at('models/acme/tiny/README.md'))
    flip(at('models/acme/tiny/model.safetensors'))
    const ran = await dated()
    expect(ran.code).toBe(0)
    expect(ran.stderr).toMatch(/README\.md \(missing\)/)
    const tiny = component(JSON.parse(ran.stdout), 'tiny')
    const of = (name: string): Record<string, string> =>
      Object.fromEntries(
        tiny.components.find((f: Parsed) => f.name === name).properties.map((p: Parsed) => [p.name, p.value]),
      )
    expect(of('README.md')['weighmaster:hash-origin']).toBe('claimed')
    expect(of('model.safetensors')['weighmaster:locked-sha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(tiny.evidence.identity).toBeUndefined()
  })

  it('claims the AI profile of SPDX only where every model has what it needs', async () => {
    const { stdout } = await dated('-f', 'spdx')
    const graph: Parsed[] = JSON.parse(stdout)['@graph']
    const document = graph.find((e) => e.type === 'SpdxDocument')
    // The Ollama entry has no supplier and no time of release.
    expect(document.profileConformance).toEqual(['core', 'software', 'simpleLicensing'])
    expect(graph.filter((e) => e.type === 'ai_AIPackage')).toHaveLength(3)
  })

  it('is refused without a lock', async () => {
    rmSync(path.join(project.folder, 'weighmaster.lock'))
    const ran = await dated()
    expect(ran).toMatchObject({ code: 4, stdout: '' })
    expect(ran.stderr).toMatch(/no lock here; name a target, or let weighmaster lock write it/)
  })
})
