import { isObject, listOf, objectOf, textOf } from '../../codec/json-values.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { JSON_START, pathOf, readDocument, signProbe } from './document.ts'
import { introduction, promptFacts, resourceFacts, type SurfacePlace, toolFacts } from './surface.ts'
import { said, stringsOf } from './wording.ts'

/**
 * What a server answered when it was asked: `tools/list`, `prompts/list`, `resources/list`, `initialize` and `server/discover`
 * results (MCP 2024-11-05 to 2026-07-28), as JSON-RPC answers or bare, one or several servers in a document.
 */
export const mcpSurface: Inspector = {
  id: 'mcp-surface',
  detect: {
    probe: signProbe(
      [JSON_START, /"tools"\s*:\s*\[/],
      [JSON_START, /"(?:inputSchema|input_schema)"\s*:/],
      [JSON_START, /"(?:uriTemplate|resourceTemplates)"\s*:/],
      [JSON_START, /"prompts"\s*:\s*\[/, /"arguments"\s*:/, /"name"\s*:/],
      [JSON_START, /"resources"\s*:\s*\[/, /"uri"\s*:/],
      // A description may be longer than the beginning that is looked at.
      [JSON_START, /"tools"\s*:\s*\[\s*\{\s*"(?:name|title|description)"\s*:/],
      [JSON_START, /"serverInfo"\s*:/, /"capabilities"\s*:/],
    ),
  },
  facts: FACTS,
  inspect,
}

/** Manifests that list tools, too, and have inspectors of their own; lock files are ours. */
const OTHERS = /(?:^|\/)(?:manifest|package|package-lock|server|plugin)\.json$|\.(?:ipynb|lock)$/

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  if (OTHERS.test(path)) return
  const { size } = opened.bytes
  // What cannot be read whole is a surface all the same, by the beginning that made it one.
  if (size > context.meter.limits.jsonBytes) yield manifest('')
  context.meter.hold(size)
  try {
    const { value } = await readDocument(opened, context, 'json')
    const surfaces = [...surfacesIn(value)]
    if (surfaces.length === 0) return
    yield { type: 'span', offset: 0, length: size, as: 'inspected' }
    for (const name of new Set(surfaces.map(({ server }) => server))) yield manifest(name)
    for (const surface of surfaces) yield* describe(surface)
  } finally {
    context.meter.release(size)
  }
}

function manifest(name: string): Emission {
  return fact('plugin.manifest', {
    kind: 'mcp-surface',
    name: name.slice(0, 200),
    version: '',
    client: 'mcp',
    scope: 'bundle',
  })
}

interface Surface {
  readonly server: string
  readonly result: JsonObject
  readonly pointer: string
}

const SERVERS = 1000

/** The results in a document: an answer, a list of answers, a map of servers, or a bare list of tools. */
function* surfacesIn(value: Json): Generator<Surface> {
  if (Array.isArray(value)) {
    if (listOf(value).some(isTool)) yield { server: '', result: { tools: value }, pointer: '' }
    else
      for (const [index, item] of value.slice(0, SERVERS).entries())
        yield* surfaceOf(objectOf(item as Json), '', `/${index}`)
    return
  }
  const root = objectOf(value)
  const direct = [...surfaceOf(root, '', '')]
  yield* direct
  if (direct.length > 0) return
  for (const holder of ['servers', 'results', 'mcpServers', '']) {
    const map = holder === '' ? root : root[holder]
    const prefix = holder === '' ? '' : `/${holder}`
    const entries = Object.entries(isObject(map) || Array.isArray(map) ? map : {}) as [string, Json][]
    const found = entries
      .slice(0, SERVERS)
      .flatMap(([name, held]) => [
        ...surfaceOf(objectOf(held), Array.isArray(map) ? '' : name, `${prefix}/${name}`),
      ])
    yield* found
    if (found.length > 0) return
  }
}

function* surfaceOf(item: JsonObject, name: string, pointer: string): Generator<Surface> {
  const [result, at] = isObject(item.result) ? [item.result, `${pointer}/result`] : [item, pointer]
  const info = objectOf(result.serverInfo ?? item.serverInfo ?? item.server)
  const server = textOf(info.name) || (typeof item.server === 'string' ? item.server : '') || name
  const isSurface =
    listOf(result.tools).some(isTool) ||
    listOf(result.prompts).some(
      (p) => Array.isArray(objectOf(p).arguments) || typeof objectOf(p).description === 'string',
    ) ||
    listOf(result.resources).some((r) => typeof objectOf(r).uri === 'string') ||
    listOf(result.resourceTemplates).some((r) => typeof objectOf(r).uriTemplate === 'string') ||
    (isObject(result.serverInfo) && isObject(result.capabilities)) ||
    (Array.isArray(result.supportedVersions) && isObject(result.capabilities))
  if (isSurface) yield { server, result, pointer: at }
}

function isTool(item: Json): boolean {
  const tool = objectOf(item)
  return (
    typeof tool.name === 'string' &&
    (isObject(tool.inputSchema) ||
      isObject(tool.input_schema) ||
      (isObject(tool.parameters) && typeof tool.description === 'string'))
  )
}

function* describe({ server, result, pointer }: Surface): Generator<Emission> {
  const from = 'mcp-surface'
  const place = (key: string, index: number): SurfacePlace => ({
    from,
    server,
    pointer: `${pointer}/${key}/${index}`,
    origin: 'snapshot',
  })
  yield* introduction(result, { from, server, pointer, origin: 'snapshot' })
  const lists = [
    ['tools', toolFacts],
    ['prompts', promptFacts],
    ['resources', resourceFacts],
    ['resourceTemplates', resourceFacts],
  ] as const
  for (const [key, facts] of lists) {
    const list = result[key]
    if (!Array.isArray(list)) continue
    const more = typeof result.nextCursor === 'string' && result.nextCursor !== ''
    yield fact(
      'plugin.surface',
      { from, server, list: key, generated: false, more },
      { pointer: `${pointer}/${key}` },
    )
    const seen = new Set<string>()
    for (const [index, item] of list.entries()) {
      const name = textOf(objectOf(item as Json).name)
      if (key !== 'resources' && name !== '' && seen.has(name))
        yield fact(
          'plugin.duplicate',
          { from, key: `${key}/${name}`.slice(0, 200) },
          { pointer: `${pointer}/${key}/${index}` },
        )
      seen.add(name)
      yield* facts(objectOf(item as Json), place(key, index))
    }
  }
  // Answers to `resources/read` and `prompts/get`, kept beside the lists.
  for (const [key, role] of [
    ['contents', 'resource'],
    ['messages', 'prompt'],
  ] as const) {
    yield* said(stringsOf(result[key], { role, owner: server, field: key, pointer: `${pointer}/${key}` }))
  }
}
