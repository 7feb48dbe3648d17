import { type Artifact, displayPath } from '../model/artifact.ts'
import type { At, Fact } from '../model/fact.ts'
import type { Finding } from '../model/finding.ts'
import { byCodePoint } from '../model/order.ts'
import type { CompiledRule, Ruleset } from './compile.ts'
import { Findings } from './finding.ts'
import { type Condition, type FactCondition, isFactCondition, isPositive } from './schema.ts'

/** A rule that fired: on which facts, the one that gives the finding its place and data first. */
interface Hit {
  readonly compiled: CompiledRule
  readonly facts: readonly [Fact, ...Fact[]]
}

/** Applies every rule to the facts it asks for. Pure; findings are sorted by artifact path, offset and rule. */
export function match(ruleset: Ruleset, artifacts: readonly Artifact[], facts: readonly Fact[]): Finding[] {
  const hits = [...singleHits(ruleset, facts), ...groupedHits(ruleset, facts)]
  const paths = pathsOf(hits, artifacts)
  const placed = hits.map((hit) => ({ hit, path: paths.get(hit.facts[0].artifact) ?? hit.facts[0].artifact }))
  placed.sort(
    (a, b) =>
      byCodePoint(a.path, b.path) ||
      comparePlaces(a.hit.facts[0].at, b.hit.facts[0].at) ||
      byCodePoint(a.hit.compiled.rule.id, b.hit.compiled.rule.id),
  )
  const findings = new Findings()
  return placed.map(({ hit, path }) => findings.make(hit.compiled, hit.facts, path))
}

function* singleHits(ruleset: Ruleset, facts: readonly Fact[]): Iterable<Hit> {
  for (const fact of facts) {
    for (const compiled of ruleset.single.get(fact.kind) ?? []) {
      if (compiled.test(fact.data)) yield { compiled, facts: [fact] }
    }
  }
}

function* groupedHits(ruleset: Ruleset, facts: readonly Fact[]): Iterable<Hit> {
  if (ruleset.grouped.size === 0) return
  for (const group of byArtifact(facts).values()) {
    const due = new Set<CompiledRule>()
    for (const kind of group.keys()) for (const compiled of ruleset.grouped.get(kind) ?? []) due.add(compiled)
    for (const compiled of due) {
      const { when } = compiled.rule
      const [first, ...rest] = evaluate(when, compiled, group) ?? []
      if (!first) continue
      // A count on a single condition is a threshold for its findings; `all` and `any` make one finding of many facts.
      if (isFactCondition(when)) for (const fact of [first, ...rest]) yield { compiled, facts: [fact] }
      else yield { compiled, facts: [first, ...rest] }
    }
  }
}

type FactsByKind = Map<string, Fact[]>

function byArtifact(facts: readonly Fact[]): Map<string, FactsByKind> {
  const groups = new Map<string, FactsByKind>()
  for (const fact of facts) {
    const group: FactsByKind = groups.get(fact.artifact) ?? new Map()
    groups.set(fact.artifact, group)
    const held = group.get(fact.kind)
    if (held) held.push(fact)
    else group.set(fact.kind, [fact])
  }
  return groups
}

/** The facts for which a condition holds, in the order of the conditions; undefined where it does not hold. */
function evaluate(condition: Condition, compiled: CompiledRule, group: FactsByKind): Fact[] | undefined {
  if (isFactCondition(condition)) return evaluateFact(condition, compiled, group)
  if ('not' in condition) return evaluate(condition.not, compiled, group) ? undefined : []
  if ('all' in condition) {
    const found: Fact[] = []
    for (const part of condition.all) {
      const facts = evaluate(part, compiled, group)
      if (!facts) return undefined
      found.push(...facts)
    }
    return found
  }
  const parts = condition.any.map((part) => evaluate(part, compiled, group)).filter((f) => f !== undefined)
  return parts.length > 0 ? parts.flat() : undefined
}

function evaluateFact(
  condition: FactCondition,
  compiled: CompiledRule,
  group: FactsByKind,
): Fact[] | undefined {
  const test = compiled.testOf(condition)
  const facts = (group.get(condition.fact) ?? []).filter((fact) => test(fact.data))
  const { count } = condition
  if (!count) return facts.length > 0 ? facts : undefined
  const total = facts.reduce((sum, fact) => sum + fact.count, 0)
  if (total < (count.min ?? 0) || total > (count.max ?? Number.POSITIVE_INFINITY)) return undefined
  return isPositive(condition) ? facts : []
}

/** Display paths of the artifacts that have findings only: there may be millions that have none. */
function pathsOf(hits: readonly Hit[], artifacts: readonly Artifact[]): Map<string, string> {
  const wanted = new Set(hits.map((hit) => hit.facts[0].artifact))
  const found = artifacts.filter((artifact) => wanted.has(artifact.id))
  return new Map(found.map((artifact) => [artifact.id, displayPath(artifact.locator)]))
}

/** Things without a place first, then by place. */
function comparePlaces(a: At | undefined, b: At | undefined): number {
  const [x, y] = [place(a), place(b)]
  return x[0] - y[0] || x[1] - y[1] || byCodePoint(x[2], y[2])
}

function place(at: At | undefined): [number, number, string] {
  if (!at) return [-1, -1, '']
  if ('offset' in at) return [at.offset, -1, '']
  return 'line' in at ? [at.line, at.column, ''] : [-1, -1, at.pointer]
}
