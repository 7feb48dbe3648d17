import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import { homedir } from 'node:os'
import path from 'node:path'
import { UsageError } from '../model/trouble.ts'
import type { SourceSettings } from '../source/source.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Files fetched at once: enough to fill a line, few enough for any server. */
const WIDTH = 4

/** What the environment says about the services, with the names that their own clients read. */
export function sourceSettings(
  folder: string,
  signal: AbortSignal,
  env: Environment = process.env,
): SourceSettings {
  const proxied = useProxies(env)
  const registry = env.npm_config_registry
  const hub = endpoint('HF_ENDPOINT', env.HF_ENDPOINT ?? 'https://huggingface.co')
  return {
    hub,
    hubToken: hubToken(env),
    ...(registry === undefined ? {} : { npm: endpoint('npm_config_registry', registry) }),
    // Checked where it is used: nobody who asks no package index need have a proper one.
    pypi: env.PIP_INDEX_URL ?? env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL,
    folder,
    signal,
    width: WIDTH,
    proxied,
  }
}

function endpoint(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const local = url !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (
    !url ||
    (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) ||
    url.username ||
    url.password
  ) {
    throw new UsageError(`${name}: must be an https address without a password (http only for this machine)`)
  }
  return value.replace(/\/+$/, '')
}

/** `HF_TOKEN`, or the file that the hub's own clients keep it in. */
function hubToken(env: Environment): string | undefined {
  const named = env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN
  if (named !== undefined) return checked(named.trim())
  const file = env.HF_TOKEN_PATH ?? path.join(hubHome(env), 'token')
  try {
    return checked(readFileSync(file, 'utf8').trim())
  } catch (error) {
    if (error instanceof UsageError) throw error
    return undefined
  }
}

function checked(token: string): string | undefined {
  if (token === '') return undefined
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError('the hub token holds white space or characters that no header can; set HF_TOKEN')
  return token
}

function hubHome(env: Environment): string {
  return env.HF_HOME ?? path.join(env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'huggingface')
}

/** Where the hub's own clients keep what they fetched. */
export function hubCache(env: Environment = process.env): string {
  return env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? path.join(hubHome(env), 'hub')
}

export function ollamaStore(env: Environment = process.env): string {
  return env.OLLAMA_MODELS ?? path.join(homedir(), '.ollama', 'models')
}

/** Node's own support; an older Node has it only from its start. True where a proxy is set. */
function useProxies(env: Environment): boolean {
  const named = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => env[name])
  if (!named || env.NODE_USE_ENV_PROXY) return named
  const set = 'setGlobalProxyFromEnv' in http ? http.setGlobalProxyFromEnv : undefined
  if (typeof set === 'function') set()
  else
    throw new UsageError(
      'a proxy is set, and this Node heeds it only with NODE_USE_ENV_PROXY=1: set that too',
    )
  return true
}
