import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue, JsonObject } from '../model/fact.ts'
import { ArtifactIndex } from './artifact-index.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'edge.unresolved': {
    about:
      'Code that a loader or plugin would run and that was not judged. `why`: absent, other-repository, unpinned (a name that moves), ' +
      'not-local (a package that is not in the target) or not-here (a file of the plugin that is not in the target).',
    fields: { target: 'string', role: 'string', repository: 'string', why: 'string' },
  },
  'plugin.reaches': {
    about:
      'What a manifest leads to through everything it names: a sign of intent in code (`trait` of code.trait, or `bytecode`). ' +
      '`role`: how the last step comes to run. `steps`: from the manifest to it; `chain` is the same in one line. `automatic`: nobody is asked on the way.',
    fields: {
      trait: 'string',
      role: 'string',
      steps: 'strings',
      chain: 'string',
      length: 'number',
      automatic: 'boolean',
    },
  },
}

/** Inspectors that judge what runs. */
const JUDGES = new Set(['python', 'javascript', 'shell', 'powershell', 'notebook', 'dockerfile'])
/** Roles of edges whose target runs. */
const RUNS = new Set(['launch', 'entry', 'hook', 'setting', 'task', 'expansion', 'install', 'script', 'test'])
/** What may be absent without anything being unjudged. */
const NOT_MISSED = new Set(['optional', 'entry', 'instructions', 'dependency', 'component', 'model', 'test'])
const AUTOMATIC = new Set(['launch', 'entry', 'hook', 'setting', 'expansion', 'install'])

interface Edge {
  readonly fact: Fact
  readonly role: string
  readonly target: string
  readonly found: readonly Artifact[]
}

/**
 * Follows what plugins name, as far as it is in the target: marketplace → plugin → configuration of servers → package →
 * install script → code. What is not there is stated, what runs and was not judged lowers the coverage of itself.
 */
export const pluginChain: Relator = { id: 'plugin-chain', facts: FACTS, relate }

function* relate(artifacts: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const named = facts.filter(({ kind }) => kind === 'edge.plugin')
  const manifests = facts.filter(({ kind }) => kind === 'plugin.manifest')
  if (manifests.length === 0) return
  const index = new ArtifactIndex(artifacts, manifests)
  const unpinned = new Set(
    facts
      .filter((f) => f.kind === 'plugin.source' && f.data.pinned === false)
      .map((f) => `${f.artifact} ${String(f.data.name)}`),
  )
  const edges = new Map<string, Edge[]>()
  const judged = new Set<string>()
  for (const fact of named) {
    const edge = resolved(fact, index)
    if (!edge) continue
    const list = edges.get(fact.artifact)
    if (list) list.push(edge)
    else edges.set(fact.artifact, [edge])
    if (edge.found.length === 0) yield* unresolved(edge, unpinned)
    else if (RUNS.has(edge.role) && fact.data.form !== 'package') yield* unjudged(edge, judged)
  }
  yield* reached({ index, edges, manifests, signs: signsOf(facts) })
}

function resolved(fact: Fact, index: ArtifactIndex): Edge | undefined {
  const { target = '', role = '', form = '', base = '' } = fact.data
  const [name, kind] = [String(target), String(form)]
  const found = kind === 'package' ? index.packages(name) : index.beside(fact.artifact, String(base), name)
  // What leads out of the target, or is somewhere on the reader's own machine, is nothing that could lie here.
  if (
    found.length === 0 &&
    (kind === 'absolute' || kind === 'url' || kind === 'traversal' || kind === 'name')
  )
    return undefined
  return { fact, role: String(role), target: name, found }
}

/** A file that is named and not there, or a package that is not in the target. */
function* unresolved({ fact, role, target }: Edge, unpinned: ReadonlySet<string>): Generator<Fact> {
  if (NOT_MISSED.has(role)) return
  const isPackage = fact.data.form === 'package'
  const moves = [...unpinned].some(
    (key) => key.startsWith(`${fact.artifact} `) && target.includes(key.slice(fact.artifact.length + 1)),
  )
  const why = isPackage ? (moves ? 'unpinned' : 'not-local') : 'not-here'
  yield derived(fact, 'edge.unresolved', { target, role, repository: '', why })
}

