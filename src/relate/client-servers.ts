import type { Fact, JsonObject } from '../model/fact.ts'

/** A server of a client's configuration, with the tools it is known to offer. */
export interface ClientServer {
  /** The configuration. */
  readonly artifact: string
  readonly name: string
  /** What it is known by in lists: packages and images without versions, the host. */
  readonly keys: readonly string[]
  readonly tools: ReadonlySet<string>
  readonly approves: (tool: string) => boolean
  readonly stated: Fact
}

/** The servers of every configuration that are switched on, by configuration. */
export function clientServers(facts: readonly Fact[]): ReadonlyMap<string, readonly ClientServer[]> {
  const servers = facts.filter(({ kind, data }) => kind === 'plugin.server' && data.enabled !== false)
  if (servers.length === 0) return new Map()
  const tools = toolsByServer(facts)
  const found = servers.map((stated): ClientServer => {
    const { artifact, data } = stated
    const name = String(data.server)
    const off = new Set(strings(data.disabledTools))
    const on = strings(data.enabledTools)
    const known = [...(tools.get(name) ?? []), ...(tools.get(`${artifact} ${name}`) ?? [])]
    const approved = strings(data.autoApprove)
    return {
      artifact,
      name,
      keys: keysOf(data),
      tools: new Set(known.filter((tool) => !off.has(tool) && (on.length === 0 || on.includes(tool)))),
      approves: (tool) => data.trust === true || approved.includes('*') || approved.includes(tool),
      stated,
    }
  })
  return Map.groupBy(found, ({ artifact }) => artifact)
}

/** Tools by the name of their server in a snapshot, and by configuration and server where its code is here. */
function toolsByServer(facts: readonly Fact[]): Map<string, string[]> {
  const out = new Map<string, string[]>()
  const add = (key: string, tool: string) => {
    const held = out.get(key)
    if (held) held.push(tool)
    else out.set(key, [tool])
  }
  for (const { kind, artifact, data } of facts) {
    if (kind === 'plugin.tool') add(String(data.server), String(data.name))
    else if (kind === 'capability.tool') add(`${artifact} ${String(data.plugin)}`, String(data.tool))
  }
  return out
}

function keysOf(data: JsonObject): string[] {
  const packages = strings(data.packages).map((spec) =>
    spec
      .replace(/^(?:npm|pypi|docker|oci|git):/, '')
      .replace(/(?<=.)(?:@[^/@]*|==.*|>=.*|~=.*)$/, '')
      .replace(/:[^/:]*$/, ''),
  )
  return [...packages, ...(data.host === '' ? [] : [String(data.host)])]
}

export function strings(value: JsonObject[string] | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
