import { Glob } from '../codec/glob.ts'
import type { Finding, Severity } from '../model/finding.ts'
import type { Override, Policy } from './schema.ts'

/** A value and the clause of the policy that sets it: `file:line:column`, or the policy's name. */
export interface Ruled<T> {
  readonly value: T
  readonly by: string
}

/** What the policy says for one place, all overrides applied. */
export interface Terms {
  readonly failOn: Ruled<Severity>
  /** The clause that accepts it, if any does. */
  accepts(subject: string): string | undefined
  severity(finding: Finding): Ruled<Severity>
}

/** References by the path of the artifact they lie at; overrides by reference hold for everything inside. */
export type References = readonly { readonly path: string; readonly reference: string }[]

/** Looks up what holds at a path. Findings come sorted by path, so one remembered answer serves a whole file. */
export function termsByPath(policy: Policy, references: References): (path: string) => Terms {
  const globs = policy.overrides.map((override) => ({ override, applies: applies(override, references) }))
  const general = terms(policy, [])
  let last: { path: string; terms: Terms } | undefined
  return (path) => {
    if (globs.length === 0) return general
    if (last?.path === path) return last.terms
    const here = globs.filter((g) => g.applies(path)).map(({ override }) => override)
    last = { path, terms: here.length === 0 ? general : terms(policy, here) }
    return last.terms
  }
}

function applies({ scope }: Override, references: References): (path: string) => boolean {
  if ('path' in scope) {
    const glob = new Glob(scope.path)
    return (path) => glob.matches(path)
  }
  const glob = new Glob(scope.reference)
  const roots = references.filter(({ reference }) => glob.matches(reference)).map((r) => r.path)
  return (path) =>
    roots.some((root) => path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}!/`))
}

function terms(policy: Policy, overrides: readonly Override[]): Terms {
  const accepted = new Map([
    ...policy.acceptGlobals.map((name) => [name, policy.name] as const),
    ...overrides.flatMap((o) => o.acceptGlobals.map((name) => [name, o.place] as const)),
  ])
  const severities = new Map(
    overrides.flatMap((o) =>
      Object.entries(o.severity).map(([rule, value]) => [rule, { value, by: o.place }] as const),
    ),
  )
  const failing = overrides.findLast((o) => o.failOn !== undefined)
  const failOn = { value: failing?.failOn ?? policy.failOn, by: failing?.place ?? policy.name }
  return {
    failOn,
    accepts: (subject) => accepted.get(subject),
    severity: (finding) => severities.get(finding.rule) ?? { value: finding.severity, by: finding.rule },
  }
}
