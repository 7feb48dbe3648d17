import { type LinearRegex, linearRegex } from '../codec/regex.ts'
import type { Json, JsonObject } from '../model/fact.ts'
import {
  type Condition,
  type Exclusion,
  type FactCondition,
  type FieldTest,
  factConditions,
  isFactCondition,
  type List,
  leads,
  type NamesList,
  type Rule,
  type RuleData,
  type Where,
} from './schema.ts'
import { SignatureMatcher } from './signature.ts'

export type FactTest = (data: JsonObject) => boolean
type ValueTest = (value: Json) => boolean

/** One rule ready to run. Its tests are built on first use: most runs meet a handful of the fact kinds. */
export interface CompiledRule {
  readonly rule: Rule
  /** The finding's `subject`; undefined where no policy may accept it by name. */
  readonly subject: string | undefined
  /** Of a rule that fires on each fact by itself. */
  readonly test: FactTest
  /** The tests of each fact condition, for rules that look at several facts together. */
  testOf(condition: FactCondition): FactTest
}

export interface Ruleset extends RuleData {
  /** Rules that fire on each fact by itself, by the kind of the fact. */
  readonly single: ReadonlyMap<string, readonly CompiledRule[]>
  /** Rules that look at all facts of one artifact, by each kind that can give the finding its place. */
  readonly grouped: ReadonlyMap<string, readonly CompiledRule[]>
}

/** Indexes rules by the kind of fact they ask for. Cheap: nothing is built before a fact asks for it. */
export function compile(data: RuleData): Ruleset {
  const lists = new Lists(data.lists)
  const single = new Map<string, CompiledRule[]>()
  const grouped = new Map<string, CompiledRule[]>()
  for (const rule of data.rules) {
    const compiled = compileRule(rule, lists)
    const alone = isFactCondition(rule.when) && rule.when.count === undefined
    const kinds = new Set(leads(rule.when).map((condition) => condition.fact))
    for (const kind of kinds) append(alone ? single : grouped, kind, compiled)
  }
  return { ...data, single, grouped }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const held = map.get(key)
  if (held) held.push(value)
  else map.set(key, [value])
}

function compileRule(rule: Rule, lists: Lists): CompiledRule {
  const tests = new Map<FactCondition, FactTest>()
  const testOf = (condition: FactCondition): FactTest => {
    let test = tests.get(condition)
    if (!test) {
      test = factTest(condition, lists)
      tests.set(condition, test)
    }
    return test
  }
  const { when } = rule
  return {
    rule,
    subject: rule.subject !== undefined && acceptable(when, rule.subject, lists) ? rule.subject : undefined,
    test: (data) => isFactCondition(when) && testOf(when)(data),
    testOf,
  }
}

/** A name that stands on a list of known dangers is not acceptable by name, unless the list says so. */
function acceptable(when: Condition, subject: string, lists: Lists): boolean {
  return factConditions(when).every((condition) => {
    const list = condition.where?.[subject]?.list
    return list === undefined || lists.acceptable(list)
  })
}

function factTest(condition: FactCondition, lists: Lists): FactTest {
  const holds = clauseTest(condition, lists)
  const exclusions = (condition.not ?? []).map((exclusion) => clauseTest(exclusion, lists))
  return (data) => holds(data) && !exclusions.some((excludes) => excludes(data))
}

function clauseTest(clause: Exclusion, lists: Lists): FactTest {
  const where = whereTest(clause.where ?? {}, lists)
  const { signature } = clause
  if (signature === undefined) return where
  return (data) => where(data) && lists.allows(signature, data)
}

function whereTest(where: Where, lists: Lists): FactTest {
  const fields = Object.entries(where).map(([field, test]) => fieldTest(field, test, lists))
  return (data) => fields.every((test) => test(data))
}

function fieldTest(field: string, test: FieldTest, lists: Lists): FactTest {
  const { exists } = test
  const tests = valueTests(test, lists)
  const passes = (value: Json) => tests.every((t) => t(value))
  return (data) => {
    const value = Object.hasOwn(data, field) ? data[field] : undefined
    const present = value !== undefined && value !== null
    if (exists !== undefined && present !== exists) return false
    if (tests.length === 0) return true
    if (value === undefined) return false
    return Array.isArray(value) ? value.some(passes) : passes(value)
  }
}

function valueTests(test: FieldTest, lists: Lists): ValueTest[] {
  const { equals, list, regex, min, max } = test
  const tests: ValueTest[] = []
  if (equals !== undefined) tests.push((value) => value === equals)
  if (test.in) {
    const values = new Set<Json>(test.in)
    tests.push((value) => values.has(value))
  }
  if (min !== undefined) tests.push((value) => typeof value === 'number' && value >= min)
  if (max !== undefined) tests.push((value) => typeof value === 'number' && value <= max)
  if (list !== undefined) tests.push((value) => typeof value === 'string' && lists.has(list, value))
  if (regex !== undefined) {
    let compiled: LinearRegex | undefined
    tests.push((value) => {
      if (typeof value !== 'string') return false
      compiled ??= linearRegex(regex)
      return compiled.test(value)
    })
  }
  return tests
}

/** The lists by name, each turned into its lookup when first asked. */
class Lists {
  readonly #lists: Readonly<Record<string, List>>
  readonly #names = new Map<string, NameMatcher>()
  readonly #signatures = new Map<string, SignatureMatcher>()

  constructor(lists: Readonly<Record<string, List>>) {
    this.#lists = lists
  }

  has(name: string, value: string): boolean {
    const list = this.#list(name)
    if (list.kind === 'signatures') return this.#matcher(name).has(value)
    if (list.kind !== 'names') throw new Error(`list ${name} holds no names`)
    const held = this.#names.get(name) ?? new NameMatcher(list)
    this.#names.set(name, held)
    return held.has(value)
  }

  allows(name: string, data: JsonObject): boolean {
    return this.#matcher(name).allows(data)
  }

  acceptable(name: string): boolean {
    const list = this.#list(name)
    return list.kind !== 'names' || list.acceptable
  }

  #matcher(name: string): SignatureMatcher {
    const list = this.#list(name)
    if (list.kind !== 'signatures') throw new Error(`list ${name} holds no signatures`)
    const held = this.#signatures.get(name) ?? new SignatureMatcher(list)
    this.#signatures.set(name, held)
    return held
  }

  #list(name: string): List {
    const list = Object.hasOwn(this.#lists, name) ? this.#lists[name] : undefined
    // The loader has checked every name; this is a rule set put together by hand.
    if (!list) throw new Error(`no list ${name}`)
    return list
  }
}

/** Exact names, and modules (`os.*`) with everything under them. */
class NameMatcher {
  readonly #exact = new Set<string>()
  readonly #modules = new Set<string>()
  #deepest = 0

  constructor(list: NamesList) {
    for (const entry of list.entries) {
      if (!entry.endsWith('.*')) {
        this.#exact.add(entry)
        continue
      }
      const module = entry.slice(0, -2)
      this.#modules.add(module)
      this.#deepest = Math.max(this.#deepest, module.split('.').length)
    }
  }

  has(name: string): boolean {
    if (this.#exact.has(name) || this.#modules.has(name)) return true
    // Only as many parents as the deepest module has: a hostile name may have a million dots.
    let end = name.indexOf('.')
    for (let depth = 1; end !== -1 && depth <= this.#deepest; depth++) {
      if (this.#modules.has(name.slice(0, end))) return true
      end = name.indexOf('.', end + 1)
    }
    return false
  }
}
