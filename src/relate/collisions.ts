import { likenessOf } from '../codec/lookalike.ts'
import type { Artifact } from '../model/artifact.ts'
import type { Fact, FactCatalogue, JsonObject } from '../model/fact.ts'
import { byCodePoint } from '../model/order.ts'
import { type ClientServer, clientServers } from './client-servers.ts'
import type { Relator } from './relator.ts'

const FACTS: FactCatalogue = {
  'tool-collision.same': {
    about: 'Servers of one client offer a tool of the same name.',
    fields: { tool: 'string', servers: 'strings' },
  },
  'tool-collision.lookalike': {
    about:
      'The name of a tool reads as that of another server. `how`: letters (characters that pass for others) or spelling (case, dashes ' +
      'and underscores).',
    fields: { tool: 'string', server: 'string', like: 'string', other: 'string', how: 'string' },
  },
  'tool-collision.shadowing': {
    about:
      'A text of one server tells how to use a tool of another. `way`: before, instead, always, when or never (`text.mention`).',
    fields: { server: 'string', owner: 'string', tool: 'string', other: 'string', way: 'string' },
  },
}

/** Tools of different servers that get in each other's way, by name or by what they say of each other. */
export const collisions: Relator = { id: 'collisions', facts: FACTS, late: true, relate }

interface Offer {
  readonly server: string
  readonly tools: ReadonlySet<string>
}

function* relate(_: readonly Artifact[], facts: readonly Fact[]): Generator<Fact> {
  const mentions = facts.filter(({ kind, data }) => kind === 'text.mention' && data.polarity === 'asserted')
  const parts = facts.filter(
    ({ kind, data }) => kind === 'surface.part' && data.text !== '' && SPEAKING.has(String(data.field)),
  )
  for (const [artifact, offers] of groups(facts)) {
    yield* sameNames(artifact, offers)
    yield* lookalikes(artifact, offers)
    yield* shadowing(artifact, offers, facts, [...mentions, ...mentioned(parts, offers)])
  }
}

/** Servers that one agent has at the same time: of one configuration, or of one snapshot. */
function groups(facts: readonly Fact[]): [artifact: string, offers: Offer[]][] {
  const configured = [...clientServers(facts)].map(([artifact, servers]): [string, Offer[]] => [
    artifact,
    servers.map(({ name, tools }: ClientServer) => ({ server: name, tools })),
  ])
  const listed = Map.groupBy(
    facts.filter(({ kind }) => kind === 'plugin.tool'),
    ({ artifact }) => artifact,
  )
  const snapshots = [...listed].map(([artifact, own]): [string, Offer[]] => {
    const byServer = Map.groupBy(own, ({ data }) => String(data.server))
    return [
      artifact,
      [...byServer].map(([server, tools]) => ({
        server,
        tools: new Set(tools.map(({ data }) => String(data.name))),
      })),
    ]
  })
  return [...configured, ...snapshots].filter(
    ([, offers]) => offers.filter(({ tools }) => tools.size > 0).length > 1,
  )
}

function* sameNames(artifact: string, offers: readonly Offer[]): Generator<Fact> {
  for (const [tool, servers] of byTool(offers)) {
    if (servers.length > 1)
      yield stated(artifact, 'tool-collision.same', { tool, servers: servers.toSorted(byCodePoint) })
  }
}

function byTool(offers: readonly Offer[]): Map<string, string[]> {
  const out = new Map<string, string[]>()
  for (const { server, tools } of offers) {
    for (const tool of tools) out.set(tool, [...(out.get(tool) ?? []), server])
  }
  return out
}

/** Names with a letter that may pass for another; no server has more of them than this for a good reason. */
const ODD_COMPARED = 200

