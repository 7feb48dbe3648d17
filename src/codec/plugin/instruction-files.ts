/** Which files agents read as instructions or prompts, by their path in lower case. */

/** Files that agents obey. The first row that matches says what it is; `base` is the folder its paths start at. */
export const INSTRUCTION_FILES: readonly (readonly [
  kind: string,
  client: string,
  path: RegExp,
  base: string,
])[] = [
  ['skill', 'agent-skills', /(?:^|\/)skill\.md$/, ''],
  [
    'subagent',
    'claude-code',
    /(?:^|\/)(?:\.(?:claude|cursor|opencode|gemini|github|codex|kiro|qwen)\/)?agents?\/(?:[^/]+\/)?[^/]+\.(?:agent\.)?md$/,
    '..',
  ],
  [
    'command',
    'claude-code',
    /(?:^|\/)(?:\.(?:claude|cursor|opencode|codex|windsurf|roo|qwen|augment|factory|github)\/prompts|(?:\.[\w-]+\/)?(?:commands|workflows))\/(?:[^/]+\/){0,3}[^/]+\.md$/,
    '..',
  ],
  ['command', 'gemini-cli', /(?:^|\/)commands\/(?:[^/]+\/){0,3}[^/]+\.toml$/, '..'],
  ['command', 'copilot', /\.prompt\.md$/, '../..'],
  [
    'instructions',
    'claude-code',
    /(?:^|\/)(?:\.claude\/)?claude(?:\.local)?\.md$|(?:^|\/)\.claude\/rules\/.*\.md$|(?:^|\/)output-styles\/[^/]+\.md$/,
    '',
  ],
  ['instructions', 'agents', /(?:^|\/)agents?(?:\.override|\.local)?\.md$/, ''],
  ['instructions', 'gemini-cli', /(?:^|\/)(?:gemini|qwen)\.md$/, ''],
  ['instructions', 'cursor', /(?:^|\/)\.cursor\/rules\/.*\.(?:mdc|md)$|\.mdc$|(?:^|\/)\.cursorrules$/, '..'],
  ['instructions', 'windsurf', /(?:^|\/)\.windsurf\/rules\/.*\.md$|(?:^|\/)\.windsurfrules$/, '..'],
  [
    'instructions',
    'copilot',
    /(?:^|\/)(?:copilot-instructions|[^/]*\.instructions|[^/]*\.chatmode)\.md$/,
    '..',
  ],
  [
    'instructions',
    'cline',
    /(?:^|\/)\.(?:cline|roo|roomodes|kiro|goose|augment|junie|trae|amazonq|continue)(?:rules|hints|modes|-guidelines)?(?:\/.*\.md)?$|(?:^|\/)\.(?:clinerules|roorules|goosehints)(?:[-/].*)?$/,
    '',
  ],
  ['instructions', 'memory', /(?:^|\/)(?:memory|soul|heartbeat|bootstrap)\.md$/, ''],
]

export const YAML_PROMPTS = /(?:^|\/)promptfooconfig[\w.-]*\.ya?ml$|\.prompt\.ya?ml$/
export const HEADED_PROMPTS = /\.(?:prompty|prompt)$/
export const PLAIN_PROMPTS =
  /(?:^|\/)(?:prompts?|prompt[-_]templates|system[-_]prompts?)\/(?:[^/]+\/){0,4}[^/]+\.(?:txt|md|j2|jinja2?|hbs|mustache|liquid|tmpl)$|(?:^|\/)[\w.-]*(?:system|developer|agent)[-_.]?prompt[\w.-]*\.(?:txt|md|j2|jinja2?)$/
