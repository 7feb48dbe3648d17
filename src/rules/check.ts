import type { Setting } from '../codec/settings.ts'
import type { FactCatalogue, FactShape, FieldShape, Json, JsonObject } from '../model/fact.ts'
import {
  type Condition,
  type FactCondition,
  type FieldTest,
  isFactCondition,
  type List,
  leads,
  PLACEHOLDER,
  type Rule,
  type Where,
} from './schema.ts'

type Way = readonly (string | number)[]

/**
 * Checks what a rule says against the facts that can exist and the lists there are: a rule that asks for what is never
 * there would be a silent hole. Throws `UsageError` at the place of the mistake.
 */
export function checkRule(
  rule: Rule,
  setting: Setting,
  lists: Readonly<Record<string, List>>,
  catalogue: FactCatalogue,
): void {
  new RuleCheck(rule, setting, lists, catalogue).run()
}

class RuleCheck {
  readonly #rule: Rule
  readonly #setting: Setting
  readonly #lists: Readonly<Record<string, List>>
  readonly #catalogue: FactCatalogue

  constructor(rule: Rule, setting: Setting, lists: Readonly<Record<string, List>>, catalogue: FactCatalogue) {
    this.#rule = rule
    this.#setting = setting
    this.#lists = lists
    this.#catalogue = catalogue
  }

  run(): void {
    this.#condition(this.#rule.when, ['when'])
    const lead = leads(this.#rule.when)
    if (lead.length === 0) {
      this.#fail(
        ['when'],
        'says only what is absent; name a fact that is there, so that the finding has a place',
      )
    }
    for (const text of ['message', 'remediation'] as const) {
      for (const [, field = ''] of this.#rule[text].matchAll(PLACEHOLDER))
        this.#leadField(lead, field, [text])
    }
    if (this.#rule.subject !== undefined) this.#leadField(lead, this.#rule.subject, ['subject'])
    this.#examples()
  }

  #condition(condition: Condition, way: Way): void {
    if (isFactCondition(condition)) {
      this.#factCondition(condition, way)
    } else if ('not' in condition) {
      this.#condition(condition.not, [...way, 'not'])
    } else {
      const key = 'all' in condition ? 'all' : 'any'
      const parts = 'all' in condition ? condition.all : condition.any
      for (const [i, part] of parts.entries()) this.#condition(part, [...way, key, i])
    }
  }

  #factCondition(condition: FactCondition, way: Way): void {
    const shape = this.#shape(condition.fact, [...way, 'fact'])
    this.#clause(condition, shape, way)
    for (const [i, exclusion] of (condition.not ?? []).entries()) {
      const list = this.#setting.find([...way, 'not']).type === 'list'
      this.#clause(exclusion, shape, list ? [...way, 'not', i] : [...way, 'not'])
    }
    const { min = 0, max = Number.POSITIVE_INFINITY } = condition.count ?? {}
    if (min > max) this.#fail([...way, 'count'], `the minimum ${min} is above the maximum ${max}`)
  }

  #clause(clause: { where?: Where; signature?: string }, shape: FactShape, way: Way): void {
    for (const [field, test] of Object.entries(clause.where ?? {})) {
      const place = [...way, 'where', field]
      this.#fieldTest(test, this.#field(shape, field, place), place)
    }
    if (clause.signature === undefined) return
    const place = [...way, 'signature']
    if (this.#list(clause.signature, place).kind !== 'signatures') {
      this.#fail(place, `the list '${clause.signature}' holds names; use where: { <field>: { list: … } }`)
    }
    for (const field of ['callable', 'role', 'args']) this.#field(shape, field, place)
  }

  #fieldTest(test: FieldTest, shape: FieldShape, way: Way): void {
    if (test.list !== undefined) this.#list(test.list, [...way, 'list'])
    if (shape === 'json') return
    const textual = shape === 'string' || shape === 'strings'
    for (const key of ['list', 'regex'] as const) {
      if (test[key] !== undefined && !textual)
        this.#fail([...way, key], `asks for text; the field is a ${shape}`)
    }
    for (const key of ['min', 'max'] as const) {
      if (test[key] !== undefined && shape !== 'number') {
        this.#fail([...way, key], `asks for a number; the field is a ${shape}`)
      }
    }
    const type = shape === 'strings' ? 'string' : shape
    for (const value of [...(test.in ?? []), ...(test.equals === undefined ? [] : [test.equals])]) {
      if (!hasShape(value, type)) this.#fail(way, `${JSON.stringify(value)} can never equal a ${type}`)
    }
  }

  #examples(): void {
    for (const side of ['hit', 'miss'] as const) {
      for (const [i, example] of this.#rule.examples[side].entries()) {
        const way: Way = ['examples', side, i]
        const list = this.#setting.find(way).type === 'list'
        for (const [j, fact] of example.entries()) {
          const place = list ? [...way, j] : way
          this.#data(fact.data, this.#shape(fact.fact, [...place, 'fact']), [...place, 'data'])
        }
      }
    }
  }

  #data(data: JsonObject, shape: FactShape, way: Way): void {
    for (const [field, value] of Object.entries(data)) {
      const wanted = this.#field(shape, field, [...way, field])
      if (value !== null && !hasShape(value, wanted)) {
        this.#fail([...way, field], `is no ${wanted}, which the field always is`)
      }
    }
  }

  #leadField(lead: readonly FactCondition[], field: string, way: Way): void {
    for (const { fact } of lead) this.#field(this.#shape(fact, way), field, way)
  }

  #shape(kind: string, way: Way): FactShape {
    const shape = Object.hasOwn(this.#catalogue, kind) ? this.#catalogue[kind] : undefined
    const family = `${kind.split('.')[0]}.`
    const known = Object.keys(this.#catalogue).filter((name) => name.startsWith(family))
    const hint = known.length > 0 ? `known: ${known.join(', ')}` : 'no inspector states facts of this family'
    return shape ?? this.#fail(way, `unknown fact '${kind}'; ${hint}`)
  }

  #field(shape: FactShape, field: string, way: Way): FieldShape {
    const known = Object.hasOwn(shape.fields, field) ? shape.fields[field] : undefined
    const fields = Object.keys(shape.fields).join(', ')
    return known ?? this.#fail(way, `the fact has no field '${field}'; it has ${fields}`)
  }

  #list(name: string, way: Way): List {
    const list = Object.hasOwn(this.#lists, name) ? this.#lists[name] : undefined
    if (list?.kind === 'loaders') return this.#fail(way, `the list '${name}' holds loaders, not names`)
    return list ?? this.#fail(way, `no list '${name}'; add rules/lists/${name}.yaml`)
  }

  #fail(way: Way, message: string): never {
    return this.#setting.find(way).fail(message)
  }
}

function hasShape(value: Json, shape: FieldShape): boolean {
  if (shape === 'json') return true
  if (shape === 'strings') return Array.isArray(value) && value.every((item) => typeof item === 'string')
  return typeof value === shape
}
