import { celEnv, isCelError, parse, plan } from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { displayPath } from '../model/artifact.ts'
import type { Fact, Json } from '../model/fact.ts'
import type { Finding } from '../model/finding.ts'
import type { Inspection } from '../model/report.ts'
import { UsageError } from '../model/trouble.ts'
import type { Statement } from './demands.ts'
import type { PolicyCondition } from './schema.ts'

/**
 * Conditions in CEL (Common Expression Language) over the report. Names in a report are an attacker's: expressions have no
 * loops but one level of `all`, `exists`, `filter` or `map`, and regular expressions are RE2, so each takes time linear in what it
 * is asked about; all of them together are stopped by a deadline, and what was not decided is denied.
 */

/** Far more than ten thousand findings take; reached only by mistake or malice. */
const DEADLINE_MS = 10_000

/** Longer ones are no condition that a person reviews. */
const EXPRESSION_CHARACTERS = 4_096

export type ConditionCheck = (inspection: Inspection, findings: readonly Finding[]) => Statement[]

type Evaluate = (value: unknown) => string | boolean

/** Refuses, with the place, what is no CEL, asks for an unknown variable or nests one loop in another. */
export function compileConditions(conditions: readonly PolicyCondition[]): ConditionCheck {
  const compiled = conditions.map((condition) => ({ condition, evaluate: compile(condition) }))
  return (inspection, findings) => {
    const deadline = performance.now() + DEADLINE_MS
    const views = new Views(inspection, findings)
    return compiled.flatMap(({ condition, evaluate }) => {
      const statements: Statement[] = []
      for (const { artifact, value } of views.each(condition.each)) {
        const late = performance.now() > deadline
        const said = late ? 'the time for conditions is over' : evaluate(value)
        if (said !== false) statements.push(denied(condition, artifact, said))
        if (late) break
      }
      return statements
    })
  }
}

function denied({ name, message, place }: PolicyCondition, artifact: string, said: string | true): Statement {
  const error = said === true ? undefined : said
  return {
    artifact,
    fact: {
      kind: 'policy.condition',
      data: {
        name,
        message: error === undefined ? message : `${message}; it could not be decided: ${error}`,
        how: error === undefined ? 'denied' : 'error',
        place,
      },
    },
  }
}

function compile(condition: PolicyCondition): Evaluate {
  const { deny, each } = condition
  if (deny.length > EXPRESSION_CHARACTERS)
    refuse(condition, `is longer than ${EXPRESSION_CHARACTERS} characters`)
  const parsed = parsedOf(condition)
  checkNames(
    condition,
    JSON.parse(JSON.stringify(parsed.expr, (_, v) => (typeof v === 'bigint' ? String(v) : v))),
  )
  const evaluate = plan(celEnv({ funcs: strings }), parsed)
  return (value) => {
    const result = evaluate({ [each]: value as never })
    if (isCelError(result)) return result.message
    return typeof result === 'boolean' ? result : 'it is neither true nor false'
  }
}

function parsedOf(condition: PolicyCondition) {
  try {
    return parse(condition.deny)
  } catch (error) {
    // The parser names the place as `<input>:line:column:`.
    const message = error instanceof Error ? error.message : String(error)
    return refuse(
      condition,
      message.replace(/^<input>:(\d+):(\d+): /, 'line $1, column $2 of the expression: '),
    )
  }
}

function refuse({ place, name }: PolicyCondition, why: string): never {
  throw new UsageError(`${place}: conditions.${name}: ${why.replace(/\s+/g, ' ').slice(0, 300)}`)
}

/** Names that CEL itself defines: types that conversions and `type()` use. */
const BUILT_IN = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
  'math',
])

/** Walks the expression: every name is the variable, a type, or that of the loop around it; one loop inside another is refused. */
function checkNames(condition: PolicyCondition, expr: Json): void {
  const walk = (node: Json, names: ReadonlySet<string>, depth: number): void => {
    if (node === null || typeof node !== 'object') return
    if (Array.isArray(node)) {
      for (const item of node) walk(item, names, depth)
      return
    }
    const object = node as { readonly [key: string]: Json }
    const { case: kind, value } = object
    if (kind === 'identExpr' && isNamed(value) && !names.has(value.name) && !BUILT_IN.has(value.name))
      refuse(condition, `'${value.name}' is not known here; the variable is '${condition.each}'`)
    if (kind !== 'comprehensionExpr') {
      for (const child of Object.values(object)) walk(child, names, depth)
      return
    }
    if (depth > 0)
      refuse(condition, 'one loop inside another takes too long on a large report; write two conditions')
    loop(value ?? null, names, walk)
  }
  walk(expr, new Set([condition.each]), 0)
}

function loop(
  value: Json,
  names: ReadonlySet<string>,
  walk: (node: Json, names: ReadonlySet<string>, depth: number) => void,
): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return
  const { iterVar, iterVar2, accuVar, iterRange, ...steps } = value as { readonly [key: string]: Json }
  walk(iterRange ?? null, names, 1)
  const inner = new Set([...names, ...[iterVar, iterVar2, accuVar].filter((n) => typeof n === 'string')])
  walk(steps, inner, 1)
}

function isNamed(value: Json | undefined): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
}

interface View {
  readonly artifact: string
  readonly value: unknown
}

/** What conditions see: plain maps, with whole numbers as CEL integers. */
class Views {
  readonly #inspection: Inspection
  readonly #findings: readonly Finding[]

  constructor(inspection: Inspection, findings: readonly Finding[]) {
    this.#inspection = inspection
    this.#findings = findings
  }

  each(each: PolicyCondition['each']): readonly View[] {
    const { artifacts, facts } = this.#inspection
    if (each === 'artifact') return artifacts.map((a) => ({ artifact: a.id, value: artifactView(a) }))
    if (each === 'finding')
      return this.#findings.map((f) => ({ artifact: f.artifact, value: findingView(f) }))
    if (each === 'entry')
      return facts
        .filter((f) => f.kind === 'lock.entry')
        .map((f) => ({ artifact: f.artifact, value: f.data }))
    const [first] = artifacts
    return first ? [{ artifact: first.id, value: this.#report() }] : []
  }

  #report() {
    const { artifacts, facts } = this.#inspection
    return {
      artifacts: artifacts.map(artifactView),
      findings: this.#findings.map(findingView),
      facts: facts.map(factView),
    }
  }
}

function artifactView({ id, locator, name, size, formats, digests }: Inspection['artifacts'][number]) {
  return {
    id,
    path: displayPath(locator),
    name,
    size: BigInt(size ?? 0),
    formats,
    depth: BigInt(locator.members.length),
    sha256: digests.find((d) => d.origin === 'computed')?.hex ?? '',
  }
}

function findingView(finding: Finding) {
  const { rule, severity, confidence, path, message, subject, count, taxonomies } = finding
  return {
    rule,
    severity,
    confidence,
    path,
    message,
    subject: subject ?? '',
    count: BigInt(count),
    ...taxonomies,
  }
}

function factView({ kind, artifact, count, data }: Fact) {
  return { kind, artifact, count: BigInt(count), data: whole(data) }
}

/** JSON numbers without a fraction are integers to CEL, as a reader of the report would take them. */
function whole(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(whole)
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, whole(child)]))
}
