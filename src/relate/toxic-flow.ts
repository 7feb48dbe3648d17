import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue } from '../model/fact.ts'
import { type ClientServer, clientServers, strings } from './client-servers.ts'
import type { NameLists, Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'toxic-flow.path': {
    about:
      'Tools of one client by which somebody who writes what an agent reads can have private data sent away: `untrusted` brings in ' +
      'what anybody may have written, `private` reads what is not public, `outward` carries data away; each `server/tool`. `across`: ' +
      'no single server has all three. `approved`: none of the three asks first.',
    fields: {
      untrusted: 'string',
      private: 'string',
      outward: 'string',
      servers: 'strings',
      across: 'boolean',
      approved: 'boolean',
    },
  },
}

/** Private data, untrusted content and a way out, within the reach of one agent. */
export const toxicFlow: Relator = { id: 'toxic-flow', facts: FACTS, late: true, relate }

const LABELS = ['untrusted', 'private', 'outward'] as const
type Label = (typeof LABELS)[number]

interface Labelled {
  readonly server: ClientServer
  readonly tool: string
}

type Tools = Readonly<Record<Label, readonly Labelled[]>>

function* relate(_: readonly Artifact[], facts: readonly Fact[], names: NameLists): Generator<Fact> {
  const configurations = clientServers(facts)
  if (configurations.size === 0) return
  const known = new Known(names)
  const shown = facts.filter(({ kind }) => kind === 'plugin.tool' || kind === 'capability.inferred')
  for (const [artifact, servers] of configurations) {
    const labelled = servers.map((server) => labelsOf(server, shown, known))
    const alone = labelled.find((tools) => LABELS.every((label) => tools[label].length > 0))
    if (alone) yield flow(artifact, alone, false)
    // Of servers that have all three by themselves nothing new is told together with others.
    const rest = labelled.filter((tools) => LABELS.some((label) => tools[label].length === 0))
    const together = joined(rest)
    if (LABELS.every((label) => together[label].length > 0)) yield flow(artifact, together, true)
  }
}

function joined(all: readonly Tools[]): Tools {
  const of = (label: Label) => all.flatMap((tools) => tools[label])
  return { untrusted: of('untrusted'), private: of('private'), outward: of('outward') }
}

/** The path that asks least: a step that is approved beforehand is the one an attacker takes. */
function flow(artifact: string, tools: Tools, across: boolean): Fact {
  const approved = ({ server, tool }: Labelled) => server.approves(tool)
  const pick = (label: Label) => tools[label].find(approved) ?? tools[label][0]
  const steps = LABELS.map((label) => [label, pick(label)] as const)
  const named = Object.fromEntries(steps.map(([label, step]) => [label, step ? nameOf(step) : '']))
  const servers = [...new Set(steps.flatMap(([, step]) => (step ? [step.server.name] : [])))]
  const text = steps.map(([, step]) => (step ? nameOf(step) : '')).join(' → ')
  const all = steps.every(([, step]) => step !== undefined && approved(step))
  const data = { ...named, servers, across, approved: all }
  return { kind: 'toxic-flow.path', artifact, count: 1, locations: [{ text }], data }
}

function nameOf({ server, tool }: Labelled): string {
  return tool === '*' ? server.name : `${server.name}/${tool}`
}

/** The lists of tools that are known to do one of the three, by server. */
class Known {
  readonly #byLabel: Readonly<Record<Label, ReadonlyMap<string, readonly string[]>>>

  constructor(names: NameLists) {
    const read = (label: Label) =>
      new Map(
        [...Map.groupBy(names(`tools-${label}`), (entry) => entry.slice(0, entry.lastIndexOf('.')))].map(
          ([server, entries]) => [server, entries.map((entry) => entry.slice(entry.lastIndexOf('.') + 1))],
        ),
      )
    this.#byLabel = { untrusted: read('untrusted'), private: read('private'), outward: read('outward') }
  }

  tools(label: Label, server: ClientServer): string[] {
    return server.keys.flatMap((key) => this.#byLabel[label].get(key) ?? [])
  }
}

function labelsOf(server: ClientServer, facts: readonly Fact[], known: Known): Tools {
  const shown = (tool: string) => server.tools.size === 0 || tool === '*' || server.tools.has(tool)
  const listed = (label: Label) => known.tools(label, server).filter(shown)
  const found: Record<Label, Set<string>> = {
    untrusted: new Set(listed('untrusted')),
    private: new Set(listed('private')),
    outward: new Set(listed('outward')),
  }
  for (const fact of facts) {
    for (const label of labelsShown(fact, server))
      found[label].add(String(fact.data.tool ?? fact.data.name) || '*')
  }
  const of = (label: Label) => [...found[label]].map((tool) => ({ server, tool }))
  return { untrusted: of('untrusted'), private: of('private'), outward: of('outward') }
}

/** What code or annotations of a tool of this server show. */
function labelsShown({ kind, artifact, data }: Fact, server: ClientServer): Label[] {
  if (kind === 'plugin.tool' && data.server === server.name) return annotated(data)
  if (kind !== 'capability.inferred' || artifact !== server.artifact || data.plugin !== server.name) return []
  if (data.when === 'test' || data.tool === '') return []
  const { capability, scope } = data
  if (capability === 'net' && String(scope).endsWith('://*')) return ['untrusted', 'outward']
  if (capability === 'exec' && scope === '*') return ['private', 'outward']
  const wide = scope === '*' || scope === 'home' || scope === 'system'
  return capability === 'secrets' || (capability === 'fs.read' && wide) ? ['private'] : []
}

/** Only what is stated: by default every tool would be open to the world. */
function annotated(data: Fact['data']): Label[] {
  const stated = strings(data.stated)
  if (!stated.includes('openWorldHint') || data.openWorld !== true) return []
  if (stated.includes('readOnlyHint') && data.readOnly === true) return ['untrusted']
  return stated.includes('readOnlyHint') || stated.includes('destructiveHint') ? ['outward'] : []
}
