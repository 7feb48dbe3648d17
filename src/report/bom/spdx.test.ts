import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../model/fact.ts'
import { RAW } from '../testing/raw.ts'
import { HOSTILE_NAME, sampleReport } from '../testing/sample-reports.ts'
import type { Bill } from './bill.ts'
import { billOf } from './project.ts'
import { spdx } from './spdx.ts'
import { Conformance, NO_ASSERTION_LICENCE } from './spdx-conformance.ts'
import { OPTIONS, sampleBill, sampleProject } from './testing/bills.ts'

// biome-ignore lint/suspicious/noExplicitAny: a parsed document, read as its readers would
type Parsed = any
const text = (bill: Bill, options = OPTIONS) => [...spdx(bill, options)].join('')
const graph = (bill: Bill): Parsed[] => JSON.parse(text(bill))['@graph']

const checked = (elements: readonly JsonObject[]) => {
  const conformance = new Conformance()
  for (const element of elements) conformance.see(element)
  return conformance
}
const messages = (elements: readonly JsonObject[]) =>
  checked(elements)
    .problems()
    .map(({ message }) => message)

/** A bill of one locked model, all of which is known. */
function whole(): Bill {
  const { report, located } = sampleProject()
  const kept = { ...report, artifacts: report.artifacts.filter((a) => a.locator.root.startsWith('m/base/')) }
  return billOf(kept, { name: 'whole', located: located.slice(0, 1) })
}

const shared = path.resolve(import.meta.dirname, '../../../../shared/schemas/spdx-3.0.1-schema.json')
const hasSchema = existsSync(shared)
if (!hasSchema)
  console.warn('skipped: no SPDX schema beside the project; the own conformance checker still runs')

describe.skipIf(!hasSchema)('SPDX by the official schema', () => {
  it('is valid, with findings and without, and when there is nothing', () => {
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(shared, 'utf8')))
    const empty = billOf(sampleReport({ artifacts: [] }), { name: 'nothing' })
    for (const bill of [sampleBill(), sampleBill(true), whole(), empty])
      expect([validate(JSON.parse(text(bill))), validate.errors]).toEqual([true, null])
    const broken = JSON.parse(text(sampleBill()))
    broken['@graph'][1].unknown = 1
    expect(validate(broken)).toBe(false)
  }, 120_000)
})

