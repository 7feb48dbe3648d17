import type { JsonObject } from '../../model/fact.ts'
import type { Part, Properties, Stated } from './bill.ts'
import { cite, statedProperties, type Writing } from './writing.ts'

/** Properties that have a field of their own in a model card; all others are `properties` of it. */
const OWN_FIELD = new Set([
  ...[
    'task',
    'model-type',
    'architecture',
    'input',
    'output',
    'metric',
    'dataset',
    'base-model',
    'licence',
    'author',
  ],
  ...['description', 'version', 'url', 'use-case', 'limitation', 'ethical-consideration', 'user', 'tradeoff'],
])

const APPROACHES = new Set([
  'supervised',
  'unsupervised',
  'reinforcement-learning',
  'semi-supervised',
  'self-supervised',
])

/** The model card of CycloneDX, from what headers, configuration and cards say; nothing in it comes from a name. */
export function modelCard(part: Part, at: string, writing: Writing): JsonObject {
  const { properties } = part
  const parameters = modelParameters(part, `${at}/modelParameters`, writing)
  const metrics = metricsOf(properties, `${at}/quantitativeAnalysis/performanceMetrics`, writing)
  const considerations = considerationsOf(properties, `${at}/considerations`, writing)
  const others = new Map([...properties].filter(([name]) => !OWN_FIELD.has(name)))
  const further = [...others.values()].flat()
  for (const [i, stated] of further.entries()) writing.citations.add(`${at}/properties/${i}`, stated)
  const card = {
    ...(isEmpty(parameters) ? {} : { modelParameters: parameters }),
    ...(metrics.length === 0 ? {} : { quantitativeAnalysis: { performanceMetrics: metrics } }),
    ...(isEmpty(considerations) ? {} : { considerations }),
    ...(further.length === 0 ? {} : { properties: statedProperties(others) }),
  }
  return isEmpty(card) ? {} : { modelCard: card }
}

const isEmpty = (object: JsonObject) => Object.keys(object).length === 0

function modelParameters(
  { properties, ref }: Part,
  at: string,
  { citations, edgesFrom }: Writing,
): JsonObject {
  const one = (field: string, name: string): JsonObject => {
    const all = properties.get(name) ?? []
    for (const stated of all) citations.add(`${at}/${field}`, stated)
    return all.length === 0 ? {} : { [field]: all.map(({ value }) => value).join(', ') }
  }
  const many = (field: string, name: string): JsonObject => {
    const all = properties.get(name) ?? []
    for (const [i, stated] of all.entries()) citations.add(`${at}/${field}/${i}`, stated)
    return all.length === 0 ? {} : { [field]: all.map(({ value }) => ({ format: value })) }
  }
  const approach = properties.get('approach')?.find(({ value }) => APPROACHES.has(value))
  cite(citations, `${at}/approach/type`, approach)
  const datasets = (edgesFrom.get(ref) ?? []).filter(({ role }) => role === 'dataset')
  for (const [i, stated] of (properties.get('dataset') ?? []).slice(0, datasets.length).entries())
    citations.add(`${at}/datasets/${i}`, stated)
  return {
    ...(approach ? { approach: { type: approach.value } } : {}),
    ...one('task', 'task'),
    ...one('architectureFamily', 'model-type'),
    ...one('modelArchitecture', 'architecture'),
    ...(datasets.length === 0 ? {} : { datasets: datasets.map(({ to }) => ({ ref: to })) }),
    ...many('inputs', 'input'),
    ...many('outputs', 'output'),
  }
}

/** Cards write a metric as its name, or as name and value. */
export function metricParts(value: string): { readonly type: string; readonly value?: string } {
  const [, type, number] = /^(.{1,200}?)\s*[=:]\s*([-+]?\d[\d.eE+-]*%?)$/.exec(value) ?? []
  return type === undefined || number === undefined ? { type: value } : { type, value: number }
}

function metricsOf(properties: Properties, at: string, { citations }: Writing): JsonObject[] {
  return (properties.get('metric') ?? []).map((stated, i) => {
    citations.add(`${at}/${i}`, stated)
    return { ...metricParts(stated.value) }
  })
}

function considerationsOf(properties: Properties, at: string, { citations }: Writing): JsonObject {
  const list = (field: string, name: string, shape: (s: Stated) => JsonObject | string): JsonObject => {
    const all = properties.get(name) ?? []
    for (const [i, stated] of all.entries()) citations.add(`${at}/${field}/${i}`, stated)
    return all.length === 0 ? {} : { [field]: all.map(shape) }
  }
  return {
    ...list('users', 'user', ({ value }) => value),
    ...list('useCases', 'use-case', ({ value }) => value),
    ...list('technicalLimitations', 'limitation', ({ value }) => value),
    ...list('performanceTradeoffs', 'tradeoff', ({ value }) => value),
    ...list('ethicalConsiderations', 'ethical-consideration', ({ value }) => ({ name: value })),
  }
}
