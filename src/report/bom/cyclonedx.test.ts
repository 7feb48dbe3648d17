import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { describe, expect, it } from 'vitest'
import { RAW } from '../testing/raw.ts'
import { HOSTILE_NAME, sampleReport } from '../testing/sample-reports.ts'
import type { Bill } from './bill.ts'
import { CYCLONEDX_VERSIONS, type CyclonedxVersion, cyclonedx } from './cyclonedx.ts'
import { licenceOf } from './licence.ts'
import { billOf } from './project.ts'
import { OPTIONS, sampleBill, sampleProject } from './testing/bills.ts'

// biome-ignore lint/suspicious/noExplicitAny: a parsed document, read as its readers would
type Parsed = any
const text = (bill: Bill, version: CyclonedxVersion = '1.7', options = OPTIONS) =>
  [...cyclonedx(bill, version, options)].join('')
const parsed = (bill: Bill, version?: CyclonedxVersion): Parsed => JSON.parse(text(bill, version))

const VALIDATORS = {
  '1.7': new Validation.JsonStrictValidator(Spec.Version.v1dot7),
  '1.6': new Validation.JsonStrictValidator(Spec.Version.v1dot6),
}

/** Every `bom-ref` that the document defines. */
function refs(value: unknown, found: string[] = []): string[] {
  if (Array.isArray(value)) for (const item of value) refs(item, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'bom-ref') found.push(String(inner))
      else refs(inner, found)
    }
  }
  return found
}

/** Everything that must be one of them. */
function targets(doc: Parsed): string[] {
  return [
    ...doc.dependencies.flatMap((d: Parsed) => [d.ref, ...(d.dependsOn ?? [])]),
    ...doc.compositions.flatMap((c: Parsed) => [...(c.assemblies ?? []), ...(c.dependencies ?? [])]),
    ...(doc.vulnerabilities ?? []).flatMap((v: Parsed) => v.affects.map((a: Parsed) => a.ref)),
    ...(doc.citations ?? []).map((c: Parsed) => c.attributedTo),
    ...doc.components.flatMap((c: Parsed) =>
      (c.modelCard?.modelParameters?.datasets ?? []).map((d: Parsed) => d.ref),
    ),
  ]
}

const at = (doc: Parsed, pointer: string): Parsed =>
  pointer
    .slice(1)
    .split('/')
    .reduce((value: Parsed, key) => value?.[key], doc)

const component = (doc: Parsed, name: string): Parsed => doc.components.find((c: Parsed) => c.name === name)

describe.each(CYCLONEDX_VERSIONS)('CycloneDX %s', (version) => {
  it('is valid by the official schema, with findings and without, and when there is nothing', async () => {
    const empty = billOf(sampleReport({ artifacts: [] }), { name: 'nothing' })
    for (const bill of [sampleBill(), sampleBill(true), empty])
      expect(await VALIDATORS[version].validate(text(bill, version))).toBeNull()
    const broken = text(sampleBill(), version).replace('"bomFormat"', '"bomFromat"')
    expect(await VALIDATORS[version].validate(broken)).not.toBeNull()
  }, 60_000)

  it('leads nowhere else, and calls nothing twice', () => {
    const doc = parsed(sampleBill(true), version)
    const defined = refs(doc)
    expect(new Set(defined).size).toBe(defined.length)
    expect(targets(doc).filter((ref) => !defined.includes(ref))).toEqual([])
  })

  it('is the same for the same content, and has a serial number of it', () => {
    const [bill, later] = [sampleBill(), { timestamp: '2030-01-01T00:00:00Z' }]
    expect(text(sampleBill(), version)).toBe(text(bill, version))
    const [one, two] = [text(bill, version), text(bill, version, later)]
    expect(one.replaceAll(OPTIONS.timestamp, later.timestamp)).toBe(two)
    expect(parsed(bill, version).serialNumber).not.toBe(parsed(sampleBill(true), version).serialNumber)
  })

  it('shows hostile names without letting them act', () => {
    const doc = text(sampleBill(true), version)
    expect(doc.replaceAll('\n', '')).not.toMatch(RAW)
    const strings: string[] = []
    JSON.parse(doc, (_, value) => (typeof value === 'string' ? strings.push(value) : value))
    expect(strings.filter((s) => RAW.test(s) || s.includes('\n'))).toEqual([])
    expect(doc).not.toContain(HOSTILE_NAME)
  })
})

