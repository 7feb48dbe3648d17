/** What a variable of the environment does to the programs that inherit it, whatever they are. */
const NAMES: readonly (readonly [effect: string, name: RegExp, value?: RegExp])[] = [
  [
    'injects-code',
    /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|BASH_ENV|ZDOTDIR|PYTHONSTARTUP|PYTHONHOME|PYTHONINSPECT|PERL5DB|GIT_SSH|GIT_PROXY_COMMAND|GIT_EXTERNAL_DIFF|GIT_ASKPASS|SSH_ASKPASS|PROMPT_COMMAND)$/,
    /\S/,
  ],
  ['injects-code', /^GIT_SSH_COMMAND$/, /^(?!ssh(?:\s+-[io]\s+\S+)*$)/],
  [
    'injects-code',
    /^NODE_OPTIONS$/,
    /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader|--inspect\w*)\b/,
  ],
  [
    'injects-code',
    /^(?:JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS)$/,
    /-(?:javaagent|agentlib|agentpath|Xbootclasspath)/,
  ],
  ['injects-code', /^(?:RUBYOPT|PERL5OPT)$/, /-[rMm]/],
  [
    'search-path',
    /^(?:PATH|PYTHONPATH|NODE_PATH|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|PERL5LIB|RUBYLIB|CLASSPATH)$/i,
    /(?:^|[:;])(?:\/tmp|\/var\/tmp|\/dev\/shm)(?:\/|[:;]|$)/,
  ],
  [
    'search-path',
    /^(?:LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/,
    /(?:^|[:;])(?:\.|[^/:;$]+\/|\$\{(?:workspaceFolder|CLAUDE_PROJECT_DIR)\})/,
  ],
  [
    'search-path',
    /^PATH$/i,
    /^(?:\.{1,2}(?:[/\\:;]|$)|[\w.-]+[/\\:;]|\$\{(?:workspaceFolder|CLAUDE_PROJECT_DIR)\})/,
  ],
  ['proxy', /^(?:(?:https?|all|ftp)_proxy|npm_config_(?:https_)?proxy)$/i, /\S/],
  ['tls-off', /^NODE_TLS_REJECT_UNAUTHORIZED$/, /^0$/],
  [
    'tls-off',
    /^(?:PYTHONHTTPSVERIFY|SSL_VERIFY|VERIFY_SSL|CURL_SSL_VERIFY|NPM_CONFIG_STRICT_SSL|GIT_SSL_VERIFY)$/i,
    /^(?:0|false|no|off)$/i,
  ],
  ['tls-off', /^(?:GIT_SSL_NO_VERIFY|AIOHTTP_NO_SSL_VERIFY)$/, /^(?:1|true|yes)$/i],
  [
    'certificates',
    /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO)$/,
    /\S/,
  ],
  [
    'endpoint',
    /^(?:ANTHROPIC|OPENAI|AZURE_OPENAI|GEMINI|GOOGLE_GEMINI|GOOGLE_VERTEX|VERTEX|MISTRAL|GROQ|DEEPSEEK|XAI|COHERE|BEDROCK|ANTHROPIC_BEDROCK|ANTHROPIC_VERTEX|CLAUDE_CODE)_(?:BASE_URL|API_BASE|API_URL|API_BASE_URL|BASE|ENDPOINT|HOST|API_ENDPOINT)$/,
    /:\/\//,
  ],
  [
    'registry',
    /^(?:NPM_CONFIG_REGISTRY|YARN_REGISTRY|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|UV_INDEX|UV_INDEX_URL|UV_DEFAULT_INDEX|UV_EXTRA_INDEX_URL|GOPROXY|BUN_CONFIG_REGISTRY|NUGET_SOURCE)$/i,
    /\S/,
  ],
]

/** The effect of a variable, empty for ordinary ones: what it is called counts, and for many what it holds. */
export function variableEffect(name: string, value: string): string {
  return NAMES.find(([, pattern, held]) => pattern.test(name) && (held?.test(value) ?? true))?.[0] ?? ''
}
