import { type Artifact, displayPath } from '../../model/artifact.ts'
import type { Fact } from '../../model/fact.ts'
import type { Report } from '../../model/report.ts'
import { printable } from '../printable.ts'
import type { Properties, Stated } from './bill.ts'

/** The facts of a report by the root file that they were stated in, members included. */
export class FactsByRoot {
  readonly #artifacts: ReadonlyMap<string, Artifact>
  readonly #facts: ReadonlyMap<string, readonly Fact[]>

  constructor(report: Report) {
    this.#artifacts = new Map(report.artifacts.map((a) => [a.id, a]))
    this.#facts = Map.groupBy(
      report.facts.filter(({ kind }) => KINDS.test(kind)),
      (fact) => this.#artifacts.get(fact.artifact)?.locator.root ?? '',
    )
  }

  /** Of one file or folder, as its raw path. */
  of(root: string): readonly Fact[] {
    return this.#facts.get(root) ?? []
  }

  all(kind: string): readonly Fact[] {
    return [...this.#facts.values()].flat().filter((fact) => fact.kind === kind)
  }

  artifact(fact: Fact): Artifact | undefined {
    return this.#artifacts.get(fact.artifact)
  }

  /** What one file says of the model or dataset. */
  properties(root: string): Map<string, Stated[]> {
    const found = new Map<string, Stated[]>()
    for (const fact of this.of(root)) {
      if (fact.kind !== 'model.property') continue
      const { property, value, how } = fact.data
      if (typeof property !== 'string' || typeof value !== 'string') continue
      const artifact = this.artifact(fact)
      add(found, property, {
        value: printable(value),
        how: how === 'measured' ? 'measured' : 'declared',
        by: displayPath(artifact?.locator ?? { root, members: [] }),
        ...(fact.at ? { at: fact.at } : {}),
      })
    }
    this.#storages(root, found)
    for (const { kind, data } of this.of(root)) {
      if (kind !== 'parquet.file' || typeof data.rows !== 'number') continue
      add(found, 'rows', {
        value: String(data.rows),
        how: 'measured',
        by: displayPath({ root, members: [] }),
      })
    }
    return found
  }

  /** PyTorch: what its storages hold. Optimiser states lie among weights, so this is no number of parameters. */
  #storages(root: string, found: Map<string, Stated[]>): void {
    const storages = this.of(root).filter(({ kind }) => kind === 'pickle.storage')
    if (storages.length === 0) return
    const by = displayPath({ root, members: [] })
    let elements = 0
    for (const { data } of storages) {
      elements += typeof data.elements === 'number' ? data.elements : 0
      const type = /(\w+)Storage$/.exec(String(data.type))?.[1]
      if (type !== undefined) add(found, 'dtype', { value: type, how: 'measured', by })
    }
    add(found, 'stored-elements', { value: String(elements), how: 'measured', by })
  }
}

/** The kinds that a bill is made of. */
const KINDS =
  /^(?:model\.property|pickle\.(?:global|storage)|card\.document|parquet\.file|plugin\.(?:manifest|source|tool)|capability\.|signature\.verified|edge\.code|lock\.)/

/** What was measured comes first, and equal values are one. */
export function add(properties: Map<string, Stated[]>, name: string, stated: Stated): void {
  const held = properties.get(name) ?? []
  properties.set(name, held)
  const same = held.findIndex(({ value }) => value === stated.value)
  if (same >= 0 && (held[same]?.how === 'measured' || stated.how === 'declared')) return
  if (same >= 0) held.splice(same, 1)
  if (stated.how === 'declared') held.push(stated)
  else held.splice(held.findLastIndex(({ how }) => how === 'measured') + 1, 0, stated)
}

/** A count over files that hold different things, as the parts of a dataset do. */
export function sum(name: string, files: readonly { readonly properties: Properties }[]): Stated | undefined {
  const stated = files.flatMap(({ properties }) => properties.get(name) ?? [])
  const [one] = stated
  if (!one || stated.some(({ value }) => !/^\d{1,30}$/.test(value))) return undefined
  return { ...one, value: String(stated.reduce((total, { value }) => total + BigInt(value), 0n)) }
}

/** The name of a shard without its number: `model-00001-of-00003.safetensors` is one of the set `model.safetensors`. */
export function shardSet(path: string): string {
  return path.replace(/[-_.]\d{4,6}[-_]of[-_]\d{4,6}(?=\.|$)/, '')
}

/**
 * A count over a whole model: shards of one set are added. Sets beside each other are the same weights in several precisions or
 * formats, of which the largest counts; the folders of a pipeline (diffusers) hold different networks and are added.
 */
export function total(
  name: 'parameters' | 'stored-elements',
  files: readonly { readonly path: string; readonly properties: Properties }[],
  isPipeline: boolean,
): Stated | undefined {
  const sets = new Map<string, { sum: bigint; by: string }>()
  for (const { path, properties } of files) {
    for (const { value, how, by } of properties.get(name) ?? []) {
      if (how !== 'measured' || !/^\d{1,30}$/.test(value)) continue
      const held = sets.get(shardSet(path)) ?? { sum: 0n, by }
      sets.set(shardSet(path), { ...held, sum: held.sum + BigInt(value) })
    }
  }
  const folders = Map.groupBy(sets, ([path]) => (isPipeline ? path.slice(0, path.lastIndexOf('/')) : ''))
  let [sum, by] = [0n, '']
  for (const inside of folders.values()) {
    const largest = inside.map(([, set]) => set).reduce((a, b) => (b.sum > a.sum ? b : a))
    sum += largest.sum
    by ||= largest.by
  }
  return sets.size === 0 ? undefined : { value: sum.toString(), how: 'measured', by }
}
