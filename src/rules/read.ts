import { linearRegex } from '../codec/regex.ts'
import type { Setting } from '../codec/settings.ts'
import { SEVERITIES } from '../model/finding.ts'
import type {
  Condition,
  Example,
  ExampleFact,
  Exclusion,
  FactCondition,
  FieldTest,
  Rule,
  Scalar,
  Where,
} from './schema.ts'

const CONFIDENCES = ['low', 'medium', 'high'] as const

/** A rule file's rules; `stem` is the file's base name, which every id begins with. Throws `UsageError`. */
export function readRules(root: Setting, stem: string): { rule: Rule; setting: Setting }[] {
  const { rules } = root.object({ rules: 'required' })
  return rules!.filledList().map((setting) => ({ rule: readRule(setting, stem), setting }))
}

function readRule(setting: Setting, stem: string): Rule {
  const r = setting.object({
    id: 'required',
    title: 'required',
    severity: 'required',
    confidence: 'required',
    when: 'required',
    subject: 'optional',
    message: 'required',
    remediation: 'required',
    taxonomies: 'required',
    examples: 'required',
  })
  return {
    id: readId(r.id!, stem),
    title: r.title!.string(),
    severity: r.severity!.oneOf(SEVERITIES),
    confidence: r.confidence!.oneOf(CONFIDENCES),
    when: readCondition(r.when!),
    ...(r.subject ? { subject: r.subject.string() } : {}),
    message: r.message!.string(),
    remediation: r.remediation!.string(),
    taxonomies: readTaxonomies(r.taxonomies!),
    examples: readExamples(r.examples!),
  }
}

function readId(setting: Setting, stem: string): string {
  const id = setting.matching(/^[a-z0-9-]+\/[a-z0-9]+(-[a-z0-9]+)*$/, 'a rule id: <file>/<kebab-name>')
  if (!id.startsWith(`${stem}/`)) setting.fail(`'${id}' must begin with '${stem}/', the name of its file`)
  return id
}

function readTaxonomies(setting: Setting): Rule['taxonomies'] {
  const t = setting.object({ cwe: 'optional', owasp: 'optional', atlas: 'optional', cve: 'optional' })
  const ids = (field: Setting | undefined, pattern: RegExp, wanted: string) =>
    field ? field.list().map((item) => item.matching(pattern, wanted)) : []
  return {
    cwe: ids(t.cwe, /^CWE-[1-9]\d*$/, 'a CWE id such as CWE-502'),
    owasp: ids(t.owasp, /^LLM(0[1-9]|10):2025$/, 'an OWASP LLM Top 10 2025 id such as LLM03:2025'),
    atlas: ids(t.atlas, /^AML\.T\d{4}(\.\d{3})?$/, 'a MITRE ATLAS technique such as AML.T0010.003'),
    cve: ids(t.cve, /^CVE-\d{4}-\d{4,}$/, 'a CVE id such as CVE-2025-1716'),
  }
}

function readCondition(setting: Setting): Condition {
  const keys = new Set(setting.entries().map(([key]) => key))
  if (keys.has('fact')) return readFactCondition(setting)
  const c = setting.object({ all: 'optional', any: 'optional', not: 'optional' })
  if (keys.size !== 1) setting.fail("give exactly one of 'fact', 'all', 'any' and 'not'")
  if (c.all) return { all: c.all.filledList().map(readCondition) }
  if (c.any) return { any: c.any.filledList().map(readCondition) }
  return { not: readCondition(c.not!) }
}

function readFactCondition(setting: Setting): FactCondition {
  const c = setting.object({
    fact: 'required',
    where: 'optional',
    signature: 'optional',
    not: 'optional',
    count: 'optional',
  })
  return {
    fact: c.fact!.string(),
    ...(c.where ? { where: readWhere(c.where) } : {}),
    ...(c.signature ? { signature: c.signature.string() } : {}),
    ...(c.not ? { not: readExclusions(c.not) } : {}),
    ...(c.count ? { count: readCount(c.count) } : {}),
  }
}

function readExclusions(setting: Setting): Exclusion[] {
  const items = setting.type === 'list' ? setting.filledList() : [setting]
  return items.map((item) => {
    const e = item.object({ where: 'optional', signature: 'optional' })
    if (!e.where && !e.signature) item.fail("give 'where', 'signature' or both")
    return {
      ...(e.where ? { where: readWhere(e.where) } : {}),
      ...(e.signature ? { signature: e.signature.string() } : {}),
    }
  })
}

function readCount(setting: Setting): { min?: number; max?: number } {
  const { min, max } = setting.object({ min: 'optional', max: 'optional' })
  if (!min && !max) setting.fail("give 'min', 'max' or both")
  return { ...(min ? { min: min.wholeNumber() } : {}), ...(max ? { max: max.wholeNumber() } : {}) }
}

function readWhere(setting: Setting): Where {
  const fields = setting.entries()
  if (fields.length === 0) setting.fail('must name at least one field')
  return Object.fromEntries(fields.map(([field, test]) => [field, readFieldTest(test)]))
}

function readFieldTest(setting: Setting): FieldTest {
  if (setting.type === 'list') return setting.fail('write { in: […] } for one of several values')
  if (setting.type !== 'mapping') return { equals: readScalar(setting) }
  const t = setting.object({
    equals: 'optional',
    in: 'optional',
    list: 'optional',
    regex: 'optional',
    min: 'optional',
    max: 'optional',
    exists: 'optional',
  })
  const test: FieldTest = {
    ...(t.equals ? { equals: readScalar(t.equals) } : {}),
    ...(t.in ? { in: t.in.filledList().map(readScalar) } : {}),
    ...(t.list ? { list: t.list.string() } : {}),
    ...(t.regex ? { regex: readRegex(t.regex) } : {}),
    ...(t.min ? { min: t.min.number() } : {}),
    ...(t.max ? { max: t.max.number() } : {}),
    ...(t.exists ? { exists: t.exists.boolean() } : {}),
  }
  return Object.keys(test).length > 0 ? test : setting.fail('must name at least one test')
}

export function readScalar(setting: Setting): Scalar {
  const value = setting.json()
  return value === null || typeof value !== 'object' ? value : setting.fail('must be a single value')
}

function readRegex(setting: Setting): string {
  const pattern = setting.string()
  try {
    linearRegex(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    setting.fail(`not a regular expression of RE2 syntax (no backreferences, no lookaround): ${why}`)
  }
  return pattern
}

function readExamples(setting: Setting): Rule['examples'] {
  const { hit, miss } = setting.object({ hit: 'required', miss: 'required' })
  return { hit: hit!.filledList().map(readExample), miss: miss!.filledList().map(readExample) }
}

function readExample(setting: Setting): Example {
  return setting.type === 'list' ? setting.list().map(readExampleFact) : [readExampleFact(setting)]
}

function readExampleFact(setting: Setting): ExampleFact {
  const f = setting.object({ fact: 'required', data: 'required', count: 'optional' })
  const count = f.count ? { count: f.count.wholeNumber() } : {}
  return { fact: f.fact!.string(), data: f.data!.jsonObject(), ...count }
}
