import { isObject, listOf, objectOf, textOf } from '../../codec/json-values.ts'
import { addressOf, urlWithoutSecrets } from '../../codec/plugin/address.ts'
import { bundleSignature } from '../../codec/plugin/bundle-signature.ts'
import { isSecretName } from '../../codec/plugin/credential.ts'
import type { FactCatalogue, Json, JsonObject } from '../../model/fact.ts'
import { FormatError } from '../../model/trouble.ts'
import { type Emission, fact, type InspectContext, type Inspector, type Opened } from '../inspector.ts'
import { FACTS as PLUGIN } from './agent-config.ts'
import { type CommandPlace, localFile } from './commands.ts'
import { JSON_START, readDocument, signProbe } from './document.ts'
import { serverFacts } from './servers.ts'
import { promptFacts, toolFacts } from './surface.ts'
import { said, stringsOf } from './wording.ts'

const FACTS: FactCatalogue = {
  ...PLUGIN,
  'mcpb.signature': {
    about: 'A signature that `mcpb sign` appended. Whose it is, and whether it holds, is not verified here.',
    fields: { size: 'number' },
  },
}

/** Manifests of MCP bundles (`.mcpb`, before that `.dxt`), versions 0.1 to 0.4. */
export const mcpb: Inspector = {
  id: 'mcpb',
  detect: {
    probe: signProbe([
      JSON_START,
      /"(?:dxt_version|manifest_version)"\s*:/,
      /"server"\s*:\s*\{/,
      /"(?:entry_point|mcp_config)"\s*:/,
    ]),
  },
  facts: FACTS,
  inspect,
}

/** The block behind the archive. */
export const mcpbSignature: Inspector = {
  id: 'mcpb-signature',
  detect: {},
  facts: FACTS,
  async *inspect({ bytes }): AsyncGenerator<Emission> {
    const block = await bundleSignature(bytes)
    if (block?.offset !== 0) throw new FormatError('corrupt', 'no signature block of a bundle')
    const [first] = await bytes.read(block.der.offset, 1)
    // PKCS#7 is a SEQUENCE in DER; anything else is something hidden between the marks.
    if (first !== 0x30) throw new FormatError('corrupt', 'the signature block holds no PKCS#7')
    yield fact('mcpb.signature', { size: block.der.length })
    yield { type: 'span', offset: 0, length: bytes.size, as: 'inspected' }
  },
}

async function* inspect(opened: Opened, context: InspectContext): AsyncGenerator<Emission> {
  const { size } = opened.bytes
  context.meter.hold(size)
  try {
    const { value, duplicates } = await readDocument(opened, context, 'json')
    const root = objectOf(value)
    if (!isObject(root.server)) return
    yield { type: 'span', offset: 0, length: size, as: 'inspected' }
    const name = textOf(root.name)
    yield fact('plugin.manifest', {
      kind: 'mcpb',
      name: name.slice(0, 200),
      version: textOf(root.version),
      client: 'claude-desktop',
      scope: 'bundle',
    })
    for (const pointer of duplicates)
      yield fact('plugin.duplicate', { from: 'mcpb', key: pointer.slice(0, 200) }, { pointer })
    yield* server(root.server, { from: 'mcpb', server: name, base: '' })
    yield* surface(root, name)
    yield* userConfig(root, name)
    const { tools: _tools, prompts: _prompts, ...rest } = root
    yield* said(stringsOf(rest, { role: 'documentation', owner: name, field: '', pointer: '' }))
  } finally {
    context.meter.release(size)
  }
}

/** How it is started, on each platform. */
function* server(held: JsonObject, place: CommandPlace): Generator<Emission> {
  const entry = textOf(held.entry_point)
  if (entry !== '') yield* localFile(entry, 'launch', { ...place, at: { pointer: '/server/entry_point' } })
  const config = objectOf(held.mcp_config)
  const { platform_overrides: overrides, ...base } = config
  const all: [string, JsonObject, string][] = [['/server/mcp_config', base, place.server]]
  for (const [platform, other] of Object.entries(objectOf(overrides))) {
    // An override replaces what it has and keeps the rest.
    all.push([
      `/server/mcp_config/platform_overrides/${platform}`,
      { ...base, ...objectOf(other as Json) },
      `${place.server} (${platform})`,
    ])
  }
  for (const [pointer, value, server] of all) {
    if (Object.keys(value).length > 0)
      yield* serverFacts(value, { ...place, server, pointer, at: { pointer }, scope: 'bundle' })
  }
}

function* surface(root: JsonObject, name: string): Generator<Emission> {
  const place = (key: string, index: number) => ({
    from: 'mcpb',
    server: name,
    pointer: `/${key}/${index}`,
    origin: 'manifest',
  })
  for (const [key, facts] of [
    ['tools', toolFacts],
    ['prompts', promptFacts],
  ] as const) {
    const generated = root[`${key}_generated`] === true
    const list = listOf(root[key])
    if (generated || list.length > 0)
      yield fact('plugin.surface', { from: 'mcpb', server: name, list: key, generated, more: false })
    for (const [index, item] of list.entries()) yield* facts(objectOf(item), place(key, index))
  }
}

/** What the person who installs it is asked for. */
function* userConfig(root: JsonObject, server: string): Generator<Emission> {
  for (const [name, held] of Object.entries(objectOf(root.user_config))) {
    const { type, sensitive } = objectOf(held as Json)
    const at = { pointer: `/user_config/${name}` }
    const data = {
      from: 'mcpb',
      server,
      place: 'input',
      name,
      form: 'prompt',
      secret: isSecretName(name) ? 'named' : '',
      masked: sensitive === true,
      effect: '',
    }
    yield fact('plugin.variable', { ...data, scheme: '', host: '', domains: [], reach: '' }, at)
    if (type === 'directory' || type === 'file') {
      yield fact(
        'plugin.permission',
        {
          from: 'mcpb',
          server,
          scope: 'declared',
          tool: 'user-config',
          rule: `${type} ${name}`.slice(0, 200),
          breadth: 'narrow',
        },
        at,
      )
    }
  }
  for (const url of [textOf(root.homepage), textOf(root.support), textOf(root.documentation)]) {
    if (url !== '')
      yield fact('plugin.endpoint', {
        from: 'mcpb',
        server,
        role: 'homepage',
        url: urlWithoutSecrets(url),
        ...addressOf(url),
      })
  }
}
