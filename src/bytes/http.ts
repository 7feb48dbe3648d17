import { FormatError } from '../model/trouble.ts'

/** The `fetch` that may be used for an address; whoever makes it binds credentials to their origin. */
export type RangeFetch = (url: string, init: RequestInit) => Promise<Response>

export interface RangeTarget {
  readonly url: string
  readonly fetch: RangeFetch
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes, as the source lists them: every answer must agree. */
  readonly size: number
  /** Bytes that are fetched of it at most. */
  readonly most: number
  /** Runs a request when it is its turn among those of other files. */
  readonly gate: <T>(run: () => Promise<T>) => Promise<T>
}

/** How a server's answer is none to the question. */
export type Lie = 'no-range' | 'other-range' | 'other-size' | 'short' | 'more' | 'changed' | 'encoded'

/** Sequential readers are read ahead for, twice as far each time, up to this. */
const AHEAD = 1024 * 1024
/** The least that is worth a request of its own. */
const LEAST = 1024
/** A body that breaks off is asked for again. */
const ATTEMPTS = 3

interface Segment {
  readonly start: number
  readonly bytes: Uint8Array
}

/**
 * A file behind a web address, read by ranges (RFC 9110, 14). What was fetched is kept, so nothing is asked for twice and
 * all readers see the same bytes. The file must stay one file: each answer has to be a 206 for exactly the range
 * that was asked, of a whole as long as the source lists it, under the strong ETag of the first (`If-Range`). Anything else is
 * thrown, now and for every later read.
 */
