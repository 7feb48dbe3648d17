import type { Artifact } from '../model/artifact.ts'
import { CAPABILITY_FACTS } from '../model/capability-facts.ts'
import { type Fact, FactFold, type JsonObject } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import { Crossings } from './crossings.ts'
import { type Permitted, permittedBy } from './declared.ts'
import { differences, type Seen } from './differences.ts'
import { inferredFrom } from './inferred.ts'
import { type Unit, Units } from './plugin-units.ts'
import type { Relator } from './relator.ts'
import { unanalysed } from './unanalysed.ts'

/** What plugins declare, what their code does and what clients grant them, side by side, and where these differ. */
export const capabilities: Relator = { id: 'capabilities', facts: CAPABILITY_FACTS, relate }

const PERMITTING = /^plugin\.(?:permission|variable|hook|endpoint|launch-option|server|resource)$/

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const concerned = facts.some(({ kind }) => kind.startsWith('plugin.') || kind.startsWith('code.'))
  if (!concerned) return
  const table = new Tables(artifacts, facts)
  for (const unit of table.units.all) yield* table.state(unit)
}

class Tables {
  readonly units: Units
  readonly #artifacts: ReadonlyMap<Unit | undefined, readonly Artifact[]>
  readonly #documents: ReadonlyMap<string, string>
  readonly #code: Map<Unit | undefined, Fact[]>
  readonly #plugin: Map<Unit | undefined, Fact[]>
  readonly #facts: ReadonlyMap<string, readonly Fact[]>
  readonly #crossings: Crossings