function* lookalikes(artifact: string, offers: readonly Offer[]): Generator<Fact> {
  const names = [...byTool(offers)]
  for (const [first, ...others] of Map.groupBy(names, ([tool]) => spelling(tool)).values()) {
    for (const other of others) if (first) yield* pair(artifact, first, other, 'spelling')
  }
  const odd = names.filter(([tool]) => /[^\x20-\x7e]|[01]/.test(tool)).slice(0, ODD_COMPARED)
  for (const one of odd) {
    for (const other of names) {
      if (spelling(one[0]) === spelling(other[0])) continue
      if (likenessOf(one[0], other[0]) === 'look-alike letters') yield* pair(artifact, other, one, 'letters')
    }
  }
}

type Named = readonly [tool: string, servers: readonly string[]]

function* pair(
  artifact: string,
  [like, others]: Named,
  [tool, servers]: Named,
  how: string,
): Generator<Fact> {
  const [server = ''] = servers
  const other = others.find((name) => name !== server)
  if (other === undefined) return
  yield stated(artifact, 'tool-collision.lookalike', { tool, server, like, other, how })
}

function spelling(tool: string): string {
  return tool.toLowerCase().replace(/[-_./]/g, '')
}

/** How a sentence orders a tool about; the first that fits. */
const WAYS: readonly (readonly [way: string, words: RegExp])[] = [
  [
    'instead',
    /\b(?:instead of|rather than|in place of|do not use|don't use|never (?:use|call)|avoid|replaces?|over)\b/i,
  ],
  ['before', /\b(?:before|prior to)\b/i],
  ['always', /\b(?:always|must|every time|each time|whenever|from now on)\b/i],
]
/** Shorter names, and names that are one plain word, stand in every second sentence. */
const TELLING = /^(?=.{6,})[^\s]*[_-][^\s]*$|^[a-z]+[A-Z][A-Za-z]+$/
const SPEAKING = new Set(['description', 'instructions', 'title', ''])

/** Tools that the texts of a surface give orders about, sentence by sentence. */
function* mentioned(parts: readonly Fact[], offers: readonly Offer[]): Generator<Fact> {
  const names = new Set(offers.flatMap(({ tools }) => [...tools]).filter((tool) => TELLING.test(tool)))
  for (const part of parts) {
    for (const sentence of String(part.data.text).split(/(?<=[.!?:;])\s+|\n/)) {
      const way = WAYS.find(([, words]) => words.test(sentence))?.[0]
      if (way === undefined) continue
      for (const tool of new Set(sentence.match(/[\w-]+/g) ?? [])) {
        if (!names.has(tool)) continue
        const data = { tool, way, owner: part.data.name ?? '', server: part.data.server ?? '' }
        yield { ...part, kind: 'text.mention', data, locations: [{ text: sentence.slice(0, 300) }] }
      }
    }
  }
}

/** `owner` of a mention is the tool whose text it stands in; a tool may well speak of those of its own server. */
function* shadowing(
  artifact: string,
  offers: readonly Offer[],
  facts: readonly Fact[],
  mentions: readonly Fact[],
): Generator<Fact> {
  if (mentions.length === 0) return
  const home = new Map<string, string>()
  for (const { kind, artifact: at, data } of facts) {
    if (kind === 'plugin.tool') home.set(`${at} ${String(data.name)}`, String(data.server))
  }
  const servers = byTool(offers)
  const said = new Set<string>()
  for (const mention of mentions) {
    const { tool, owner, way } = mention.data
    const spoken = mention.data.server ?? home.get(`${mention.artifact} ${String(owner)}`)
    const server = spoken === undefined ? undefined : String(spoken)
    const [other] = servers.get(String(tool)) ?? []
    const known = offers.some((offer) => offer.server === server)
    if (server === undefined || !known || other === undefined) continue
    if (servers.get(String(tool))?.includes(server)) continue
    const data = { server, owner: String(owner), tool: String(tool), other, way: String(way) }
    if (said.has(JSON.stringify(data))) continue
    said.add(JSON.stringify(data))
    yield { ...stated(artifact, 'tool-collision.shadowing', data), locations: mention.locations }
  }
}

function stated(artifact: string, kind: string, data: JsonObject): Fact {
  return { kind, artifact, count: 1, locations: [], data }
}
