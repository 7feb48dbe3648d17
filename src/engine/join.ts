import { displayPath } from '../model/artifact.ts'
import type { At, Fact } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import type { Coverage, Inspection } from '../model/report.ts'
import type { TroubleKind } from '../model/trouble.ts'
import { RELATORS } from '../relate/registry.ts'
import type { NameLists } from '../relate/relator.ts'
import type { Inspected } from './node.ts'

/**
 * One inspection of all targets: what single files showed, what only several show together, in an order that does not
 * depend on how the work was split (artifact path, offset, kind). `names`: the lists of names that relators look up.
 */
export function join(
  gathered: Inspection,
  inspected: readonly Inspected[],
  names: NameLists = () => [],
): Inspection {
  const parts = [gathered, ...inspected]
  const artifacts = parts.flatMap((part) => part.artifacts)
  const own = parts.flatMap((part) => part.facts)
  const early = RELATORS.filter(({ late }) => !late).flatMap((r) => [...r.relate(artifacts, own, names)])
  const seen = [...own, ...early]
  const late = RELATORS.filter((r) => r.late).flatMap((r) => [...r.relate(artifacts, seen, names)])
  const related = [...early, ...late]
  const facts = [...seen, ...late]
  const coverage = lowered(
    parts.flatMap((part) => part.coverage),
    related,
  )
  const stated = new Set(facts.map((fact) => fact.artifact))
  const paths = new Map(artifacts.filter((a) => stated.has(a.id)).map((a) => [a.id, displayPath(a.locator)]))
  const inOrder = (a: Fact, b: Fact) =>
    byCodePoint(paths.get(a.artifact) ?? '', paths.get(b.artifact) ?? '') ||
    place(a.at) - place(b.at) ||
    byCodePoint(a.kind, b.kind)
  return { artifacts, facts: facts.toSorted(inOrder), coverage }
}

/** A relator may find that something which was read has not been judged: its `parse.*` facts count as an inspector's do. */
function lowered(coverage: readonly Coverage[], related: readonly Fact[]): readonly Coverage[] {
  const troubles = Map.groupBy(
    related.filter((fact) => fact.kind.startsWith('parse.')),
    (fact) => fact.artifact,
  )
  if (troubles.size === 0) return coverage
  return coverage.map((entry) => {
    const kinds = troubles.get(entry.artifact)?.map((fact) => fact.kind.slice('parse.'.length) as TroubleKind)
    if (!kinds) return entry
    const why = [...new Set([...(entry.why ?? []), ...kinds])].toSorted(byCodePoint)
    return { ...entry, state: entry.state === 'full' ? 'partial' : entry.state, why }
  })
}

function place(at: At | undefined): number {
  if (at === undefined || 'pointer' in at) return -1
  return 'offset' in at ? at.offset : at.line
}
