import { isObject, listOf, objectOf, textOf, textsOf } from '../../codec/json-values.ts'
import { addressOf } from '../../codec/plugin/address.ts'
import { surveySchema } from '../../codec/plugin/schema.ts'
import { surfaceParts } from '../../codec/plugin/surface-parts.ts'
import type { ProsePart } from '../../codec/prose/prose.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import type { TextRole } from '../../model/text-facts.ts'
import { type Emission, fact } from '../inspector.ts'
import { said, stringsOf, wording } from './wording.ts'

/** Where an item of a surface stands. */
export interface SurfacePlace {
  readonly from: string
  readonly server: string
  readonly pointer: string
  /** snapshot (a `tools/list`), manifest or api */
  readonly origin: string
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const

/** One tool: what it declares, what it may be given, and every string of it read together. */
export function* toolFacts(tool: JsonObject, place: SurfacePlace): Generator<Emission> {
  const { from, server, pointer, origin } = place
  const at = { pointer }
  const name = textOf(tool.name)
  const annotations = objectOf(tool.annotations)
  const stated = HINTS.filter((hint) => typeof annotations[hint] === 'boolean')
  const readOnly = annotations.readOnlyHint === true
  const input = surveySchema(tool.inputSchema ?? tool.input_schema ?? tool.parameters)
  const output = surveySchema(tool.outputSchema)
  const { ui } = objectOf(tool._meta)
  const meta = objectOf(tool._meta)
  yield fact(
    'plugin.tool',
    {
      from,
      server,
      name: name.slice(0, 200),
      title: (textOf(tool.title) || textOf(annotations.title)).slice(0, 200),
      origin,
      annotated: stated.length > 0,
      stated: [...stated],
      readOnly,
      // Defaults of the specification; the two in the middle mean nothing for a tool that only reads.
      destructive: !readOnly && annotations.destructiveHint !== false,
      idempotent: annotations.idempotentHint === true,
      openWorld: annotations.openWorldHint !== false,
      inputNames: input.names,
      required: input.required,
      outputNames: output.names,
      ui: (
        textOf(objectOf(ui).resourceUri) ||
        textOf(meta['ui/resourceUri']) ||
        textOf(meta['openai/outputTemplate'])
      ).slice(0, 300),
      visibility: textsOf(objectOf(ui).visibility),
    },
    at,
  )
  for (const { trouble, target } of [...input.troubles, ...output.troubles])
    yield fact('plugin.schema', { server, tool: name.slice(0, 200), trouble, target }, at)
  yield* uiFacts(meta, place, name)
  yield* securityFacts(tool, place)
  yield* surfaceParts('tool', server, name, tool)
  yield* said(toolStrings(tool, name, pointer))
}

/** Strings of a tool in the order in which a model reads them. */
function* toolStrings(tool: JsonObject, name: string, pointer: string): Generator<ProsePart> {
  for (const [key, held] of Object.entries(tool) as [string, Json][]) {
    const role: TextRole = /^(?:name|title|description|annotations)$/.test(key)
      ? 'tool-description'
      : 'schema'
    if (key === 'icons') continue
    yield* stringsOf(held, { role, owner: name, field: key, pointer: `${pointer}/${key}` })
  }
}

/** MCP Apps and the older keys of ChatGPT's: where a page may connect, and what of the machine it may use. */
function* uiFacts(
  meta: JsonObject,
  { from, server, pointer }: SurfacePlace,
  tool: string,
): Generator<Emission> {
  const ui = objectOf(meta.ui)
  const widget = objectOf(meta['openai/widgetCSP'])
  const csp = { ...widget, ...objectOf(ui.csp) }
  for (const [directive, hosts] of Object.entries(csp)) {
    for (const host of textsOf(hosts as Json)) {
      const breadth = /^(?:\*|https?:(?:\/\/)?(?:\*)?)$/.test(host)
        ? 'all'
        : host.includes('*')
          ? 'broad'
          : 'narrow'
      yield fact(
        'plugin.permission',
        {
          from,
          server,
          scope: 'declared',
          tool: 'ui-csp',
          rule: `${directive} ${host}`.slice(0, 200),
          breadth,
        },
        { pointer },
        tool,
      )
      const address = addressOf(host.includes('://') ? host : `https://${host.replace(/^\*\./, '')}`)
      if (/^connect/.test(directive) && host !== '*')
        yield fact(
          'plugin.endpoint',
          { from, server, role: 'ui', url: host.slice(0, 200), ...address },
          { pointer },
        )
    }
  }
  for (const permission of Object.keys(objectOf(ui.permissions))) {
    yield fact(
      'plugin.permission',
      { from, server, scope: 'declared', tool: 'ui-permission', rule: permission, breadth: 'narrow' },
      { pointer },
      tool,
    )
  }
}

function* securityFacts(tool: JsonObject, { from, server, pointer }: SurfacePlace): Generator<Emission> {
  for (const scheme of [...listOf(tool.securitySchemes), ...listOf(objectOf(tool._meta).securitySchemes)]) {
    for (const scope of textsOf(objectOf(scheme).scopes)) yield oauthScope(scope, { from, server, pointer })
  }
}

/** Scopes that give more than a plugin's business, by the names their providers give them. */
const BROAD_SCOPE =
  /^(?:\*|all|full|root|admin(?::.*|\..*)?|.*:admin|write:all|repo|delete_repo|admin:.*|workflow|user|https:\/\/mail\.google\.com\/|https:\/\/www\.googleapis\.com\/auth\/(?:drive|gmail\.modify|cloud-platform|admin\..*)|.*\/\.default|Mail\.ReadWrite|Files\.ReadWrite\.All|Directory\.ReadWrite\.All|Sites\.FullControl\.All|api|sudo|write_repository|account:write|full_access|user_impersonation)$/i

export function oauthScope(
  scope: string,
  { from, server, pointer }: Pick<SurfacePlace, 'from' | 'server' | 'pointer'>,
): Emission {
  const breadth = /^(?:\*|all|full|root)$/i.test(scope) ? 'all' : BROAD_SCOPE.test(scope) ? 'broad' : 'narrow'
  return fact(
    'plugin.permission',
    { from, server, scope: 'declared', tool: 'oauth', rule: scope.slice(0, 200), breadth },
    { pointer },
  )
}

export function* promptFacts(
  prompt: JsonObject,
  { from, server, pointer }: SurfacePlace,
): Generator<Emission> {
  const name = textOf(prompt.name)
  const args = listOf(prompt.arguments).map((item) =>
    typeof item === 'string' ? item : textOf(objectOf(item).name),
  )
  yield fact(
    'plugin.prompt',
    { from, server, name: name.slice(0, 200), arguments: args.slice(0, 100) },
    { pointer },
  )
  yield* surfaceParts('prompt', server, name, prompt)
  yield* said(stringsOf(prompt, { role: 'prompt', owner: name, field: '', pointer }))
}

export function* resourceFacts(resource: JsonObject, place: SurfacePlace): Generator<Emission> {
  const { from, server, pointer } = place
  const uri = textOf(resource.uri) || textOf(resource.uriTemplate)
  const mimeType = textOf(resource.mimeType)
  const ui = uri.startsWith('ui://') || /profile=mcp-app/.test(mimeType)
  const name = textOf(resource.name)
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? ''
  yield fact(
    'plugin.resource',
    { from, server, name: name.slice(0, 200), uri: uri.slice(0, 300), scheme, mimeType, ui },
    { pointer },
  )
  yield* uiFacts(objectOf(resource._meta), place, name)
  yield* surfaceParts('resource', server, uri || name, resource)
  yield* said(stringsOf(resource, { role: 'resource', owner: name, field: '', pointer }))
}

/** What a server says of itself when it is first spoken to. */
export function* introduction(
  result: JsonObject,
  { from, server, pointer }: SurfacePlace,
): Generator<Emission> {
  const info = isObject(result.serverInfo) ? result.serverInfo : {}
  if (typeof result.instructions === 'string')
    yield* surfaceParts('instructions', server, '', result.instructions)
  yield* said([
    ...wording(result.instructions, {
      role: 'instruction',
      owner: server,
      field: 'instructions',
      pointer: `${pointer}/instructions`,
    }),
    ...stringsOf(info, {
      role: 'tool-description',
      owner: server,
      field: 'serverInfo',
      pointer: `${pointer}/serverInfo`,
    }),
  ])
  for (const scope of textsOf(result.scopes_supported)) yield oauthScope(scope, { from, server, pointer })
}
