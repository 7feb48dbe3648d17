import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../model/trouble.ts'
import { SourceError } from './trouble.ts'

export type Fetch = (input: string | URL | Request, init?: Sending) => Promise<Response>

/** Makes one request, without redirects, in place of the global `fetch`. */
export type Transport = (url: URL, headers: Headers) => Promise<Response>

export interface Sending extends RequestInit {
  /** Of a GET: whose body goes elsewhere than into the response. */
  readonly via?: Transport
}

export interface Bound {
  /** Only requests to this origin carry the token. */
  readonly endpoint: string
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** First pause between two attempts; doubles. */
  readonly backoffMs?: number | undefined
}

const ATTEMPTS = 5
const BACKOFF_MS = 500
const LONGEST_PAUSE_MS = 120_000
const REDIRECTS = 5
const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504])
const REDIRECT = new Set([301, 302, 303, 307, 308])

/**
 * A `fetch` for one service. The token goes to the service's own origin and nowhere else: redirects are followed here,
 * step by step, and a step to another origin (a content network, a link from a header) starts without it. Trouble that
 * may pass (429, 5xx, a lost connection) is tried again, as late as `Retry-After` says. Proxies are Node's own business.
 */
export function boundFetch(bound: Bound): Fetch {
  const home = new URL(bound.endpoint).origin
  return async (input, init) => {
    const request = new Request(input, bound.signal ? { ...init, signal: bound.signal } : init)
    const headers = new Headers(request.headers)
    headers.delete('authorization')
    let url = new URL(request.url)
    const body = init?.body ?? undefined
    for (let step = 0; step <= REDIRECTS; step++) {
      const what = {
        method: request.method,
        headers: headersFor(url),
        ...(body === undefined ? {} : { body }),
      }
      const response = await attempt(url, what, bound, init?.via)
      const next = REDIRECT.has(response.status) ? response.headers.get('location') : null
      if (next === null) return response
      await response.body?.cancel()
      // What was meant for one address is not sent to another.
      if (body !== undefined && response.status < 307)
        throw new SourceError('untrusted', `${home}: redirects a request that carries data`)
      url = nextStep(url, next)
    }
    throw new SourceError('untrusted', `${home}: more than ${REDIRECTS} redirects in a row`)

    function headersFor(target: URL): Headers {
      if (bound.token === undefined || target.origin !== home) return headers
      const own = new Headers(headers)
      own.set('authorization', `Bearer ${bound.token}`)
      return own
    }
  }
}

function nextStep(from: URL, location: string): URL {
  const next = URL.canParse(location, from) ? new URL(location, from) : undefined
  const secure = next?.protocol === 'https:' || (next?.protocol === 'http:' && from.protocol === 'http:')
  if (!next || !secure || next.username || next.password) {
    throw new SourceError('untrusted', `${from.origin} redirects to where it may not (no https address)`)
  }
  return next
}

async function attempt(
  url: URL,
  what: {
    readonly method: string
    readonly headers: Headers
    readonly body?: NonNullable<RequestInit['body']>
  },
  bound: Bound,
  via: Transport | undefined,
): Promise<Response> {
  for (let n = 1; ; n++) {
    let pause = (bound.backoffMs ?? BACKOFF_MS) * 2 ** (n - 1)
    try {
      const signal = bound.signal ? { signal: bound.signal } : {}
      const response = via
        ? await via(url, what.headers)
        : await fetch(url, { ...what, redirect: 'manual', ...signal })
      if (!AGAIN.has(response.status) || n === ATTEMPTS) return response
      pause = retryAfter(response) ?? pause
      await response.body?.cancel()
    } catch (error) {
      bound.signal?.throwIfAborted()
      if (error instanceof UsageError) throw error
      if (n === ATTEMPTS) throw unreachable(url, error)
    }
    await sleep(
      Math.min(pause, LONGEST_PAUSE_MS),
      undefined,
      bound.signal ? { signal: bound.signal } : {},
    ).catch(() => bound.signal?.throwIfAborted())
  }
}

/** A request whose body broke off is made again, whole: for small bodies. */
export async function whole<T>(
  url: string,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await run()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof TypeError)) throw error
      if (n === ATTEMPTS) throw unreachable(new URL(url), error)
    }
  }
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after')
  if (text === null) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

export function unreachable(url: URL, error: unknown): SourceError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const why =
    cause instanceof Error
      ? 'code' in cause && cause.code
        ? String(cause.code)
        : cause.message
      : String(cause)
  return new SourceError('unreachable', `${url.origin} cannot be reached (${why}); tried ${ATTEMPTS} times`)
}

/** A whole body that may not be longer than `limit`: a server that sends more lies. */
export async function readBody(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limit) {
      throw new SourceError(
        'untrusted',
        `${new URL(response.url).origin} sends more than the ${limit} bytes expected`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A path under an endpoint, every segment encoded: a `#`, `?` or `%` in a file name is part of the name. */
export function urlOf(endpoint: string, ...segments: readonly string[]): string {
  const path = segments.flatMap((segment) => segment.split('/')).map(encodeURIComponent)
  return `${endpoint.replace(/\/+$/, '')}/${path.join('/')}`
}

/** Runs over the items, some at a time; the first failure ends it. Results keep their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const hand = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at]
      if (item !== undefined) results[at] = await run(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, hand))
  return results
}