export class HttpSource {
  readonly size: number
  readonly #target: RangeTarget
  #url: string
  #etag: string | undefined
  #segments: Segment[] = []
  #fetched = 0
  #requested = 0
  /** Where the last sequential fetch ended, and how far it went. */
  #last = { end: -1, length: 0 }
  #broken: FormatError | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(target: RangeTarget) {
    this.#target = target
    this.#url = target.url
    this.size = target.size
  }

  /** Bytes of bodies so far. */
  get fetched(): number {
    return this.#fetched
  }

  /** The bytes `[offset, offset + length)`, cut short at the end. Reads of one file wait for each other. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#inTurn(() => this.#read(offset, length, signal))
  }

  /** Fetches ranges that will be asked for, all at once. */
  prime(ranges: readonly (readonly [offset: number, length: number])[], signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const missing = ranges.flatMap(([offset, length]) =>
        this.#missing(offset, Math.min(offset + length, this.size)),
      )
      // The first answer sets the ETag that the others are held against.
      const [first, ...rest] = missing
      if (first) await this.#fetch(first.start, first.end, signal)
      await Promise.all(rest.map(({ start, end }) => this.#fetch(start, end, signal)))
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(act)
    this.#turn = run.catch(() => undefined)
    return run
  }

  async #read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size)
    for (const gap of this.#missing(offset, end)) {
      const ahead = gap.start === this.#last.end ? Math.min(2 * this.#last.length, AHEAD) : LEAST
      const want = Math.min(Math.max(gap.end, gap.start + ahead), this.#held(gap.end), this.size)
      await this.#fetch(gap.start, want, signal)
      this.#last = { end: want, length: want - gap.start }
    }
    return this.#assemble(offset, Math.max(offset, end))
  }

  /** Where what is held behind `at` begins: reading ahead stops there. */
  #held(at: number): number {
    return this.#segments.find(({ start }) => start >= at)?.start ?? this.size
  }

  #missing(from: number, to: number): { start: number; end: number }[] {
    const gaps: { start: number; end: number }[] = []
    let at = from
    for (const { start, bytes } of this.#segments) {
      if (start >= to) break
      if (start + bytes.length <= at) continue
      if (start > at) gaps.push({ start: at, end: start })
      at = start + bytes.length
    }
    if (at < to) gaps.push({ start: at, end: to })
    return gaps
  }

  #assemble(from: number, to: number): Uint8Array {
    const around = this.#segments.find(({ start, bytes }) => start <= from && start + bytes.length >= to)
    if (around) return around.bytes.subarray(from - around.start, to - around.start)
    const out = new Uint8Array(to - from)
    for (const { start, bytes } of this.#segments) {
      const [low, high] = [Math.max(from, start), Math.min(to, start + bytes.length)]
      if (low < high) out.set(bytes.subarray(low - start, high - start), low - from)
    }
    return out
  }

  async #fetch(start: number, end: number, signal?: AbortSignal): Promise<void> {
    if (this.#broken) throw this.#broken
    if (this.#requested + end - start > this.#target.most) throw exceeded(this.#target.most)
    this.#requested += end - start
    try {
      const bytes = await this.#target.gate(() => this.#attempts(start, end, signal))
      const at = this.#segments.findIndex((segment) => segment.start > start)
      this.#segments.splice(at < 0 ? this.#segments.length : at, 0, { start, bytes })
    } catch (error) {
      signal?.throwIfAborted()
      this.#broken =
        error instanceof FormatError
          ? error
          : new FormatError('unreadable', error instanceof Error ? error.message : String(error))
      throw this.#broken
    }
  }

  async #attempts(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    for (let n = 1; ; n++) {
      try {
        return await this.#body(await this.#request(start, end, signal), end - start)
      } catch (error) {
        signal?.throwIfAborted()
        // What fetch throws where a connection breaks off.
        if (!(error instanceof TypeError) || n === ATTEMPTS) throw error
      }
    }
  }

  async #request(start: number, end: number, signal?: AbortSignal): Promise<Response> {
    const { fetch, headers, url } = this.#target
    const init = {
      headers: {
        ...headers,
        range: `bytes=${start}-${end - 1}`,
        'accept-encoding': 'identity',
        ...(this.#etag === undefined ? {} : { 'if-range': this.#etag }),
      },
      ...(signal ? { signal } : {}),
    }
    const response = (await this.#again(init)) ?? (await fetch(url, init))
    const lie = this.#lie(response, start, end)
    if (lie) {
      await response.body?.cancel()
      throw lied(lie, response, url)
    }
    this.#etag ??= strong(response.headers.get('etag'))
    if (response.url !== '' && URL.canParse(response.url)) this.#url = response.url
    return response
  }

  /** The address that a redirect gave, which is signed for a while only; undefined where it gives no more. */
  async #again(init: RequestInit): Promise<Response | undefined> {
    const { fetch, url } = this.#target
    if (this.#url === url) return undefined
    const response = await fetch(this.#url, init).catch(() => undefined)
    if (response?.ok) return response
    await response?.body?.cancel()
    this.#url = url
    return undefined
  }

  #lie(response: Response, start: number, end: number): Lie | number | undefined {
    const { headers, status } = response
    const etag = strong(headers.get('etag'))
    const changed = this.#etag !== undefined && etag !== this.#etag
    // With If-Range, a server that has another file now sends that, whole.
    if (status === 200) return changed ? 'changed' : 'no-range'
    if (status !== 206) return status
    if (changed) return 'changed'
    if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return 'encoded'
    const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
    if (Number(from) !== start || Number(to) !== end - 1) return 'other-range'
    return Number(total) === this.size ? undefined : 'other-size'
  }

  async #body(response: Response, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length)
    let got = 0
    for await (const chunk of response.body ?? []) {
      this.#fetched += chunk.length
      if (got + chunk.length > length) throw lied('more', response, this.#target.url)
      out.set(chunk, got)
      got += chunk.length
    }
    if (got < length) throw lied('short', response, this.#target.url)
    return out
  }
}

/** A weak validator says that two answers mean the same, not that their bytes are the same (RFC 9110, 8.8.1). */
function strong(etag: string | null): string | undefined {
  return etag === null || etag.startsWith('W/') ? undefined : etag
}

const WORDS: Readonly<Record<Lie, string>> = {
  'no-range': 'answers a range with the whole file',
  'other-range': 'answers a range with another one',
  'other-size': 'says that the file is of another size than is listed',
  short: 'sends less than the range that it promises',
  more: 'sends more than the range that it promises',
  changed: 'has another file there now than a moment ago',
  encoded: 'sends a range compressed',
}

function lied(how: Lie | number, response: Response, asked: string): FormatError {
  const origin = new URL(response.url === '' ? asked : response.url).origin
  if (typeof how === 'number') return new FormatError('unreadable', `${origin} answers a range with ${how}`)
  const data = { how, origin }
  return new FormatError('unreadable', `${origin} ${WORDS[how]}`, undefined, { kind: 'remote.answer', data })
}

function exceeded(most: number): FormatError {
  return new FormatError(
    'limit',
    `limit remoteBytes (${most}) reached: more would have to be fetched to judge it; --full fetches it whole, --limit remoteBytes=VALUE raises it`,
  )
}
