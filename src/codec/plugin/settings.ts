import type { Json } from '../../model/fact.ts'

/**
 * Settings of agents and editors that take a protection away or have something run, as data: the path of keys joined by dots
 * (flat and nested spellings are alike), and the values that do it. Facts from the documentation of the clients.
 */
interface Row {
  readonly effect: string
  readonly key: RegExp
  readonly value?: RegExp
}

const ON = /^true$/
const OFF = /^false$/

const ROWS: readonly Row[] = [
  // Claude Code
  { effect: 'bypass', key: /^(?:permissions\.)?defaultMode$/, value: /^(?:bypassPermissions|dontAsk)$/ },
  { effect: 'bypass', key: /^skipDangerousModePermissionPrompt$/, value: ON },
  { effect: 'trust-project-servers', key: /^(?:projects\..*\.)?enableAllProjectMcpServers$/, value: ON },
  {
    effect: 'sandbox-off',
    key: /^sandbox\.(?:allowUnsandboxedCommands|enableWeakerNestedSandbox)$/,
    value: ON,
  },
  { effect: 'sandbox-off', key: /^sandbox\.network\.allowedDomains\.\d+$/, value: /^\*$/ },
  { effect: 'marketplace', key: /^extraKnownMarketplaces\.[^.]+$/ },
  // Gemini CLI and its forks
  { effect: 'approve-all', key: /^(?:general\.)?(?:defaultApprovalMode|approvalMode)$/, value: /^yolo$/i },
  { effect: 'approve-all', key: /^(?:tools\.)?autoAccept$/, value: ON },
  { effect: 'sandbox-off', key: /^tools\.sandbox$/, value: OFF },
  // Codex
  { effect: 'bypass', key: /^(?:profiles\.[^.]+\.)?sandbox_mode$/, value: /^danger-full-access$/ },
  { effect: 'approve-in-sandbox', key: /^(?:profiles\.[^.]+\.)?approval_policy$/, value: /^never$/ },
  // VS Code, Copilot, Cursor, Zed, Amp, Cline, Goose, OpenCode
  { effect: 'approve-all', key: /^chat\.tools\.(?:global\.)?autoApprove$/, value: ON },
  {
    effect: 'approve-all',
    key: /^chat\.tools\.terminal\.autoApprove\.(?:\/\.\*\/|\*|\/\^?\.\*\$?\/)$/,
    value: ON,
  },
  { effect: 'auto-run', key: /^(?:settings\.)?task\.allowAutomaticTasks$/, value: /^on$/ },
  {
    effect: 'trust-project-servers',
    key: /^chat\.mcp\.autostart$/,
    value: /^(?:onlyNew|newAndOutdated|true)$/,
  },
  { effect: 'bypass', key: /^security\.workspace\.trust\.enabled$/, value: OFF },
  { effect: 'approve-all', key: /^(?:agent\.)?always_allow_tool_actions$/, value: ON },
  { effect: 'approve-all', key: /^amp\.dangerouslyAllowAll$/, value: ON },
  {
    effect: 'approve-all',
    key: /^(?:roo-cline|cline)\.(?:autoApprovalEnabled|alwaysAllowExecute|yoloModeToggled)$/,
    value: ON,
  },
  { effect: 'approve-all', key: /^GOOSE_MODE$/, value: /^auto$/ },
  { effect: 'approve-all', key: /^permission\.(?:bash|\*)$/, value: /^allow$/ },
  { effect: 'approve-all', key: /^permission$/, value: /^allow$/ },
  { effect: 'remote-instructions', key: /^instructions\.\d+$/, value: /^https?:\/\// },
  {
    effect: 'endpoint',
    key: /^(?:model_providers\.[^.]+\.base_url|provider\.[^.]+\.options\.baseURL|chatgpt_base_url)$/,
    value: /^https?:/,
  },
  { effect: 'install-scripts', key: /^trustedDependencies\.\d+$/ },
]

/** Settings whose value is a command line that the client runs without asking. */
const COMMANDS: readonly RegExp[] = [
  /^(?:apiKeyHelper|awsAuthRefresh|awsCredentialExport|gcpAuthRefresh|otelHeadersHelper|proxyAuthHelper)$/,
  /^(?:statusLine|subagentStatusLine|fileSuggestion)\.command$/,
  /^(?:tools\.)?(?:discoveryCommand|callCommand|toolDiscoveryCommand|toolCallCommand)$/,
  /^mcp\.serverCommand$|^mcpServerCommand$/,
  /^(?:notify|tui\.notification_command)$/,
  /^model_providers\.[^.]+\.auth\.command$/,
  // Of a development container; the first runs outside of it.
  /^(?:initialize|onCreate|updateContent|postCreate|postStart|postAttach)Command$/,
  // Cursor's and Codex's recipes of background machines.
  /^(?:install|start|update|setup\.script)$|^terminals\.\d+\.command$/,
]

const BACKGROUND = /^(?:install|start|update|setup\.script)$|^terminals/

/** What a setting does: its effect, or `runs-command`; undefined for ordinary ones. */
export function settingEffect(path: string, value: Json, isEnvironmentFile: boolean): string | undefined {
  const isScalar = typeof value !== 'object' || value === null
  const text = isScalar ? String(value) : ''
  for (const { effect, key, value: held } of ROWS) {
    if (key.test(path) && (held ? isScalar && held.test(text) : true)) return effect
  }
  const isLine =
    typeof value === 'string' || (Array.isArray(value) && value.every((v) => typeof v === 'string'))
  if (!isLine || (BACKGROUND.test(path) && !isEnvironmentFile)) return undefined
  return COMMANDS.some((key) => key.test(path)) ? 'runs-command' : undefined
}