/** What runs and no inspector of code has seen is not covered. */
function* unjudged({ role, target, found }: Edge, judged: Set<string>): Generator<Fact> {
  for (const artifact of found) {
    const seen =
      artifact.formats.some((format) => JUDGES.has(format) || format === 'folder') ||
      /\.(?:json|ya?ml|toml|md|txt)$/i.test(artifact.name)
    if (seen || judged.has(artifact.id) || artifact.formats.includes('python-bytecode')) continue
    judged.add(artifact.id)
    const message = `a plugin runs ${JSON.stringify(target)} (${role}), which nothing here can judge`
    yield {
      kind: 'parse.unsupported',
      artifact: artifact.id,
      count: 1,
      locations: [],
      data: { message, format: 'code' },
    }
  }
}

/** Signs of intent by the artifact that shows them, where it runs when it is loaded or called by a tool. */
function signsOf(facts: readonly Fact[]): Map<string, Fact[]> {
  return Map.groupBy(
    facts.filter(
      ({ kind, data }) =>
        (kind === 'code.trait' && data.context !== 'function') || kind === 'python-bytecode.file',
    ),
    (fact) => fact.artifact,
  )
}

interface Graph {
  readonly index: ArtifactIndex
  readonly edges: ReadonlyMap<string, readonly Edge[]>
  readonly manifests: readonly Fact[]
  readonly signs: ReadonlyMap<string, readonly Fact[]>
}

/** Artifacts visited from one manifest; marketplaces have some hundred plugins of some dozen files. */
const VISITED = 20_000

/** From every manifest that no other leads to, to the signs at the ends of its chains. */
function* reached(graph: Graph): Generator<Fact> {
  if (graph.signs.size === 0) return
  const led = new Set(
    [...graph.edges.values()]
      .flat()
      .flatMap(({ found, fact }) => found.map(({ id }) => id).filter((id) => id !== fact.artifact)),
  )
  const roots = graph.manifests.filter(({ artifact }) => !led.has(artifact))
  for (const root of new Map(roots.map((fact) => [fact.artifact, fact])).values()) yield* from(root, graph)
}

interface Visit {
  readonly id: string
  readonly role: string
  readonly steps: readonly string[]
  readonly automatic: boolean
}

function* from(root: Fact, { index, edges, signs }: Graph): Generator<Fact> {
  const open: Visit[] = [
    { id: root.artifact, role: '', steps: [index.label(root.artifact)], automatic: true },
  ]
  const seen = new Set<string>([root.artifact])
  for (let next = open.shift(); next && seen.size < VISITED; next = open.shift()) {
    const { id, role, steps, automatic } = next
    for (const sign of signs.get(id) ?? []) {
      if (role === '') continue
      const trait = sign.kind === 'code.trait' ? String(sign.data.trait) : 'bytecode'
      yield {
        kind: 'plugin.reaches',
        artifact: root.artifact,
        count: 1,
        // Where it stands is a place in another file: its own finding has it.
        locations: sign.locations.slice(0, 1).map(({ text = '' }) => ({ text })),
        data: { trait, role, steps: [...steps], chain: steps.join(' → '), length: steps.length, automatic },
      }
    }
    const visit = (artifact: Artifact, how: string, runs: boolean, step: string) => {
      if (seen.has(artifact.id)) return
      seen.add(artifact.id)
      open.push({ id: artifact.id, role: how, steps: [...steps, step], automatic: automatic && runs })
    }
    // Command lines and templates that a document holds are its children, named by how they run.
    for (const child of index.children(id)) {
      const how = roleOf(child)
      visit(child, how ?? role, how === undefined || AUTOMATIC.has(how), child.name)
    }
    for (const artifact of index.packed(id)) visit(artifact, 'install', true, index.label(artifact.id))
    for (const edge of edges.get(id) ?? []) {
      const runs = !RUNS.has(edge.role) || AUTOMATIC.has(edge.role)
      for (const artifact of edge.found)
        visit(
          artifact,
          edge.role,
          runs,
          edge.fact.data.form === 'package' ? edge.target : index.label(artifact.id),
        )
    }
  }
}

/** `@hook SessionStart`: how a command line that a document holds comes to run. */
function roleOf({ name }: Artifact): string | undefined {
  return /^@(launch|hook|setting|task|expansion|install|test)\b/.exec(name)?.[1]
}

function derived({ artifact, at, locations }: Fact, kind: string, data: JsonObject): Fact {
  return { kind, artifact, ...(at ? { at } : {}), count: 1, locations, data }
}