describe('SPDX', () => {
  const elements = graph(sampleBill(true))
  const named = (name: string): Parsed => elements.find((e) => e.name === name)
  const relations = (type: string): Parsed[] => elements.filter((e) => e.relationshipType === type)

  it('has no dangling reference, no identifier twice, and claims no profile that does not hold', () => {
    for (const bill of [sampleBill(), sampleBill(true), whole()]) expect(messages(graph(bill))).toEqual([])
  })

  it('claims the AI profile only where every model has what it demands', () => {
    const claims = (bill: Bill): string[] =>
      graph(bill).find((e) => e.type === 'SpdxDocument').profileConformance
    expect(claims(whole())).toEqual(['core', 'software', 'simpleLicensing', 'ai'])
    expect(claims(sampleBill())).toEqual(['core', 'software', 'simpleLicensing'])
    expect(claims(sampleBill(true))).toContain('security')
  })

  it('describes a model with what was measured and declared', () => {
    expect(named('acme/base')).toMatchObject({
      type: 'ai_AIPackage',
      software_primaryPurpose: 'model',
      software_packageVersion: 'c'.repeat(40),
      software_downloadLocation: 'https://huggingface.co/acme/base',
      releaseTime: '2024-05-06T07:08:09Z',
      ai_typeOfModel: ['LlamaForCausalLM', 'llama'],
      ai_domain: ['text-generation'],
      ai_metric: [{ type: 'DictionaryEntry', key: 'accuracy', value: '0.91' }],
      ai_limitation: 'Made up for a test.',
      ai_informationAboutTraining: 'Datasets: acme/rows',
    })
    expect(named('acme/base').ai_hyperparameter).toContainEqual({
      type: 'DictionaryEntry',
      key: 'parameters',
      value: '1000',
    })
    const note = elements.find((e) => e.type === 'Annotation' && e.subject === named('acme/base').spdxId)
    expect(note.statement).toContain('measured: parameters = 1000 (m/base/model-00001-of-00002.safetensors)')
    expect(note.statement).toContain('declared: licence = Apache-2.0 (m/base/README.md)')
  })

  it('describes a dataset and says what it does not know', () => {
    expect(named('acme/rows')).toMatchObject({
      type: 'dataset_DatasetPackage',
      dataset_datasetType: ['structured'],
      dataset_datasetSize: 105,
      originatedBy: [expect.stringContaining('agent')],
    })
    expect(named('d/rows/eval.parquet').comment).toMatch(/not computed.*missing/)
  })

  it('gives every part one declared licence and one concluded one', () => {
    const of = (type: string, name: string) =>
      relations(type)
        .filter((r) => r.from === named(name).spdxId)
        .map((r) => r.to)
    for (const name of ['acme/base', 'acme/lora', 'acme/rows', 'server']) {
      expect(of('hasDeclaredLicense', name)).toHaveLength(1)
      expect(of('hasConcludedLicense', name)).toEqual([[NO_ASSERTION_LICENCE]])
    }
    expect(of('hasDeclaredLicense', 'server')).toEqual([[NO_ASSERTION_LICENCE]])
    const [[lora] = []] = of('hasDeclaredLicense', 'acme/lora')
    expect(elements.find((e) => e.spdxId === lora)?.simplelicensing_licenseExpression).toBe(
      'MIT OR Apache-2.0',
    )
  })

  it('relates models to what they are made from, trained on and need', () => {
    const pairs = (type: string) =>
      relations(type).flatMap((r) =>
        r.to.map((to: string) => [r.from, to].map((id) => elements.find((e) => e.spdxId === id)?.name)),
      )
    expect(pairs('descendantOf')).toEqual(
      expect.arrayContaining([
        ['acme/base', 'other/origin'],
        ['acme/lora', 'acme/base'],
      ]),
    )
    expect(pairs('trainedOn')).toEqual([['acme/base', 'acme/rows']])
    expect(pairs('dependsOn')).toContainEqual(['acme/base', 'transformers'])
    const incomplete = relations('hasDataFile').find((r) => r.from === named('acme/rows').spdxId)
    expect(incomplete.completeness).toBe('incomplete')
  })

  it('is the same for the same content, but for its time', () => {
    const later = { timestamp: '2030-01-01T00:00:00Z' }
    expect(text(sampleBill())).toBe(text(sampleBill()))
    expect(text(sampleBill()).replaceAll(OPTIONS.timestamp, later.timestamp)).toBe(text(sampleBill(), later))
  })

  it('shows hostile names without letting them act', () => {
    const doc = text(sampleBill(true))
    expect(doc.replaceAll('\n', '')).not.toMatch(RAW)
    const strings: string[] = []
    JSON.parse(doc, (key, value) =>
      typeof value === 'string' && key !== 'statement' ? strings.push(value) : value,
    )
    expect(strings.filter((s) => RAW.test(s) || s.includes('\n'))).toEqual([])
    expect(doc).not.toContain(HOSTILE_NAME)
  })
})

describe('the conformance checker', () => {
  const good = graph(whole())
  const change = (match: (e: Parsed) => boolean, edit: (e: Parsed) => Parsed) =>
    good.map((e) => (match(e) ? edit(structuredClone(e)) : e))
  const isModel = (e: Parsed) => e.type === 'ai_AIPackage'

  it.each([
    'releaseTime',
    'suppliedBy',
    'software_downloadLocation',
    'software_packageVersion',
    'software_primaryPurpose',
  ])('finds a model without %s, which the schema lets pass', (key) => {
    const broken = change(isModel, (e) => {
      delete e[key]
      return e
    })
    // The document and the bill in it both claim the profile.
    expect(messages(broken)).toEqual([`has no ${key}`, `has no ${key}`])
  })

  it('finds a licence that is missing or there twice', () => {
    const isLicence = (e: Parsed) => e.relationshipType === 'hasDeclaredLicense'
    expect(messages(good.filter((e) => !isLicence(e)))).toContain(
      '0 relationships hasDeclaredLicense instead of one',
    )
    const twice = [...good, { ...good.find(isLicence), spdxId: 'urn:x:again' }]
    expect(messages(twice)).toContain('2 relationships hasDeclaredLicense instead of one')
  })

  it('finds what leads nowhere, what is there twice, and what is no document', () => {
    const isDocument = (e: Parsed) => e.type === 'SpdxDocument'
    expect(messages(good.filter((e) => e.type !== 'Tool')).join()).toMatch(
      /leads to .*#tool, which is not here/,
    )
    expect(messages([...good, good.find(isModel)])).toContain('two elements have this identifier')
    expect(messages(good.filter((e) => !isDocument(e)))).toContain('0 documents instead of one')
    const bare = change(isModel, ({ creationInfo: _, ...e }) => e)
    expect(messages(bare)).toContain('has no creationInfo')
  })

  it('does not say that a profile holds of which there is nothing', () => {
    expect(checked(good).holds('dataset')).toBe(false)
    expect(checked(good).holds('ai')).toBe(true)
  })
})