  constructor(artifacts: readonly Artifact[], facts: readonly Fact[]) {
    this.units = new Units(artifacts, facts)
    this.#crossings = new Crossings((id) => this.units.pathOf(id), artifacts, facts)
    this.#artifacts = Map.groupBy(artifacts, ({ id }) => this.units.ofArtifact(id))
    this.#facts = Map.groupBy(facts, ({ artifact }) => artifact)
    const manifests = facts.filter(({ kind }) => kind === 'plugin.manifest')
    this.#documents = new Map(manifests.map(({ artifact, data }) => [artifact, String(data.kind)]))
    const started = startedByClients(artifacts, this.#documents)
    const code = facts.filter((f) => f.kind.startsWith('code.') && !started.has(f.artifact))
    this.#code = Map.groupBy(code, (f) => this.units.ofArtifact(f.artifact))
    const plugin = facts.filter((f) => f.kind.startsWith('plugin.'))
    this.#plugin = Map.groupBy(plugin, (f) => this.units.serverOf(f) ?? this.units.ofArtifact(f.artifact))
  }

  *state(unit: Unit): Generator<Fact> {
    const code = this.#codeOf(unit)
    const said = this.#plugin.get(unit) ?? []
    const gaps = unanalysed(unit, this.units, this.#artifactsOf(unit), this.#facts)
    const permitted = said
      .filter(({ kind }) => PERMITTING.test(kind))
      .flatMap((fact) => permittedBy(fact, this.#documents.get(fact.artifact) ?? ''))
      .filter((permit, i, all) => all.findIndex((other) => isSame(other, permit)) === i)
    if (code.length === 0 && permitted.length === 0 && gaps.length === 0 && unit.kind === 'code') return
    const fold = new FactFold()
    const seen = this.#seen(unit, code)
    const hints = hintsByTool([...code, ...said])
    this.#stateUnit(fold, unit, code)
    for (const [tool, stated] of hints) {
      fold.add({
        kind: 'capability.tool',
        data: { plugin: unit.name, tool, hints: [...stated].toSorted(byCodePoint) },
      })
    }
    stateSeen(fold, unit, seen)
    for (const { scope, text } of gaps) {
      const data = { plugin: unit.name, tool: '', capability: 'unanalyzed', scope, when: 'on-call' }
      fold.add({ kind: 'capability.inferred', data, text })
    }
    for (const permit of permitted) fold.add(permittedFact(unit, permit))
    const complete = gaps.length === 0 && seen.length > 0
    const table = { plugin: unit.name, kind: unit.kind, seen, permitted, hints, complete }
    for (const { kind, data, witness } of differences(table))
      fold.add({ kind, data, ...(witness === undefined ? {} : { text: witness }) })
    yield* fold.facts(unit.artifact)
  }

  #stateUnit(fold: FactFold, unit: Unit, code: readonly Fact[]): void {
    const files = new Set(code.filter(({ kind }) => kind === 'code.source').map((f) => f.artifact)).size
    const { name: plugin, kind, folder = '' } = unit
    fold.add({ kind: 'capability.plugin', data: { plugin, kind, folder, files } })
  }

  #artifactsOf(unit: Unit): readonly Artifact[] {
    if (!unit.server) return this.#artifacts.get(unit) ?? []
    return unit.folder === undefined
      ? []
      : [...this.#artifacts.values()].flat().filter(({ id }) => this.units.holds(unit, id))
  }

  #codeOf(unit: Unit): readonly Fact[] {
    if (!unit.server)
      return (this.#code.get(unit) ?? []).filter((f) => !this.units.isDependency(f.artifact, unit))
    if (unit.folder === undefined) return []
    return [...this.#code.values()]
      .flat()
      .filter((f) => this.units.holds(unit, f.artifact) && !this.units.isDependency(f.artifact, unit))
  }

  #seen(unit: Unit, code: readonly Fact[]): Seen[] {
    return code.flatMap((fact) => {
      const path = this.units.innerPath(fact.artifact, unit)
      const [place] = fact.locations
      const line = place?.at && 'line' in place.at ? `:${place.at.line}` : ''
      const witness = `${path}${line} → ${place?.text ?? String(fact.data.callee ?? fact.data.name ?? '')}`
      const further = this.#crossings.toolsOf(fact)
      return inferredFrom(fact, path).map((what) => {
        const tools = further.length === 0 ? what.tools : [...new Set([...what.tools, ...further])]
        return { ...what, tools, witness }
      })
    })
  }
}

/** One thing may be said twice: by a list of names, and where each of them is given. */
function isSame(a: Permitted, b: Permitted): boolean {
  return (
    a.column === b.column && a.name === b.name && a.scope === b.scope && a.tool === b.tool && a.by === b.by
  )
}

function permittedFact({ name: plugin }: Unit, { column, tool, name, scope, by }: Permitted) {
  return { kind: `capability.${column}`, data: { plugin, tool, capability: name, scope, by } }
}

function stateSeen(fold: FactFold, { name: plugin }: Unit, seen: readonly Seen[]): void {
  for (const { name, scope, tools, when, witness } of seen) {
    for (const tool of tools.length === 0 ? [''] : tools) {
      const data: JsonObject = { plugin, tool, capability: name, scope, when }
      fold.add({ kind: 'capability.inferred', data, text: witness })
    }
  }
}

/** Annotations by tool, from snapshots and manifests, and from the code that registers them. */
function hintsByTool(facts: readonly Fact[]): Map<string, Set<string>> {
  const out = new Map<string, Set<string>>()
  for (const { kind, data } of facts) {
    if (kind !== 'plugin.tool' && !(kind === 'code.tool' && data.role === 'tool')) continue
    const name = String(data.name)
    const held = out.get(name) ?? new Set()
    out.set(name, held)
    for (const hint of kind === 'code.tool' ? list(data.annotations) : statedHints(data)) held.add(hint)
  }
  return out
}

const FIELDS: Readonly<Record<string, string>> = {
  readOnlyHint: 'readOnly',
  destructiveHint: 'destructive',
  idempotentHint: 'idempotent',
  openWorldHint: 'openWorld',
}

/** Only what was stated: defaults are nobody's word. */
function statedHints(data: JsonObject): string[] {
  return list(data.stated).flatMap((hint) => {
    const field = Object.hasOwn(FIELDS, hint) ? FIELDS[hint] : undefined
    return field === undefined ? [] : [`${hint}=${String(data[field])}`]
  })
}

function list(value: JsonObject[string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Command lines that a client starts servers with: what they do is the client's doing, not a plugin's. */
function startedByClients(
  artifacts: readonly Artifact[],
  documents: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const started = new Set<string>()
  // Parents come before their children.
  for (const { id, parent } of artifacts) {
    if (parent === undefined) continue
    if (started.has(parent) || documents.get(parent) === 'mcp-config') started.add(id)
  }
  return started
}
