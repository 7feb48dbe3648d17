import type { Kind } from '../model/lock.ts'

/** A file of a project that may name what it uses. */
export interface ProjectFile {
  /** Relative, `/`-separated. */
  readonly path: string
  readonly text: string
}

export interface Discovered {
  readonly kind: Kind
  readonly ref: string
  /** The file that names it. */
  readonly from: string
}

// A media type has the same form.
const REPO =
  '((?!(?:application|audio|font|image|message|multipart|text|video)/)[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*)'
// Calls of the loaders with a literal name: what is pulled when the project runs.
const MODEL_CALL = new RegExp(
  `(?:from_pretrained|snapshot_download|hf_hub_download|SentenceTransformer|pipeline)\\(\\s*(?:repo_id\\s*=\\s*)?["']${REPO}["']`,
  'g',
)
const DATASET_CALL = new RegExp(`\\bload_dataset\\(\\s*["']${REPO}["']`, 'g')
const MODEL_KEY = new RegExp(
  `["']?(?:model|model_id|model_name|model_name_or_path|base_model|base_model_name_or_path|pretrained_model_name_or_path|repo_id)["']?\\s*[:=]\\s*["']?${REPO}["']?\\s*(?:[,}\\r\\n#]|$)`,
  'g',
)
const DATASET_KEY = new RegExp(
  `["']?(?:dataset|dataset_id|dataset_name|dataset_repo)["']?\\s*[:=]\\s*["']?${REPO}["']?\\s*(?:[,}\\r\\n#]|$)`,
  'g',
)
const HUB_URL =
  /https:\/\/(?:huggingface\.co|hf\.co)\/((?:datasets\/|spaces\/)?[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)/g
// A name with its host, namespace and tag; a file of weights beside the Modelfile is no name.
const OLLAMA =
  /(?:^|\n)FROM[ \t]+((?!\S*\.(?:gguf|safetensors|bin)\s)[a-z0-9][\w.-]*(?::\d+(?=\/))?(?:\/[\w.-]+){0,2}(?::[\w.-]+)?)[ \t]*\r?(?=\n|$)/gi

/** What the files of a project name, each once, in the order of the files. Hints for a person, who edits the result. */
export function discover(files: readonly ProjectFile[]): Discovered[] {
  const found = files.flatMap((file) => [...inFile(file)])
  const seen = new Set<string>()
  return found.filter(({ kind, ref }) => !seen.has(`${kind} ${ref}`) && seen.add(`${kind} ${ref}`))
}

function* inFile({ path, text }: ProjectFile): Generator<Discovered> {
  const name = path.split('/').at(-1) ?? ''
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')
  if (/\.prompt(?:\.md|\.txt|\.ya?ml)?$|^(?:SKILL|AGENTS|CLAUDE)\.md$/i.test(name)) {
    const isSkill = name === 'SKILL.md' && path.includes('/')
    yield {
      kind: isSkill ? 'plugins' : 'prompts',
      ref: `file:./${isSkill ? path.slice(0, path.lastIndexOf('/')) : path}`,
      from: path,
    }
    return
  }
  if (/^(?:\.?mcp|claude_desktop_config|mcp_settings|settings)\.json$/i.test(name))
    yield* mcpServers(path, text)
  if (/^Modelfile/.test(name))
    for (const ref of all(OLLAMA)) yield { kind: 'models', ref: `ollama:${ref}`, from: path }
  if (!/\.(?:py|ipynb|json|ya?ml|toml|cfg|ini|sh|js|ts|md)$|^Dockerfile/.test(name)) return
  const isCode = !name.endsWith('.md')
  for (const ref of isCode ? [...all(MODEL_CALL), ...all(MODEL_KEY)] : [])
    yield { kind: 'models', ref: `hf:${ref}`, from: path }
  for (const ref of isCode ? [...all(DATASET_CALL), ...all(DATASET_KEY)] : [])
    yield { kind: 'datasets', ref: `hf:datasets/${ref}`, from: path }
  for (const ref of isCode ? all(HUB_URL) : []) {
    if (/^(?:docs|blog|api|papers|learn|models|collections|settings)\//.test(ref)) continue
    yield { kind: ref.startsWith('datasets/') ? 'datasets' : 'models', ref: `hf:${ref}`, from: path }
  }
}

/** MCP client configurations start servers with `npx package@version` or `uvx package==version`. */
function* mcpServers(path: string, text: string): Generator<Discovered> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return
  }
  if (typeof json !== 'object' || json === null) return
  const servers = 'mcpServers' in json ? json.mcpServers : 'servers' in json ? json.servers : undefined
  if (typeof servers !== 'object' || servers === null) return
  for (const server of Object.values(servers)) {
    if (typeof server !== 'object' || server === null) continue
    const { command, args } = server as { command?: unknown; args?: unknown }
    const words = Array.isArray(args) ? args.filter((arg): arg is string => typeof arg === 'string') : []
    const target = words.find((word) => !word.startsWith('-') && word !== 'exec' && word !== 'dlx')
    if (target === undefined || typeof command !== 'string') continue
    if (
      /(?:^|\/)(?:npx|bunx|pnpm|npm)$/.test(command) &&
      /^(?:@[\w.-]+\/)?[\w.-]+(?:@[\w.^~-]+)?$/.test(target)
    ) {
      yield { kind: 'plugins', ref: `npm:${target}`, from: path }
    }
    if (/(?:^|\/)(?:uvx|pipx)$/.test(command) && /^[\w.-]+==[\w.]+$/.test(target)) {
      yield { kind: 'plugins', ref: `pypi:${target}`, from: path }
    }
  }
}
