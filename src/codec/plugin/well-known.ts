import { type Likeness, likenessOf } from '../lookalike.ts'

/**
 * Names that plugins are looked for by, and that others are made to resemble. Public packages of npm and PyPI and the
 * vendors' own marketplaces; being here is no judgement.
 */
const NPM = (
  '@modelcontextprotocol/sdk @modelcontextprotocol/inspector @modelcontextprotocol/server-filesystem ' +
  '@modelcontextprotocol/server-github @modelcontextprotocol/server-memory @modelcontextprotocol/server-everything ' +
  '@modelcontextprotocol/server-sequential-thinking @modelcontextprotocol/server-postgres @modelcontextprotocol/server-puppeteer ' +
  '@modelcontextprotocol/server-brave-search @modelcontextprotocol/server-slack @modelcontextprotocol/server-google-maps ' +
  '@modelcontextprotocol/server-gdrive @modelcontextprotocol/server-gitlab @modelcontextprotocol/server-redis @playwright/mcp ' +
  '@upstash/context7-mcp @anthropic-ai/claude-code @anthropic-ai/sdk @anthropic-ai/mcpb @openai/codex @google/gemini-cli mcp-remote supergateway ' +
  '@notionhq/notion-mcp-server @sentry/mcp-server @stripe/mcp @supabase/mcp-server-supabase @supabase/mcp-utils firecrawl-mcp tavily-mcp ' +
  'exa-mcp-server figma-developer-mcp chrome-devtools-mcp @browserbasehq/mcp @cloudflare/mcp-server-cloudflare @azure/mcp ' +
  '@aws-sdk/client-s3 @apify/actors-mcp-server @heroku/mcp-server mongodb-mcp-server @elastic/mcp-server-elasticsearch ' +
  '@smithery/cli postmark-mcp'
).split(' ')
const PYPI = (
  'mcp fastmcp mcp-server-fetch mcp-server-git mcp-server-time mcp-server-sqlite mcp-server-sentry mcp-proxy mcp-server-qdrant ' +
  'mcp-server-motherduck mcp-atlassian markitdown-mcp duckduckgo-mcp-server ' +
  'workspace-mcp serena-agent graphiti-core basic-memory paper-search-mcp arxiv-mcp-server windows-mcp'
).split(' ')
const MARKETPLACES = (
  'claude-code-marketplace claude-code-plugins claude-plugins-official anthropic-marketplace anthropic-plugins agent-skills life-sciences ' +
  'knowledge-work-plugins'
).split(' ')

const KNOWN = { npm: NPM, pypi: PYPI, marketplace: MARKETPLACES } as const

export interface KnownName {
  readonly like: string
  readonly how: Likeness | 'other scope'
}

/** The well-known name that another one is nearly; undefined for known and for unrelated names. */
export function nearlyKnown(what: keyof typeof KNOWN, name: string): KnownName | undefined {
  const known = KNOWN[what]
  if (known.includes(name.toLowerCase())) return undefined
  for (const like of known) {
    const how = likeness(name, like)
    // Of a scope that is imitated any package would do: name the one that is meant.
    const meant = `${parts(like)[0]}/${parts(name)[1]}`
    if (how !== undefined) return { like: known.includes(meant) ? meant : like, how }
  }
  return undefined
}

/** Names with a scope are compared part by part: a scope of one's own is no imitation, nearly another's scope is. */
function likeness(name: string, known: string): KnownName['how'] | undefined {
  const [scope, bare] = parts(name)
  const [knownScope, knownBare] = parts(known)
  if (scope === '' && knownScope === '') return likenessOf(name, known)
  if (scope !== '' && knownScope !== '') {
    const near = scope === knownScope ? likenessOf(bare, knownBare) : likenessOf(scope, knownScope)
    return near !== undefined && (scope !== knownScope || bare !== knownBare) ? near : undefined
  }
  // `@scope/name` written as `scope-name`, which anybody can register.
  const flat = `${knownScope.slice(1)}-${knownBare}`
  return scope === '' && (name === flat || name === flat.replaceAll('-', '')) ? 'other scope' : undefined
}

function parts(name: string): [scope: string, bare: string] {
  const [, scope = '', bare = name] = /^(@[^/]+)\/(.*)$/.exec(name) ?? []
  return [scope, bare]
}
