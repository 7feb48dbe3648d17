/** The files by which agents and editors are configured, as data. */
export interface ClientFile {
  readonly client: string
  readonly path: RegExp
  readonly syntax: 'json' | 'toml' | 'yaml'
  /** project: comes with a folder. user: a person's own. managed: an administrator's. */
  readonly scope: 'project' | 'user' | 'managed'
  /** The way from the file's folder to the folder that its relative paths start from. */
  readonly base: string
  /** Keys that lead to servers by name, joined by `/`; `*` is any key. The empty one: the document itself is the map. */
  readonly servers: readonly string[]
}

const MCP = ['mcpServers']
const row = (
  client: string,
  path: RegExp,
  servers: readonly string[],
  scope: ClientFile['scope'] = 'project',
  base = '',
): ClientFile => ({
  client,
  path,
  servers,
  scope,
  base,
  syntax: /\.?toml/.test(path.source) ? 'toml' : /ya\?ml/.test(path.source) ? 'yaml' : 'json',
})

/** The first row whose path matches is the file's; paths are in lower case. */
export const CLIENT_FILES: readonly ClientFile[] = [
  row('claude-code', /(?:^|\/)managed-(?:mcp|settings)\.json$/, MCP, 'managed'),
  row('claude-code', /(?:^|\/)\.claude\/settings(?:\.local)?\.json$/, MCP, 'project', '..'),
  row('claude-code', /(?:^|\/)\.claude\.json$/, [...MCP, 'projects/*/mcpServers'], 'user'),
  row('claude-code', /(?:^|\/)\.mcp\.json$/, [...MCP, 'servers', '']),
  row('claude-desktop', /(?:^|\/)claude_desktop_config\.json$/, MCP, 'user'),
  row(
    'cursor',
    /(?:^|\/)\.cursor\/(?:mcp|hooks|cli|permissions|environment|sandbox)\.json$/,
    MCP,
    'project',
    '..',
  ),
  row(
    'vscode',
    /(?:^|\/)\.vscode\/(?:mcp|settings|tasks)\.json$/,
    ['servers', 'mcpServers', 'mcp/servers', 'mcp.servers'],
    'project',
    '..',
  ),
  row(
    'vscode',
    /\.code-workspace$/,
    ['mcp/servers', 'settings/mcp/servers', 'settings/mcp.servers'],
    'project',
  ),
  row(
    'vscode',
    /(?:^|\/)code(?: - insiders)?\/user\/(?:profiles\/[^/]+\/)?(?:mcp|settings|tasks)\.json$/,
    ['servers', 'mcp/servers', 'mcp.servers'],
    'user',
  ),
  row('visual-studio', /(?:^|\/)\.vs\/mcp\.json$/, ['servers'], 'project', '..'),
  row('copilot', /(?:^|\/)\.copilot\/(?:mcp-config|config|settings)\.json$/, MCP, 'user'),
  row(
    'copilot',
    /(?:^|\/)\.github\/(?:copilot\/)?(?:hooks\/[^/]+|mcp|settings)\.json$/,
    MCP,
    'project',
    '../..',
  ),
  row('antigravity', /(?:^|\/)(?:antigravity|\.gemini\/config)\/mcp_config\.json$/, MCP, 'user'),
  row('windsurf', /(?:^|\/)mcp_config\.json$|(?:^|\/)\.windsurf\/(?:mcp|hooks)\.json$/, MCP, 'user'),
  row('gemini-cli', /(?:^|\/)\.(?:gemini|qwen)\/settings\.json$/, MCP, 'project', '..'),
  row(
    'codex',
    /(?:^|\/)\.?codex\/(?:managed_config|requirements|config)\.toml$/,
    ['mcp_servers'],
    'project',
    '..',
  ),
  row(
    'codex',
    /(?:^|\/)\.codex\/(?:hooks|environments\/environment)\.json$/,
    ['mcp_servers'],
    'project',
    '..',
  ),
  row('codex', /(?:^|\/)agents\/openai\.ya?ml$/, ['dependencies/tools']),
  row(
    'devcontainer',
    /(?:^|\/)\.?devcontainer\.json$/,
    ['customizations/vscode/mcp/servers'],
    'project',
    '..',
  ),
  row('zed', /(?:^|\/)\.?zed\/settings\.json$/, ['context_servers'], 'project', '..'),
  row('goose', /(?:^|\/)goose\/(?:config\/)?config\.ya?ml$/, ['extensions'], 'user'),
  row(
    'kiro',
    /(?:^|\/)\.kiro\/(?:settings\/mcp|hooks\/[^/]+|agents\/[^/]+)\.(?:json|kiro\.hook)$/,
    MCP,
    'project',
    '../..',
  ),
  row('opencode', /(?:^|\/)(?:\.opencode\/)?opencode\.jsonc?$/, ['mcp'], 'project'),
  row(
    'amazon-q',
    /(?:^|\/)(?:\.aws\/amazonq|\.amazonq)\/(?:mcp|default|cli-agents\/[^/]+|agents\/[^/]+)\.json$/,
    MCP,
    'user',
  ),
  row('cline', /(?:^|\/)cline_mcp_settings\.json$/, MCP, 'user'),
  row('roo', /(?:^|\/)(?:\.roo\/mcp|mcp_settings)\.json$/, MCP, 'project', '..'),
  row('continue', /(?:^|\/)\.continue\/(?:config|mcpservers\/[^/]+)\.ya?ml$/, MCP, 'project', '..'),
  row('continue', /(?:^|\/)\.continue\/(?:config|mcpservers\/[^/]+)\.json$/, MCP, 'project', '..'),
  row('junie', /(?:^|\/)\.junie\/mcp\/mcp\.json$/, MCP, 'project', '../..'),
  row('trae', /(?:^|\/)\.trae\/mcp\.json$/, MCP, 'project', '..'),
  row('amp', /(?:^|\/)\.?amp\/settings\.jsonc?$/, ['amp.mcpServers', 'amp/mcpServers'], 'project', '..'),
  row(
    'generic',
    /(?:^|\/)(?:\.mcp|mcp|mcp-config|mcp_servers|mcp-servers|\.?mcp\.local)\.jsonc?$/,
    [...MCP, 'servers', 'mcp/servers', ''],
    'project',
  ),
]

/** Where servers are in a file of which only the content tells that it is a configuration. */
export const ANY_CLIENT: Omit<ClientFile, 'syntax' | 'path'> = {
  client: 'generic',
  scope: 'project',
  base: '',
  servers: [
    ...MCP,
    'mcp_servers',
    'context_servers',
    'mcp/servers',
    'mcp.servers',
    'amp.mcpServers',
    'projects/*/mcpServers',
  ],
}

export function clientFile(path: string): ClientFile | undefined {
  return CLIENT_FILES.find((file) => file.path.test(path))
}