describe('what a bill says', () => {
  const doc = parsed(sampleBill())
  const base = component(doc, 'base')

  it('of a model: its card from headers and cards, its pedigree, its files with hashes', () => {
    expect(base).toMatchObject({
      type: 'machine-learning-model',
      group: 'acme',
      purl: `pkg:huggingface/acme/base@${'c'.repeat(40)}`,
      supplier: { name: 'acme' },
      licenses: [{ license: { id: 'Apache-2.0', acknowledgement: 'declared' } }],
      pedigree: { ancestors: [{ group: 'other', name: 'origin', purl: 'pkg:huggingface/other/origin' }] },
      modelCard: {
        modelParameters: {
          task: 'text-generation',
          architectureFamily: 'llama',
          modelArchitecture: 'LlamaForCausalLM',
          datasets: [{ ref: 'dataset:d/rows' }],
        },
        quantitativeAnalysis: { performanceMetrics: [{ type: 'accuracy', value: '0.91' }] },
        considerations: { technicalLimitations: ['Made up for a test.'] },
      },
    })
    const properties = base.modelCard.properties.map((p: Parsed) => `${p.name}=${p.value}`)
    expect(properties).toEqual(
      expect.arrayContaining([
        'weighmaster:measured:parameters=1000',
        'weighmaster:measured:dtype=BF16',
        'weighmaster:declared:context-length=8192',
      ]),
    )
    expect(base.components.every((f: Parsed) => f.hashes[0].alg === 'SHA-256')).toBe(true)
    expect(base.evidence.occurrences).toContainEqual({
      location: 'm/base/model-00001-of-00002.safetensors',
      offset: 8,
      additionalContext: 'dtype (measured)',
    })
  })

  it('of the packages that a pickle needs: where, down to the byte', () => {
    expect(component(doc, 'transformers')).toMatchObject({
      type: 'library',
      isExternal: true,
      purl: 'pkg:pypi/transformers',
      evidence: {
        occurrences: [
          {
            location: 'm/base/training_args.bin',
            offset: 43,
            symbol: 'transformers.training_args.TrainingArguments',
          },
        ],
      },
    })
  })

  it('of a dataset, an adapter and a plugin', () => {
    expect(component(doc, 'rows')).toMatchObject({
      type: 'data',
      data: [{ type: 'dataset', governance: { owners: [{ organization: { name: 'acme' } }] } }],
    })
    const needs = doc.dependencies.find((d: Parsed) => d.ref === 'model:m/lora')
    expect(needs.dependsOn).toContain('model:m/base')
    expect(component(doc, 'lora').licenses).toEqual([
      { expression: 'MIT OR Apache-2.0', acknowledgement: 'declared' },
    ])
    const server = component(doc, 'server')
    expect(server.type).toBe('application')
    expect(server.properties).toEqual(
      expect.arrayContaining([
        { name: 'weighmaster:tool', value: 'search' },
        { name: 'weighmaster:tool', value: 'fetch' },
        { name: 'weighmaster:capability:locked', value: 'exec git' },
        { name: 'weighmaster:capability:inferred', value: 'net https://example.invalid tool search' },
      ]),
    )
    expect(server.externalReferences).toContainEqual({
      type: 'digital-signature',
      url: 'server.sigstore.json',
      comment: 'sigstore, verified: ci@example.invalid vouched for by https://issuer.example.invalid',
    })
  })

  it('of itself: what is incomplete, and that nobody knows what code needs', () => {
    const of = (aggregate: string) => doc.compositions.find((c: Parsed) => c.aggregate === aggregate)
    expect(of('incomplete').assemblies).toEqual([
      'subject',
      'dataset:d/rows',
      'model:m/cut.gguf',
      'file:d/rows/eval.parquet',
      'file:m/cut.gguf',
    ])
    expect(of('complete').assemblies).toContain('model:m/base')
    expect(of('unknown').dependencies).toHaveLength(6)
  })

  it('tells measured from claimed, field by field', () => {
    for (const { pointers } of doc.citations)
      for (const pointer of pointers)
        expect([pointer, at(doc, pointer)]).toEqual([pointer, expect.anything()])
    const by = (ref: string): string[] => doc.citations.find((c: Parsed) => c.attributedTo === ref).pointers
    const index = doc.components.indexOf(base)
    expect(by('tool:weighmaster')).toContain(`/components/${index}/components/0/hashes`)
    expect(by('file:m/base/README.md')).toContain(`/components/${index}/licenses/0`)
    expect(by('file:m/base/config.json')).toContain(
      `/components/${index}/modelCard/modelParameters/modelArchitecture`,
    )
    expect(by('service:https://huggingface.co')).toContain(`/components/${index}/version`)
    // What nobody computed is not attributed to us.
    const rows = doc.components.findIndex((c: Parsed) => c.name === 'rows')
    const claimed = component(doc, 'rows').components.findIndex((f: Parsed) => f.name === 'eval.parquet')
    expect(by('tool:weighmaster')).not.toContain(`/components/${rows}/components/${claimed}/hashes`)
  })

  it('has findings only when asked, under ids of its own', () => {
    expect(doc.vulnerabilities).toBeUndefined()
    const [first] = parsed(sampleBill(true)).vulnerabilities
    expect(first).toMatchObject({
      id: 'weighmaster:pickle/sink-called',
      ratings: [{ severity: 'critical', method: 'other' }],
      cwes: [502],
      affects: [{ ref: 'file:m/base/training_args.bin' }],
    })
  })

  it('has nothing of 1.7 in 1.6', () => {
    const old = text(sampleBill(true), '1.6')
    for (const key of [
      'citations',
      'isExternal',
      'versionRange',
      'distributionConstraints',
      'expressionDetails',
    ])
      expect(old).not.toContain(`"${key}"`)
  })
})

it('calls every licence of the list by a name that the schema knows', () => {
  const require = createRequire(import.meta.url)
  const ids: string[] = [...require('spdx-license-ids'), ...require('spdx-license-ids/deprecated.json')]
  const main = require.resolve('@cyclonedx/cyclonedx-library')
  const folder = main.slice(0, main.lastIndexOf('cyclonedx-library') + 'cyclonedx-library'.length)
  const schema: { enum: string[] } = JSON.parse(
    readFileSync(`${folder}/res/schema/spdx.SNAPSHOT.schema.json`, 'utf8'),
  )
  const known = new Set(schema.enum)
  expect(ids.map((id) => licenceOf(id).text).filter((id) => !known.has(id))).toEqual([])
})

it('leaves the report as it was', () => {
  const { report, located } = sampleProject()
  const before = JSON.stringify(report)
  text(billOf(report, { name: 'x', located, withFindings: true }))
  expect(JSON.stringify(report)).toBe(before)
})
