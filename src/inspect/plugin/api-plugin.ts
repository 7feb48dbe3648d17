import { isObject, listOf, objectOf, textOf } from '../../codec/json-values.ts'
import { addressOf, urlWithoutSecrets } from '../../codec/plugin/address.ts'
import type { Json, JsonObject } from '../../model/fact.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS } from './agent-config.ts'
import { JSON_START, pathOf, readDocument, signProbe } from './document.ts'
import { variable } from './servers.ts'
import { oauthScope, toolFacts } from './surface.ts'
import { said, stringsOf, wording } from './wording.ts'

/** `ai-plugin.json` and the OpenAPI documents of plugins and actions. */
export const apiPlugin: Inspector = {
  id: 'api-plugin',
  detect: {
    probe: signProbe(
      [JSON_START, /"(?:name_for_model|description_for_model)"\s*:/],
      [JSON_START, /"openapi"\s*:\s*"3/, /"paths"\s*:/],
      [/^openapi:\s*['"]?3/m, /^paths:/m],
    ),
    name: ['ai-plugin.json'],
    suffix: ['/ai-plugin.json'],
  },
  facts: FACTS,
  inspect,
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const path = pathOf(opened)
  const { size } = opened.bytes
  context.meter.hold(size)
  try {
    const { value, duplicates } = await readDocument(opened, context, /\.ya?ml$/.test(path) ? 'yaml' : 'json')
    const root = objectOf(value)
    const isPlugin = root.name_for_model !== undefined || root.description_for_model !== undefined
    if (!isPlugin && !(typeof root.openapi === 'string' && isObject(root.paths))) return
    yield { type: 'span', offset: 0, length: size, as: 'inspected' }
    for (const pointer of duplicates)
      yield fact(
        'plugin.duplicate',
        { from: isPlugin ? 'ai-plugin' : 'openapi', key: pointer.slice(0, 200) },
        { pointer },
      )
    yield* isPlugin ? plugin(root) : specification(root)
  } finally {
    context.meter.release(size)
  }
}

function* plugin(root: JsonObject): Generator<Emission> {
  const from = 'ai-plugin'
  const name = textOf(root.name_for_model)
  yield fact('plugin.manifest', {
    kind: from,
    name: name.slice(0, 200),
    version: textOf(root.schema_version),
    client: 'chatgpt',
    scope: 'bundle',
  })
  const { auth, api } = root
  const { authorization_url, client_url, scope, verification_tokens } = objectOf(auth)
  const addresses = [
    ['api', textOf(objectOf(api).url)],
    ['authorization', textOf(client_url)],
    ['token', textOf(authorization_url)],
    ['homepage', textOf(root.legal_info_url)],
  ] as const
  for (const [role, url] of addresses)
    if (url !== '')
      yield fact('plugin.endpoint', {
        from,
        server: name,
        role,
        url: urlWithoutSecrets(url),
        ...addressOf(url),
      })
  for (const one of textOf(scope).split(/[\s,]+/))
    if (one !== '') yield oauthScope(one, { from, server: name, pointer: '/auth/scope' })
  for (const [service, token] of Object.entries(objectOf(verification_tokens))) {
    yield variable(
      'input',
      `verification_tokens.${service}`,
      token as Json,
      { from, server: name },
      '/auth/verification_tokens',
    )
  }
  for (const key of ['name_for_model', 'description_for_model', 'name_for_human', 'description_for_human']) {
    yield* said(wording(root[key], { role: 'tool-description', owner: name, field: key, pointer: `/${key}` }))
  }
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'])
const OPERATIONS = 20_000

/** Every operation is a tool that a model is offered. */
function* specification(root: JsonObject): Generator<Emission> {
  const from = 'openapi'
  const server = textOf(objectOf(root.info).title).slice(0, 200)
  yield fact('plugin.manifest', {
    kind: from,
    name: server,
    version: textOf(objectOf(root.info).version),
    client: '',
    scope: 'bundle',
  })
  for (const [index, item] of listOf(root.servers).entries()) {
    const url = textOf(objectOf(item).url)
    // Most descriptions of interfaces are no plugins: what is wrong with an address is said where a plugin names it.
    if (url !== '')
      yield fact(
        'plugin.endpoint',
        { from, server, role: 'specification', url: urlWithoutSecrets(url), ...addressOf(url) },
        { pointer: `/servers/${index}` },
      )
  }
  let count = 0
  for (const [path, item] of Object.entries(objectOf(root.paths))) {
    for (const [method, held] of Object.entries(objectOf(item as Json))) {
      if (!METHODS.has(method)) continue
      if (++count > OPERATIONS) {
        yield { type: 'damage', kind: 'limit', message: 'more operations than are inspected' }
        return
      }
      yield* operation(path, method, objectOf(held as Json), server)
    }
  }
  yield* security(root, server)
  yield* said(
    stringsOf(root.info, { role: 'tool-description', owner: server, field: 'info', pointer: '/info' }),
  )
  yield* said(
    stringsOf(root.components, {
      role: 'schema',
      owner: server,
      field: 'components',
      pointer: '/components',
    }),
  )
}

function* operation(path: string, method: string, held: JsonObject, server: string): Generator<Emission> {
  const pointer = `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}`
  const properties = Object.create(null) as Record<string, Json>
  for (const parameter of listOf(held.parameters)) {
    const { name, schema, description } = objectOf(parameter)
    if (typeof name === 'string') properties[name] = { ...objectOf(schema), description: description ?? null }
  }
  const content = Object.values(objectOf(objectOf(held.requestBody).content))
  const consequential = held['x-openai-isConsequential']
  const tool: Record<string, Json> = {
    name: textOf(held.operationId) || `${method} ${path}`,
    title: held.summary ?? '',
    description: held.description ?? '',
    inputSchema: { properties, body: content.map((item) => objectOf(item as Json).schema ?? null) },
    annotations:
      typeof consequential === 'boolean'
        ? { destructiveHint: consequential }
        : method === 'get' || method === 'head'
          ? { readOnlyHint: true }
          : {},
  }
  yield* toolFacts(tool, { from: 'openapi', server, pointer, origin: 'api' })
}

function* security(root: JsonObject, server: string): Generator<Emission> {
  const from = 'openapi'
  for (const [name, held] of Object.entries(objectOf(objectOf(root.components).securitySchemes))) {
    const pointer = `/components/securitySchemes/${name}`
    for (const flow of Object.values(objectOf(objectOf(held as Json).flows))) {
      const { authorizationUrl, tokenUrl, scopes } = objectOf(flow as Json)
      for (const [role, url] of [
        ['authorization', textOf(authorizationUrl)],
        ['token', textOf(tokenUrl)],
      ] as const) {
        if (url !== '')
          yield fact(
            'plugin.endpoint',
            { from, server, role, url: urlWithoutSecrets(url), ...addressOf(url) },
            { pointer },
          )
      }
      for (const scope of Object.keys(objectOf(scopes))) yield oauthScope(scope, { from, server, pointer })
    }
  }
}
